// The page: both documents, by tags, with a filter.

const METHODS = ["get", "head", "post", "put", "patch", "delete", "options", "trace"];

async function load(name) {
  const answer = await fetch(`${ROOT}/${name}`);
  if (!answer.ok) throw new Error(`${name} answers ${answer.status}`);
  return answer.json();
}

function groups(openapi, asyncapi) {
  const found = new Map((openapi.tags ?? []).map((tag) => [tag.name, { ...tag, cards: [] }]));
  const into = (tag, made) => {
    const name = tag?.name ?? "";
    if (!found.has(name)) found.set(name, { name, description: tag?.description, cards: [] });
    found.get(name).cards.push(made);
  };
  for (const [path, item] of Object.entries(openapi.paths)) {
    for (const method of METHODS.filter((one) => item[one])) {
      into({ name: item[method].tags?.[0] ?? "" }, operationCard(openapi, path, method, item[method]));
    }
  }
  for (const [name, channel] of Object.entries(asyncapi.channels)) {
    into(asyncapi.operations[name]?.tags?.[0], channelCard(asyncapi, name, channel));
  }
  return [...found.values()].filter((group) => group.cards.length);
}

function filterBox(main) {
  const empty = el("p", { class: "quiet", hidden: true }, "No route is like that.");
  const narrow = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const one of main.querySelectorAll("[data-text]")) one.hidden = !words.every((word) => one.dataset.text.includes(word));
    for (const group of main.querySelectorAll(".group")) group.hidden = !group.querySelector("[data-text]:not([hidden])");
    empty.hidden = Boolean(main.querySelector(".group:not([hidden])"));
  };
  const box = el("input", { type: "search", placeholder: "Filter by path or words", "aria-label": "Filter", oninput: narrow });
  return [box, empty];
}

function openLinked() {
  const linked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (linked?.tagName !== "DETAILS") return;
  linked.open = true;
  linked.scrollIntoView();
}

async function show() {
  const [openapi, asyncapi] = await Promise.all([load("openapi.json"), load("asyncapi.json")]);
  const { title, version, description } = openapi.info;
  document.title = `${title} API`;
  document.getElementById("title").textContent = title;
  document.getElementById("state").textContent = version === "0.0.0" ? "" : `Version ${version}`;
  document.getElementById("description").append(...prose(description));
  const main = document.getElementById("main");
  const made = groups(openapi, asyncapi);
  const schemes = { ...openapi.components?.securitySchemes, ...asyncapi.components.securitySchemes };
  const parts = made.map((group) => el("div", { class: "group" },
    group.name && el("h2", {}, group.name), prose(group.description), group.cards));
  main.append(...(made.length ? filterBox(main) : [el("p", { class: "quiet" }, "There are no routes yet.")]),
    ...[credentialForm(schemes)].filter(Boolean), ...parts);
  addEventListener("hashchange", openLinked);
  openLinked();
}

show().catch((error) => (document.getElementById("state").textContent = `The documents can't be shown: ${error.message}`));
