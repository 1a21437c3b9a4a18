/** Cards, each painted by one cached call, and a write that says what it has changed. */
import { EntityCache, MemoryBackend } from "cacheref";

const cache = new EntityCache({
  backend: new MemoryBackend({ maxEntries: 500 }),
  prefix: "page:",
  ttl: "10m",
  broadcast: "cacheref-example",
});

/** @param {string} path @param {RequestInit} [init] */
async function ask(path, init) {
  const response = await fetch(`/api/${path}`, init);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

const getPerson = cache("person")(async function getPerson(id) {
  return ask(`people/${id}`);
});
const getProject = cache({ entities: { project: "id", person: "$.members[*].id" } })(async function getProject(id) {
  return ask(`projects/${id}`);
});
const rename = cache.invalidates("person")(async function rename(id, name) {
  return ask(`people/${id}`, { method: "PUT", body: JSON.stringify({ name }) });
});

const NAMES = ["Ada", "Grace", "Hedy", "Radia", "Emmy", "Lise", "Mary", "Rosalind"];
const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

const cards = [
  ...[1, 2, 3, 4].map((id) => makeCard("people", getPerson, id, showPerson)),
  ...[1, 2, 3].map((id) => makeCard("projects", getProject, id, showProject)),
];

/**
 * @param {string} place
 * @param {any} load a wrapped function
 * @param {number} id
 * @param {(box: HTMLElement, result: any) => void} show
 */
function makeCard(place, load, id, show) {
  const box = document.createElement("article");
  box.className = "card";
  element(place).append(box);
  async function paint() {
    const before = cache.stats().misses;
    box.dataset.state = "waiting";
    const start = performance.now();
    const call = load(id);
    const isCached = cache.stats().misses === before;
    const result = await call;
    const took = Math.round(performance.now() - start);
    box.replaceChildren();
    show(box, result);
    const note = document.createElement("small");
    note.textContent = isCached ? "from cache" : `fetched in ${took} ms`;
    box.append(note);
    box.dataset.state = isCached ? "cached" : "fetched";
    count();
  }

  /** Whether what is shown was dropped. */
  const isGone = async () => (await load.peek(id)) === undefined;
  return { paint, isGone };
}

/** @param {HTMLElement} box @param {{ id: number, name: string, role: string }} person */
function showPerson(box, { id, name, role }) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Rename";
  button.onclick = () => rename(id, NAMES[(NAMES.indexOf(name) + 4) % NAMES.length]);
  box.append(heading(name), paragraph(role), button);
}

/** @param {HTMLElement} box @param {{ title: string, members: { name: string }[] }} project */
function showProject(box, { title, members }) {
  box.append(heading(title), paragraph(members.map((member) => member.name).join(", ")));
}

/** @param {string} text */
function heading(text) {
  return Object.assign(document.createElement("h3"), { textContent: text });
}

/** @param {string} text */
function paragraph(text) {
  return Object.assign(document.createElement("p"), { textContent: text });
}

function count() {
  const { hits, misses, entries } = cache.stats();
  element("requests").textContent = String(misses);
  element("hits").textContent = String(hits);
  element("entries").textContent = String(entries);
}

// An invalidation, of this tab or of another: what it dropped is painted anew, and nothing else.
cache.on("invalidate", async ({ targets, count: dropped }) => {
  const gone = await Promise.all(cards.map((card) => card.isGone()));
  const what = targets.map((target) => (target.kind === "entity" ? `${target.type} ${target.ids}` : target.kind));
  element("said").textContent = `${what.join(", ")} changed: ${dropped} calls dropped, ${cards.length - dropped} kept`;
  await Promise.all(cards.filter((_, i) => gone[i]).map((card) => card.paint()));
});

const paintAll = () => Promise.all(cards.map((card) => card.paint()));
element("again").onclick = paintAll;
await paintAll();
