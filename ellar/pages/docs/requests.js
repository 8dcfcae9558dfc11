// Requests: what a route takes and answers, and a form that asks it.

const MAX_SHOWN = 200_000; // letters of an answer

function operationCard(doc, path, method, operation) {
  const names = (operation.security ?? []).flatMap((one) => Object.keys(one));
  return card(`http-${operation.operationId}`, method.toUpperCase(), path, operation, () => [
    prose(operation.description), guardNote(names), el("div", { class: "columns" },
      requestForm(doc, path, method, operation, names), answersView(doc, operation.responses)),
  ]);
}

// A line that opens; what is in it is made when it does.
function card(id, kind, path, told, body) {
  const inside = el("div", { class: "body" });
  const open = () => {
    if (made.open && !inside.childNodes.length) inside.append(...body().flat().filter(Boolean));
    if (made.open) history.replaceState(null, "", `#${id}`);
  };
  const made = el("details", { class: "card", id, ontoggle: open, "data-text": `${kind} ${path} ${told.summary}`.toLowerCase() },
    el("summary", {}, el("span", { class: `kind ${kind.toLowerCase()}` }, kind), el("code", { class: "path" }, path),
      el("span", { class: "summary" }, told.summary)), inside);
  return made;
}

function requestForm(doc, path, method, operation, names) {
  const fields = (operation.parameters ?? []).map((one) => ({ ...field(doc, { ...one, place: one.in }), in: one.in }));
  const body = operation.requestBody && bodyForm(doc, operation.requestBody);
  const result = el("div", { class: "result", role: "status" });
  const stop = button("Stop", () => running?.abort(), { hidden: true });
  let running;
  const request = () => requestOf(path, method, fields, body, given(names.map((name) => [name, doc.components.securitySchemes[name]])));
  const send = async (event) => {
    event.preventDefault();
    const asked = request();
    if (!asked) return;
    running?.abort();
    const own = (running = new AbortController());
    stop.hidden = false;
    await ask(asked, own, result);
    stop.hidden = own === running;
  };
  return el("form", { class: "part", onsubmit: send }, el("h4", {}, "Try it"), fields.map((one) => one.node), body?.node,
    el("div", { class: "buttons" }, el("button", { type: "submit" }, "Send"), stop,
      copyButton("Copy as curl", () => { const asked = request(); return asked ? curl(asked) : ""; })), result);
}

function requestOf(path, method, fields, body, credential) {
  const at = (place) => fields.filter((one) => one.in === place);
  const filled = filledPath(path, at("path"));
  if (filled === undefined) return undefined;
  const headers = new Headers();
  for (const one of at("header")) one.values().forEach((value) => headers.append(one.name, value));
  Object.entries(credential.headers).forEach(([name, value]) => headers.set(name, value));
  const cookies = [...credential.cookies, ...at("cookie").flatMap((one) => one.values().map((value) => [one.name, value]))];
  const made = body?.made() ?? {};
  if (made.type) headers.set("Content-Type", made.type);
  return { url: addressOf(filled, at("query"), credential.query), method: method.toUpperCase(), headers, cookies,
    body: made.content };
}

function bodyForm(doc, requestBody) {
  const kinds = Object.keys(requestBody.content);
  const chooser = el("select", { "aria-label": "Content type", onchange: () => show() },
    kinds.map((kind) => el("option", {}, kind)));
  const forms = Object.fromEntries(kinds.map((kind) => [kind, partForm(doc, kind, requestBody.content[kind].schema)]));
  const inside = el("div");
  const show = () => inside.replaceChildren(forms[chooser.value].node);
  show();
  const title = el("div", { class: "head" }, el("strong", {}, "Body"), kinds.length > 1 ? chooser : el("span", { class: "limits" }, kinds[0]),
    requestBody.required && el("span", { class: "required" }, "required"));
  return { node: el("div", { class: "bodyform" }, title, inside), made: () => forms[chooser.value].made() };
}

function partForm(doc, kind, schema) {
  if (!kind.startsWith("multipart/") && !kind.includes("urlencoded")) return jsonForm(doc, kind, schema);
  const told = follow(doc, schema);
  const required = told.required ?? [];
  const fields = Object.entries(told.properties ?? {}).map(([name, one]) =>
    field(doc, { name, schema: one, required: required.includes(name) }));
  const made = () => {
    const form = kind.startsWith("multipart/") ? new FormData() : new URLSearchParams();
    for (const one of fields) one.values().forEach((value) => form.append(one.name, value));
    return { content: form };
  };
  return { node: el("div", {}, fields.map((one) => one.node)), made };
}

function jsonForm(doc, kind, schema) {
  const text = JSON.stringify(example(doc, schema), null, 2);
  const area = el("textarea", { rows: Math.min(14, text.split("\n").length + 1), spellcheck: "false", "aria-label": "Body" });
  area.value = text;
  const about = el("details", { class: "about" }, el("summary", {}, typeName(doc, schema)), schemaView(doc, schema));
  return { node: el("div", {}, area, about), made: () => (area.value ? { type: kind, content: area.value } : {}) };
}

async function ask(asked, running, result) {
  const began = performance.now();
  const line = el("p", { class: "line" }, "Waiting");
  const shown = el("pre", {}, el("code"));
  result.replaceChildren(line);
  try {
    setCookies(asked.cookies);
    const answer = await fetch(asked.url, { ...asked, signal: running.signal });
    const took = Math.round(performance.now() - began);
    const status = el("strong", { class: answer.ok ? "good" : "bad" }, `${answer.status} ${answer.statusText}`.trim());
    line.replaceChildren(status, ` ${took} ms`, answer.redirected ? `, redirected to ${new URL(answer.url).pathname}` : "");
    result.append(el("details", { class: "about" }, el("summary", {}, "Headers"),
      el("pre", {}, el("code", {}, [...answer.headers].map((header) => header.join(": ")).join("\n")))), shown);
    await showBody(answer, shown);
  } catch (error) {
    const ended = running.signal.aborted;
    line.append(ended ? " Stopped" : ` No answer: ${error.message}`);
  }
}

// Text appears as it comes, as an event stream needs; anything else can be saved.
async function showBody(answer, shown) {
  const kind = answer.headers.get("content-type") ?? "";
  if (kind && !/^text\/|json|xml|javascript|urlencoded/.test(kind)) {
    const content = await answer.blob();
    const name = new URL(answer.url).pathname.split("/").pop() || "answer";
    shown.replaceWith(el("p", {}, el("a", { href: URL.createObjectURL(content), download: name }, `Save ${content.size} bytes of ${kind}`)));
    return;
  }
  let text = "";
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader.read()) {
    text += read.value;
    shown.firstChild.textContent = text;
    if (text.length > MAX_SHOWN) await reader.cancel();
  }
  if (!text) shown.replaceWith(el("p", { class: "quiet" }, "No body"));
  else shown.firstChild.textContent = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)} …` : kind.includes("json") ? pretty(text) : text;
}

function curl({ url, method, headers, cookies, body }) {
  const quoted = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;
  const parts = ["curl", ...(method === "GET" ? [] : ["-X", method]), quoted(url)];
  for (const [name, value] of headers) parts.push("-H", quoted(`${name}: ${value}`));
  if (cookies.length) parts.push("-b", quoted(cookies.map((pair) => pair.join("=")).join("; ")));
  if (body instanceof FormData) for (const [name, value] of body) parts.push("-F", quoted(`${name}=${value.name ? `@${value.name}` : value}`));
  else if (body !== undefined) parts.push("--data-raw", quoted(body));
  return parts.join(" ");
}

function answersView(doc, responses) {
  const rows = Object.entries(responses).map(([status, told]) => {
    const kinds = Object.entries(told.content ?? {});
    const head = [el("code", { class: "name" }, status), el("span", {}, told.description),
      kinds.map(([kind, { schema }]) => el("span", { class: "type" }, kind === "application/json" ? typeName(doc, schema) : kind))];
    const schemas = kinds.map(([, media]) => media.schema).filter((schema) => schema && holder(doc, schema));
    if (!schemas.length) return el("div", { class: "row" }, head);
    return el("details", { class: "row" }, el("summary", {}, head), schemas.map((schema) => schemaView(doc, schema)));
  });
  return section("Answers", el("div", { class: "schema" }, rows));
}
