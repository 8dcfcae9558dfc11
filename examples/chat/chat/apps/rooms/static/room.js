const FIRST_PAUSE = 500, LONGEST_PAUSE = 15000; // milliseconds between two attempts to connect
const TYPING_PAUSE = 2000, TYPING_SHOWN = 4000; // milliseconds

const me = document.body.dataset.user;
const statusLine = document.getElementById("status");
const presentList = document.getElementById("present");
const log = document.getElementById("log");
const messages = document.getElementById("messages");
const typingLine = document.getElementById("typing");
const form = document.querySelector("form");
const input = document.getElementById("message");
const button = form.querySelector("button");
const otherTabs = new BroadcastChannel("account");
const typing = new Map(); // names, and the timers that end their typing
let present = new Set();
let socket, wasConnected = false, pause = FIRST_PAUSE, lastTyping = 0;

// The connection

function connect() {
  const started = Date.now();
  const address = new URL(location.pathname + "/live", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  let opened = false;
  socket = new WebSocket(address);
  socket.onopen = () => {
    opened = wasConnected = true;
    showStatus("online", "Connected");
  };
  socket.onmessage = (event) => receive(JSON.parse(event.data));
  socket.onclose = async (event) => {
    // 1008: the server refused what it was given, and would refuse it again.
    if (event.code === 1008) return showStatus("refused", "Refused by the server. Reload the page to start again.");
    showStatus("waiting", wasConnected ? "Connection lost. Trying again…" : "No connection. Trying again…");
    if (!opened && await isLoggedOut()) return location.reload(); // which leads to the login page
    if (Date.now() - started > LONGEST_PAUSE) pause = FIRST_PAUSE;
    setTimeout(connect, pause * (0.5 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  };
}

// A refused websocket does not say why; a page that is not for us any more redirects.
async function isLoggedOut() {
  try {
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" });
    return answer.type === "opaqueredirect";
  } catch {
    return false;
  }
}

function send(action) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(action));
}

function receive(event) {
  switch (event.event) {
    case "welcome":
      messages.replaceChildren(...event.history.map(messageOf));
      return showPresent(new Set(event.present));
    case "said":
      stopTyping(event.author);
      messages.append(messageOf(event));
      if (event.author === me) log.scrollTop = 0; // the bottom, in a reversed column
      return;
    case "joined":
      messages.append(noticeOf(event.name + " has joined"));
      return showPresent(present.add(event.name));
    case "left":
      stopTyping(event.name);
      messages.append(noticeOf(event.name + " has left"));
      present.delete(event.name);
      return showPresent(present);
    case "typing":
      clearTimeout(typing.get(event.name));
      typing.set(event.name, setTimeout(stopTyping, TYPING_SHOWN, event.name));
      return showTyping();
  }
}

// What is shown. Names and messages are text, whatever they look like: nothing here makes markup of a string.

function element(name, className, ...content) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...content);
  return made;
}

function messageOf(said) {
  const at = new Date(said.at);
  const time = element("time", "", at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = said.at;
  time.title = at.toLocaleString();
  const by = element("p", "by", element("span", "author", said.author === me ? "You" : said.author), " ", time);
  return element("div", said.author === me ? "message mine" : "message theirs", by, element("p", "text", said.text));
}

function noticeOf(text) {
  return element("p", "notice", text);
}

function showStatus(state, text) {
  button.disabled = state !== "online";
  if (statusLine.textContent !== text) statusLine.textContent = text;
  statusLine.className = state;
}

function showPresent(names) {
  present = names;
  const sorted = [...names].sort((one, other) => one.localeCompare(other));
  presentList.replaceChildren(...sorted.map((name) => element("li", "", name === me ? name + " (you)" : name)));
}

function showTyping() {
  const names = [...typing.keys()];
  typingLine.textContent = names.length ? names.join(", ") + (names.length > 1 ? " are" : " is") + " typing…" : "";
}

function stopTyping(name) {
  clearTimeout(typing.get(name));
  typing.delete(name);
  showTyping();
}

// What a person does

form.addEventListener("submit", (event) => {
  event.preventDefault();
  input.focus();
  if (!input.value.trim() || socket.readyState !== WebSocket.OPEN) return;
  send({ event: "say", text: input.value });
  input.value = "";
  lastTyping = 0;
});

input.addEventListener("input", () => {
  if (!input.value || Date.now() - lastTyping < TYPING_PAUSE) return;
  lastTyping = Date.now();
  send({ event: "type" });
});

input.addEventListener("keydown", (event) => {
  const composing = event.isComposing || event.keyCode === 229; // Safari ends a composition with a 229
  if (event.key !== "Enter" || event.shiftKey || composing) return;
  event.preventDefault();
  form.requestSubmit();
});

document.getElementById("logout").addEventListener("click", async () => {
  await fetch("/logout", { method: "POST" });
  otherTabs.postMessage("logout");
  location.assign("/login");
});

otherTabs.onmessage = () => location.assign("/login");

connect();
