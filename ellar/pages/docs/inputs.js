// Inputs: a field for each value that a client may give.

// `{name, values(), input}`: what was typed, as a list; empty where nothing is to be sent.
function field(doc, { name, place, schema, required, description, disabled }) {
  const told = follow(doc, schema);
  const input = inputFor(doc, told, required);
  input.disabled = Boolean(disabled);
  input.setAttribute("aria-label", name);
  const head = [
    el("code", { class: "name" }, name),
    el("span", { class: "type" }, typeName(doc, schema)),
    place && el("span", { class: "limits" }, place),
    required && el("span", { class: "required" }, "required"),
  ];
  const about = [description ?? told.description, limits(told), disabled].filter(Boolean).map((text) =>
    el("span", { class: "about" }, codes(text)));
  return { name, input, node: el("label", { class: "field" }, el("span", { class: "head" }, head), about, input),
    values: () => valuesOf(input) };
}

function inputFor(doc, schema, required) {
  const items = schema.type === "array" ? follow(doc, schema.items) : undefined;
  if ((items ?? schema).format === "binary") return el("input", { type: "file", multiple: Boolean(items) });
  const choices = (items ?? schema).enum ?? (schema.type === "boolean" ? [true, false] : undefined);
  if (choices) {
    const options = choices.map((choice) => el("option", { value: String(choice) }, String(choice)));
    const nothing = el("option", { value: "" }, required ? "" : "not sent");
    return el("select", { multiple: Boolean(items) }, items ? [] : [nothing], options);
  }
  if (items) return el("textarea", { rows: 2, placeholder: "one a line", spellcheck: "false" });
  const hint = schema.default ?? EXAMPLES[schema.format];
  return el("input", { type: "text", placeholder: hint ?? "", autocomplete: "off", spellcheck: "false",
    autocapitalize: "none", "data-1p-ignore": true });
}

function valuesOf(input) {
  if (input.disabled) return [];
  if (input.type === "file") return [...input.files];
  if (input.multiple) return [...input.selectedOptions].map((option) => option.value);
  const lines = input.tagName === "TEXTAREA" ? input.value.split("\n") : [input.value];
  return lines.filter((line) => line !== "");
}

// Fills `{name}` in a path; the first field that is still empty gets the focus, and nothing comes back.
function filledPath(path, fields) {
  const missing = fields.find((one) => !one.values().length);
  if (missing) {
    missing.input.focus();
    return undefined;
  }
  return fields.reduce((filled, one) => {
    const steps = one.values()[0].split("/").map(encodeURIComponent);
    return filled.replace(`{${one.name}}`, steps.join("/"));
  }, path);
}

// The page is below the application's root, wherever that is mounted.
const ROOT = location.origin + location.pathname.replace(/\/docs\/?$/, "");

function addressOf(path, fields, credentials) {
  const url = new URL(ROOT + path);
  for (const one of fields) one.values().forEach((value) => url.searchParams.append(one.name, value));
  for (const [name, value] of Object.entries(credentials)) url.searchParams.append(name, value);
  return url;
}

function setCookies(pairs) {
  for (const [name, value] of pairs) document.cookie = `${name}=${encodeURIComponent(value)}; path=/; samesite=strict`;
}
