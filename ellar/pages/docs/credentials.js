// Credentials: one form for all of the page, kept until its tab is closed.

const KEPT = "ellar.docs.credentials";
const credentials = read();

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

function credentialForm(schemes) {
  if (!Object.keys(schemes).length) return null;
  const fields = Object.entries(schemes).map(([name, scheme]) => credentialField(name, scheme));
  return el("details", { class: "card", id: "credentials" },
    el("summary", {}, el("h2", {}, "Credentials"), el("span", { class: "about" }, "for routes behind a guard")),
    el("div", { class: "body grid" }, fields));
}

function credentialField(name, scheme) {
  const parts = scheme.type === "http" && scheme.scheme === "basic" ? ["username", "password"] : ["value"];
  const inputs = parts.map((part) => {
    const type = part === "username" ? "text" : "password";
    const hint = scheme.in === "cookie" ? "empty: the browser's own" : part;
    const input = el("input", { type, autocomplete: "off", "aria-label": `${name} ${part}`, placeholder: hint,
      oninput: () => keep(name, part, input.value) });
    input.value = credentials[name]?.[part] ?? "";
    return input;
  });
  return el("form", { class: "field", onsubmit: (event) => event.preventDefault() },
    el("span", { class: "head" }, el("code", { class: "name" }, name), el("span", { class: "limits" }, placeOf(scheme))),
    scheme.description && el("span", { class: "about" }, codes(scheme.description)), inputs);
}

function keep(name, part, value) {
  credentials[name] = { ...credentials[name], [part]: value };
  sessionStorage.setItem(KEPT, JSON.stringify(credentials));
}

function placeOf(scheme) {
  if (scheme.type === "http") return `Authorization: ${scheme.scheme === "basic" ? "Basic" : "Bearer"}`;
  if (scheme["x-subprotocol"]) return `subprotocols ${scheme["x-subprotocol"]}, token`;
  return `${scheme.in} ${scheme.name}`;
}

// What is typed for these schemes, by where it goes.
function given(schemes) {
  const found = { headers: {}, query: {}, cookies: [], protocols: [] };
  for (const [name, scheme] of schemes) {
    const { value, username, password } = credentials[name] ?? {};
    if (scheme.type === "http" && scheme.scheme === "basic") {
      if (username || password) found.headers.Authorization = `Basic ${base64(`${username ?? ""}:${password ?? ""}`)}`;
    } else if (!value) continue;
    else if (scheme.type === "http") found.headers.Authorization = `Bearer ${value}`;
    else if (scheme["x-subprotocol"]) found.protocols = [scheme["x-subprotocol"], value];
    else if (scheme.in === "header") found.headers[scheme.name] = value;
    else if (scheme.in === "query") found.query[scheme.name] = value;
    else found.cookies.push([scheme.name, value]);
  }
  return found;
}

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

function guardNote(names) {
  if (!names.length) return null;
  return el("p", { class: "quiet" }, "Behind ", names.map((name, number) => [number ? ", " : "",
    el("a", { href: "#credentials" }, name)]));
}
