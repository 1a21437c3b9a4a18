// Why `cacheref/rich` stands on devalue: size, time and what is kept, against superjson and seroval.
//
//     cd bench && npm ci && node serializers.mjs
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import * as seroval from "seroval";
import superjson from "superjson";
import { rich } from "../js/entries/rich.js";

const contestants = {
  "devalue (cacheref/rich)": [rich.serializer, rich.deserializer],
  superjson: [superjson.stringify, superjson.parse],
  seroval: [(value) => JSON.stringify(seroval.toJSON(value)), (text) => seroval.fromJSON(JSON.parse(text))],
};

const order = (id) => ({
  id,
  customer: { id: id % 7, name: `Customer ${id % 7}`, since: new Date(1.5e12 + id * 1e7) },
  items: Array.from({ length: 3 }, (_, index) => ({ product: id * 3 + index, price: 12.5, note: undefined })),
  tags: new Set(["new", "paid"]),
  totals: new Map([["net", 10n ** 12n]]),
});
const plain = (id) => JSON.parse(JSON.stringify(order(id), (_key, value) => (typeof value === "bigint" ? 1 : value)));

console.log("| value | serializer | bytes | gzip | write µs | read µs |\n|---|---|--:|--:|--:|--:|");
for (const [title, make] of Object.entries({ "100 orders, rich": order, "100 orders, plain JSON": plain })) {
  const value = Array.from({ length: 100 }, (_, id) => make(id));
  for (const [name, [write, read]] of Object.entries(contestants)) {
    const text = write(value);
    const [writing, reading] = [() => write(value), () => read(text)].map(median);
    console.log(`| ${title} | ${name} | ${text.length} | ${gzipSync(text).length} | ${writing} | ${reading} |`);
  }
}

const cycle = { name: "cycle" };
cycle.self = cycle;
const kinds = {
  "undefined, NaN, -0": [undefined, Number.NaN, -0],
  BigInt: 10n ** 20n,
  Date: new Date(0),
  RegExp: /a/gi,
  URL: new URL("https://example.org/a?b"),
  "Map of objects to Sets": new Map([[{ a: 1 }, new Set([new Date(0)])]]),
  Float64Array: new Float64Array([1.5]),
  BigInt64Array: new BigInt64Array([1n]),
  ArrayBuffer: new Uint8Array([1, 255]).buffer,
  "Error with cause and code": Object.assign(new TypeError("bad", { cause: 1 }), { code: "E" }),
  "sparse array": Object.assign(new Array(3), { 0: 1, 2: 3 }),
  "object without prototype": Object.assign(Object.create(null), { a: 1 }),
  cycle,
};
console.log(`\n| kept | ${Object.keys(contestants).join(" | ")} |\n|---|${":-:|".repeat(3)}`);
for (const [kind, value] of Object.entries(kinds)) {
  const verdicts = Object.values(contestants).map(([write, read]) => (isKept(value, write, read) ? "yes" : "no"));
  console.log(`| ${kind} | ${verdicts.join(" | ")} |`);
}

function isKept(value, write, read) {
  try {
    assert.deepStrictEqual(read(write({ value })).value, value);
    return true;
  } catch {
    return false;
  }
}

function median(work) {
  const times = Array.from({ length: 200 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.round(times.sort((a, b) => a - b)[100] * 1000);
}
