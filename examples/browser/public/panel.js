/** The panel: the calls that the page has made, how often each was a hit, and what each write has dropped. */
import { cache } from "./calls.js";
import { byId, element } from "./element.js";

/** How many writes the list of writes shows. */
const WRITES = 4;

/** @typedef {{ name: string, box: HTMLElement, hits: HTMLElement, count: number }} Row */
/** By cache key. @type {Map<string, Row>} */
const rows = new Map();
/** The calls that an invalidation has dropped. @type {string[]} */
let dropped = [];
/** Whether a write of this tab is under way. */
let isWriting = false;
/** Marks again what a change would drop. */
let foretold = () => {};

/**
 * Gives a call a row of the panel, once.
 * @param {any} fn a function that the cache has wrapped
 * @param {unknown[]} args
 */
export function follow(fn, args) {
  const key = fn.key(...args);
  if (rows.has(key)) return;
  const name = `${fn.original.name}(${args})`;
  const hits = element("span", { className: "hits" }, "0 hits");
  const box = element("li", {}, element("code", {}, name), hits);
  rows.set(key, { name, box, hits, count: 0 });
  byId("calls").append(box);
  fn.subscribe(args, (/** @type {{ reason: string }} */ { reason }) => {
    if (reason !== "invalidated") return;
    dropped.push(name);
    box.dataset.state = "dropped";
  });
}

/** @param {string} key @param {string} state */
function mark(key, state) {
  const row = rows.get(key);
  if (row) row.box.dataset.state = state;
  foretold();
  count();
}

cache.on("miss", ({ key }) => mark(key, "running"));
cache.on("store", ({ key }) => mark(key, "stored"));
cache.on("hit", ({ key }) => {
  const row = rows.get(key);
  if (row) {
    row.count += 1;
    row.hits.textContent = row.count === 1 ? "1 hit" : `${row.count} hits`;
  }
  count();
});
// An invalidation of this tab or of another one. The calls that it drops are reported before the next task.
cache.on("invalidate", ({ targets }) => {
  const what = targets.map((target) => (target.kind === "entity" ? `${target.type} ${target.ids}` : target.kind));
  setTimeout(report, 0, `${what} changed${isWriting ? "" : " in another tab"}`);
});

/** @param {string} what has happened */
function report(what) {
  const kept = [...rows.values()].filter(({ box }) => box.dataset.state === "stored").length;
  const number = `${dropped.length} dropped, ${kept} kept`;
  const line = element("li", {}, element("strong", {}, what), element("span", {}, number));
  line.append(element("code", {}, dropped.join(" ")));
  byId("writes").prepend(line);
  for (const old of [...byId("writes").children].slice(WRITES)) old.remove();
  byId("said").textContent = `${what}: ${number}`;
  dropped = [];
  foretold();
  count();
}

function count() {
  const { hits, misses, entries } = cache.stats();
  byId("count-calls").textContent = String(hits + misses);
  byId("count-hits").textContent = String(hits);
  byId("count-requests").textContent = String(misses);
  byId("count-entries").textContent = String(entries);
}

/**
 * A write of this tab.
 * @param {() => Promise<unknown>} run
 */
export async function write(run) {
  isWriting = true;
  endForetelling();
  try {
    await run();
  } catch (error) {
    byId("said").textContent = `The server refuses it: ${/** @type {Error} */ (error).message}`;
  } finally {
    isWriting = false;
  }
}

/**
 * Marks the calls that a change of an entity would drop, as long as somebody is about to make it.
 * @param {string} type
 * @param {number} id
 */
export function foretell(type, id) {
  foretold = async () => {
    const keys = (await cache.explain(type, id)).map(({ key }) => key);
    for (const [key, { box }] of rows) box.classList.toggle("concerned", keys.includes(key));
    byId("foretold").textContent = `this change drops ${keys.length} of them`;
  };
  foretold();
}

export function endForetelling() {
  foretold = () => {};
  for (const { box } of rows.values()) box.classList.remove("concerned");
  byId("foretold").textContent = "";
}
