// What a key costs beside `JSON.stringify` of the same arguments (performance.md, K1): node bench/keys.mjs
//
// Contestants are interleaved within a round; a line gives medians, and the ratio to JSON.stringify within a round with
// the smallest and the largest. *words* is the walk over the arguments alone, with their copy into wasm memory; *lookup*
// is that and finding the call in a memory store; *key* is the whole text key as a shared backend gets it (hashed above
// 64 bytes), read back as a string.
import { readFileSync } from "node:fs";
import { Core } from "../js/boundary/core.js";
import * as glue from "../js/core/glue.js";
import { compileEntities } from "../js/entities/declared.js";
import { writeArguments } from "../js/keys/arguments.js";

const ROUNDS = 101;
// Shorter than a time slice, so that rounds exist which no other process interrupts.
const ROUND_NS = 500e3;

const core = new Core(
  glue,
  () => new WebAssembly.Module(readFileSync(new URL("../js/core/cacheref.wasm", import.meta.url))),
);
const { exports } = core;
const { handle } = core.define({ prefix: "app:", name: "getUser" }, compileEntities);
const store = exports.storeCreate(1, 2, 3, 4, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
const opened = exports.storeOpen(store, handle, false);

/** Eight arguments each, so that no engine can take one for a constant. */
const works = {
  "(42)": (n) => [42 + n],
  '("user-42")': (n) => [`user-${40 + n}`],
  "5-key object": (n) => [five(n)],
  "5-key object, mixed order": (n) => [n % 2 === 0 ? five(n) : Object.fromEntries(Object.entries(five(n)).reverse())],
  "nested, 2 KB": (n) => [nested(n)],
};

function five(n) {
  return { userId: n, name: `user ${n}`, active: true, limit: 10 + n, cursor: null };
}

function nested(n) {
  return {
    filter: {
      tenant: "acme",
      status: ["open", "pending"],
      created: { from: "2026-01-01T00:00:00Z", to: "2026-12-31" },
    },
    page: { size: 50, cursor: `eyJpZCI6${n}` },
    sort: [
      { field: "createdAt", order: "desc" },
      { field: "id", order: "asc" },
    ],
    items: Array.from({ length: 22 }, (_, index) => ({
      id: n * 100 + index,
      sku: `SKU-${index}`,
      quantity: index,
      price: 9.99 + index,
      tags: ["a", "b"],
    })),
  };
}

const contestants = {
  "JSON.stringify": (args) => JSON.stringify(args).length,
  words: (args) => writeArguments(core, args, true),
  lookup: (args) => exports.storeLookup(store, opened, writeArguments(core, args, true), 0, 0),
  key: (args) => core.readText(exports.writeKey(handle, writeArguments(core, args, false))).length,
};

/** Nanoseconds of one call. */
function time(contestant, calls, count) {
  const start = process.hrtime.bigint();
  let sum = 0;
  for (let index = 0; index < count; index++) sum += contestant(calls[index & 7]);
  if (sum < 0) throw new Error("never, but the sum must be used");
  return Number(process.hrtime.bigint() - start) / count;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

for (const [work, argsOf] of Object.entries(works)) {
  const calls = Array.from({ length: 8 }, (_, index) => argsOf(index));
  const names = Object.keys(contestants);
  const counts = names.map((name) => {
    for (let round = 0; round < 3; round++) time(contestants[name], calls, 20_000);
    return Math.ceil(ROUND_NS / time(contestants[name], calls, 1000));
  });
  const rounds = Array.from({ length: ROUNDS }, (_, round) =>
    names
      .map((_, offset) => (offset + round) % names.length)
      .reduce((figures, at) => {
        figures[names[at]] = time(contestants[names[at]], calls, counts[at]);
        return figures;
      }, {}),
  );
  console.log(`${work} (${JSON.stringify(calls[0]).length} bytes of JSON)`);
  for (const name of names) {
    const ratios = rounds.map((figures) => figures[name] / figures["JSON.stringify"]);
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
    const ns = median(rounds.map((figures) => figures[name])).toFixed(0);
    console.log(`  ${name.padEnd(16)}${ns.padStart(7)} ns  ${median(ratios).toFixed(2)}x (${least}–${most})`);
  }
}
