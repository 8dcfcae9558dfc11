// Sockets: what a websocket route takes, and a client that talks to it.

const MAX_LINES = 200;
const UNSENDABLE = "A page can't set this header.";

function channelCard(doc, name, channel) {
  const operations = Object.values(doc.operations).filter((one) => one.channel.$ref === `#/channels/${name}`);
  const receive = operations.find((one) => one.action === "receive");
  const schemes = (receive?.security ?? []).map(({ $ref }) => [$ref.split("/").pop(), lookup(doc, $ref)]);
  const messages = (action) => operations.filter((one) => one.action === action).flatMap((one) => one.messages ?? []).map(({ $ref }) => lookup(doc, $ref));
  return card(`ws-${name}`, "WS", channel.address, channel, () => [
    prose(channel.description), guardNote(schemes.map(([scheme]) => scheme)), el("div", { class: "columns" },
      socketClient(doc, channel, schemes, messages("receive")),
      section("Messages", messageRows(doc, "You send", messages("receive")), messageRows(doc, "You get", messages("send")))),
  ]);
}

function messageRows(doc, title, messages) {
  const rows = messages.map((message) => {
    const [name, type] = [message.title ?? message.name, typeName(doc, message.payload)];
    const head = [el("code", { class: "name" }, name), type !== name && el("span", { class: "type" }, type)];
    const about = prose(message.description);
    return el("details", { class: "row" }, el("summary", {}, head), about, schemaRows(doc, message.payload));
  });
  const none = el("p", { class: "quiet" }, "Its handler sends and receives by itself.");
  if (title === "You get") rows.push(el("p", { class: "quiet" }, "And what its handler sends."));
  return el("div", { class: "schema" }, el("h5", {}, title), rows.length ? rows : none);
}

function handshakeFields(doc, channel) {
  const binding = channel.bindings?.ws ?? {};
  const paths = Object.entries(channel.parameters ?? {}).map(([name, told]) =>
    ({ ...field(doc, { name, place: "path", schema: { type: "string", enum: told.enum }, required: true, description: told.description }), in: "path" }));
  const objects = [["query", binding.query], ["header", binding.headers], ["cookie", binding["x-cookies"]]];
  const others = objects.flatMap(([place, object]) => Object.entries(object?.properties ?? {}).map(([name, schema]) =>
    ({ ...field(doc, { name, place, schema, required: object.required?.includes(name), disabled: place === "header" && UNSENDABLE }), in: place })));
  return [...paths, ...others];
}

function socketClient(doc, channel, schemes, messages) {
  const fields = handshakeFields(doc, channel);
  const log = el("ol", { class: "log", role: "log", "aria-label": "Frames" });
  const state = el("span", { class: "limits" }, "Not connected");
  const writer = frameWriter(doc, messages, (frame, text) => { socket.send(frame); note("sent", text); });
  let socket;
  const note = (kind, text) => {
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
    log.append(el("li", { class: kind }, el("span", { class: "limits" }, `${new Date().toLocaleTimeString()} ${kind}`), el("pre", {}, el("code", {}, text))));
    while (log.childElementCount > MAX_LINES) log.firstChild.remove();
    if (atEnd) log.scrollTop = log.scrollHeight;
  };
  const show = (isOpen, text) => {
    state.textContent = text;
    connect.hidden = isOpen;
    close.hidden = !isOpen;
    writer.enable(isOpen && text === "Connected");
  };
  const open = (event) => {
    event.preventDefault();
    const target = handshakeOf(channel.address, fields, given(schemes));
    if (!target) return;
    setCookies(target.cookies);
    socket = new WebSocket(target.url, target.protocols);
    socket.binaryType = "arraybuffer";
    show(true, "Connecting");
    let wasOpen = false;
    socket.onopen = () => { wasOpen = true; show(true, "Connected"); };
    socket.onmessage = ({ data }) => note("got", data instanceof ArrayBuffer ? `bytes ${hex(data)}` : pretty(data));
    socket.onclose = ({ code, reason }) => {
      show(false, "Not connected");
      note("closed", wasOpen ? `${code} ${reason}`.trim() : "Refused, or not reached: the server's log says why");
    };
  };
  const connect = el("button", { type: "submit" }, "Connect");
  const close = button("Close", () => socket.close(1000), { hidden: true });
  return el("div", { class: "part" }, el("h4", {}, "Try it"), el("form", { onsubmit: open }, fields.map((one) => one.node),
    el("div", { class: "buttons" }, connect, close, state)), writer.node, log);
}

function handshakeOf(address, fields, credential) {
  const at = (place) => fields.filter((one) => one.in === place);
  const filled = filledPath(address, at("path"));
  if (filled === undefined) return undefined;
  const url = addressOf(filled, at("query"), credential.query);
  url.protocol = url.protocol.replace("http", "ws");
  const cookies = at("cookie").flatMap((one) => one.values().map((value) => [one.name, value]));
  return { url, protocols: credential.protocols, cookies: [...credential.cookies, ...cookies] };
}

// One text for each message that the route takes; binary ones are typed as hex digits.
function frameWriter(doc, messages, send) {
  const known = messages.length ? messages : [{ name: "text", contentType: "text/plain", payload: { type: "string" } }];
  const chooser = el("select", { "aria-label": "Message", onchange: () => fill() },
    known.map((message, number) => el("option", { value: number }, message.title ?? message.name)));
  const area = el("textarea", { rows: 4, spellcheck: "false", "aria-label": "Frame" });
  const isBinary = () => known[chooser.value].contentType === "application/octet-stream";
  const fill = () => {
    const message = known[chooser.value];
    const made = example(doc, message.payload);
    area.value = isBinary() ? "00 ff" : message.contentType === "application/json" ? JSON.stringify(made, null, 2) : String(made ?? "");
    area.placeholder = isBinary() ? "bytes as hex digits" : "";
  };
  const submit = (event) => {
    event?.preventDefault();
    if (sender.disabled) return;
    const bytes = (area.value.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => parseInt(pair, 16));
    send(isBinary() ? new Uint8Array(bytes) : area.value, isBinary() ? `bytes ${hex(new Uint8Array(bytes).buffer)}` : area.value);
  };
  const sender = el("button", { type: "submit", disabled: true }, "Send");
  area.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit(event));
  fill();
  return { node: el("form", { onsubmit: submit }, known.length > 1 ? chooser : null, area, el("div", { class: "buttons" }, sender)),
    enable: (isOn) => (sender.disabled = !isOn) };
}

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
