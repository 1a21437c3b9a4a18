// Cache keys written by JavaScript, against those that the core writes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { EntityCache, MemoryBackend } from "../../../js/entries/node.js";
import { writeArguments } from "../../../js/keys/arguments.js";
import { sha256 } from "../../../js/keys/sha256.js";
import { cacheKey } from "../../../js/keys/text.js";
import { keysOf, makeCore } from "../../helpers/core.js";

const core = makeCore();

/** Sets of rules, as a definition has them. */
const RULES = [
  {},
  { version: "2" },
  { version: "a:b \u00e4" },
  { keyFormat: "hashed" },
  { normalizeArgs: true },
  { normalizeArgs: true, params: ["id"] },
  { normalizeArgs: true, params: ["b", "a", "\ud83d\ude00", "\uff5e"], version: "" },
].map((rules) => ({
  prefix: "app:",
  name: "get",
  version: undefined,
  keyFormat: "readable",
  normalizeArgs: false,
  params: [],
  ...rules,
}));

/** @param {unknown[]} args */
function assertSameKeys(args) {
  for (const rules of RULES) {
    const wanted = keysOf(core, rules)(args);
    const count = /** @type {number} */ (writeArguments(core, args, false));
    assert.equal(cacheKey(rules, core.words.slice(0, count)), wanted, JSON.stringify(rules));
  }
}

test("values of every kind give the key that the core writes", () => {
  const bytes = new Uint8Array([0, 1, 127, 128, 255]);
  for (const args of [
    [],
    [undefined, 1],
    // biome-ignore lint/suspicious/noSparseArray: a hole is a value of its own
    [[undefined, , null, true, false]],
    [0, -1, 1.5, 1e21, 1e-7, 2 ** 31, -(2 ** 31), Number.NaN, Number.POSITIVE_INFINITY, Number.MIN_VALUE],
    [0n, -(2n ** 90n)],
    [
      "",
      "a",
      "\u00e4",
      "\ud800",
      "x\ud83d\ude00",
      '\u0000\u001f\u007f"\\\b\n',
      "x".repeat(30),
      "\u00e4".repeat(30),
      "\ud800".repeat(40),
    ],
    [{ b: 1, a: { d: [], c: {} }, "\ud83d\ude00": 1, "\uff5e": 2 }],
    [bytes, bytes.buffer, new Float64Array([1]), Buffer.from("abcd"), new DataView(bytes.buffer)],
    [
      new Map([
        [{ a: 1 }, [1]],
        ["k", 2],
      ]),
      new Set(["b", "a", "\ud83d\ude00", "\uff5e"]),
      [3, 1, 2],
    ],
    [new Date(0), new Date(Number.NaN), /a/gi, new URL("https://example.com/?a=1"), new URLSearchParams("a=1&b=2")],
    [Object(1), Object("text"), { toJSON: () => "x" }, { toJSON: () => ({ y: [1] }) }],
  ]) {
    assertSameKeys(args);
  }
});

test("any values give the key that the core writes", () => {
  const value = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true });
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(fc.array(fc.oneof(value, text), { maxLength: 4 }), (args) => {
      // What cannot be a key is refused before words are written.
      if (typeof writeArguments(core, args, false) === "number") assertSameKeys(args);
    }),
    { numRuns: 300 },
  );
});

test("a hash is that of SHA-256 for every length around a block", () => {
  for (let length = 0; length < 200; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 7) & 0xff);
    assert.deepEqual(sha256(bytes), new Uint8Array(createHash("sha256").update(bytes).digest()), `${length} bytes`);
  }
});

test("a store in memory shows each call by the key that its function writes", async () => {
  for (const options of [{}, { version: "2" }, { normalizeArgs: true, params: ["a", "b"] }, { keyFormat: "python" }]) {
    const backend = new MemoryBackend();
    const get = new EntityCache({ backend, prefix: "app:" })({ keyPrefix: "get", ...options })(async () => 1);
    const calls = [[1], ["a", 2], [{ size: 1, page: [2, { deep: "x".repeat(80) }] }], [], [["\u00e4", null]]];
    for (const args of calls) await get(...args);
    const keys = calls.map((args) => get.key(...args));
    assert.deepEqual(backend.keys("*").sort(), keys.sort(), JSON.stringify(options));
    for (const key of keys) assert.equal(backend.get(key), "1");
  }
});
