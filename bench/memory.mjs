// What the entries cost in memory and in pauses: node --expose-gc memory.mjs CONTESTANT ENTRIES ENTITIES
//
// The contestant "values" keeps the results in an array and nothing else: what the others need beyond it is the price
// of keys, expiry, order and index. Each entry is the result of a call of its own; entities are shared by ten entries.
import { PerformanceObserver, performance } from "node:perf_hooks";
import { tagsOf } from "./data.mjs";

const [name, entriesText, entitiesText] = process.argv.slice(2);
const entries = Number(entriesText);
const entities = Number(entitiesText);
const distinct = Math.max(1, (entries * entities) / 10);

const entity = (number) => ({ id: number % distinct, name: "user" });
const result = (id) =>
  entities === 1 ? entity(id) : Array.from({ length: entities }, (_, index) => entity(id * entities + index));

const makers = {
  values: () => {
    const values = [];
    return { values, wrap: (fn) => async (id) => values.push(await fn(id)) };
  },
};
const make = makers[name] ?? (await import(`./contestants/${name}.mjs`)).make;

let longestPause = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longestPause = Math.max(longestPause, duration);
}).observe({ entryTypes: ["gc"] });

/** The process's resident bytes: wasm memory that is reserved and was never written to is not in use. */
function used() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage.rss();
}

const before = used();
const contestant = make({ maxEntries: entries });
const call = contestant.wrap(async (id) => result(id), tagsOf);
longestPause = 0;
const begin = performance.now();
let longestCall = 0;
for (let id = 0; id < entries; id += 1) {
  const started = performance.now();
  await call(id);
  longestCall = Math.max(longestCall, performance.now() - started);
  // The observer hears of collections only between turns of the event loop.
  if (id % 10_000 === 0) await new Promise((resolve) => setImmediate(resolve));
}
const fillMs = performance.now() - begin;
await new Promise((resolve) => setTimeout(resolve, 50));
const pauseOfFill = Math.max(longestPause, longestCall);
const bytes = used() - before;
const collected = performance.now();
globalThis.gc();
const fullGcMs = performance.now() - collected;
console.log(
  JSON.stringify({
    bytesPerEntry: bytes / entries,
    fillUs: (fillMs * 1000) / entries,
    longestPauseMs: pauseOfFill,
    fullGcMs,
  }),
);
// The contestant must outlive the measurement.
if (contestant.wrap === undefined) throw new Error("unreachable");
process.exit(0);
