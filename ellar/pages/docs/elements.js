// Elements. What documents say becomes text and attributes, and never markup.

function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// A docstring: its paragraphs, with `code` as code.
function prose(text) {
  const paragraphs = (text ?? "").split(/\n\s*\n/).filter((paragraph) => paragraph.trim());
  return paragraphs.map((paragraph) => el("p", { class: "prose" }, codes(paragraph)));
}

function codes(text) {
  return text.split(/``?([^`]+)``?/).map((part, number) => (number % 2 ? el("code", {}, part) : part));
}

function section(title, ...children) {
  return el("div", { class: "part" }, el("h4", {}, title), ...children);
}

function button(text, onclick, attributes = {}) {
  return el("button", { type: "button", onclick, ...attributes }, text);
}

// A button that copies what `text` gives, and says so.
function copyButton(label, text) {
  const made = button(label, async () => {
    await navigator.clipboard.writeText(text());
    made.textContent = "Copied";
    setTimeout(() => (made.textContent = label), 1500);
  }, { class: "quiet" });
  return navigator.clipboard ? made : null;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
