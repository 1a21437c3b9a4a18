// What JSON changes in a result, and where.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { firstChange, unkeepable } from "../../../js/functions/fidelity.js";

class Money {
  constructor() {
    this.cents = 5;
  }
}

for (const [value, wanted] of /** @type {[unknown, string][]} */ ([
  [new Date(0), "result is a Date"],
  [{ rows: [{ at: 1 }, { at: new Date(0) }] }, "result.rows[1].at is a Date"],
  [{ a: new Map(), b: new Date(0) }, "result.a is a Map"],
  [[new Set([1])], "result[0] is a Set"],
  [{ price: new Money() }, "result.price is a Money"],
  [{ price: { toJSON: () => "5" } }, "result.price is an Object"],
  [{ "a b": Number.NaN }, 'result["a b"] is NaN'],
  [{ n: Number.POSITIVE_INFINITY }, "result.n is Infinity"],
  [{ n: 1n }, "result.n is a bigint"],
  [[1, undefined], "result[1] is undefined, in an array"],
  [{ f: () => 1 }, "result.f is a function"],
  [{ bytes: new Uint8Array(2) }, "result.bytes is a Uint8Array"],
  [/x/, "result is a RegExp"],
  [new (class {})(), "result is an object of a class without a name"],
])) {
  test(`JSON changes: ${wanted}`, () => {
    assert.equal(firstChange(value), wanted);
  });
}

test("JSON changes no plain data", () => {
  const nested = { id: 1, tags: ["a", null, true], deep: { n: -1.5, none: undefined }, zero: -0 };
  for (const value of [null, 1, "", false, [], nested, Object.create(null), runInNewContext("({ a: [{ b: 1 }] })")])
    assert.equal(firstChange(value), undefined);
});

test("a result of any size and depth is looked at in bounded time", () => {
  /** @type {any} */
  let deep = { at: new Date(0) };
  for (let level = 0; level < 100_000; level++) deep = { deep };
  assert.equal(firstChange(deep), undefined);
  assert.equal(firstChange(Array.from({ length: 100_000 }, (_, id) => ({ id }))), undefined);
});

for (const [value, wanted] of /** @type {[unknown, string][]} */ ([
  [new Response("x"), "a Response"],
  [new ReadableStream(), "a ReadableStream"],
  [Readable.from([]), "a Readable"],
  [[1].values(), "an Array Iterator"],
  [(async function* () {})(), "an AsyncGenerator"],
  [
    new (class Chunks {
      [Symbol.asyncIterator]() {}
    })(),
    "a Chunks",
  ],
])) {
  test(`no store can keep ${wanted}`, () => {
    assert.equal(unkeepable(value), wanted);
  });
}

test("a value that throws when it is read counts as unchanged, and as one that can be kept", () => {
  const trap = () => {
    throw new Error("trap");
  };
  const value = new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap });
  assert.equal(unkeepable(value), undefined);
  assert.equal(firstChange({ value }), undefined);
});

test("plain data, rows of a class and bytes can be kept", () => {
  for (const value of [null, undefined, 1, {}, [], new Money(), new Uint8Array(1), new Map(), new Date(0)])
    assert.equal(unkeepable(value), undefined);
});
