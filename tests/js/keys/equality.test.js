// Equal arguments and only they make equal keys: against an oracle that compares the values themselves.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EntityCache } from "../../../js/entries/node.js";
import { keysOf, makeCore } from "../../helpers/core.js";

const key = keysOf(makeCore());

class Point {
  constructor(x) {
    this.x = x;
  }
  toJSON() {
    return { x: this.x };
  }
}

/** Whether two values are the same argument. As plain as can be: nothing here is shared with what it judges. */
function same(one, other) {
  if (typeof one !== "object" || one === null) return Object.is(one, other) || (one === 0 && other === 0);
  if (typeof other !== "object" || other === null) return false;
  const kind = Object.prototype.toString.call(one);
  if (kind !== Object.prototype.toString.call(other)) return false;
  if (one instanceof Point || other instanceof Point) {
    return one instanceof Point && other instanceof Point && same(one.x, other.x);
  }
  if (one instanceof Date) return Object.is(one.getTime(), other.getTime());
  if (one instanceof RegExp) return String(one) === String(other) && one.lastIndex === other.lastIndex;
  if (one instanceof URL || one instanceof URLSearchParams) return String(one) === String(other);
  if (one instanceof Number || one instanceof String || one instanceof Boolean)
    return same(one.valueOf(), other.valueOf());
  if (ArrayBuffer.isView(one) || one instanceof ArrayBuffer) {
    return Buffer.isBuffer(one) === Buffer.isBuffer(other) && same([...bytesOf(one)], [...bytesOf(other)]);
  }
  if (one instanceof Map || one instanceof Set) return same([...one], [...other]);
  if (Array.isArray(one)) {
    if (one.length !== other.length) return false;
    for (let index = 0; index < one.length; index++) {
      if (index in one !== index in other || !same(one[index], other[index])) return false;
    }
    return true;
  }
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]))
  );
}

function bytesOf(value) {
  return value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

// Few different values, and those that resemble each other: pairs that are equal or nearly so must be frequent.
const texts = [
  "",
  "a",
  "b",
  "1",
  "null",
  "é",
  "\ud800",
  "\udfff",
  "[1]",
  "undefined",
  "1n",
  "x".repeat(25),
  `${"x".repeat(25)}é`,
];
const leaf = fc.oneof(
  fc.constantFrom(...texts),
  fc.constantFrom(0, -0, 1, -1, 1.5, 2 ** 23, -(2 ** 23), 2 ** 53, 1e300, 5e-324, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom(0n, 1n, -1n, 2n ** 64n),
  fc.constantFrom(null, undefined, true, false),
  fc.constantFrom(0, 1, Number.NaN).map((time) => new Date(time)),
  fc.constantFrom("a", "b").chain((source) => fc.constantFrom("", "g").map((flags) => new RegExp(source, flags))),
  fc.constantFrom("http://a/", "http://b/").map((href) => new URL(href)),
  fc.constantFrom("a=1", "b=1").map((query) => new URLSearchParams(query)),
  fc.constantFrom(1, "1", true, "").map(Object),
  fc
    .tuple(fc.constantFrom(Uint8Array, Int8Array, Uint16Array, Float32Array), fc.constantFrom([], [1], [0, 1], [1, 0]))
    .map(([Type, items]) => new Type(items)),
  fc.constantFrom([], [1], [0, 1]).map((items) => Buffer.from(items)),
  fc.constantFrom([], [1]).map((items) => new Uint8Array(items).buffer),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { arbitrary: leaf, weight: 3 },
    tie("list"),
    tie("object"),
    tie("map"),
  ),
  list: fc.oneof(
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(tie("value"), { maxLength: 2 }).map((items) => Object.assign(new Array(2), { ...items })),
    fc.array(tie("value"), { maxLength: 2 }).map((items) => new Set(items)),
  ),
  object: fc.oneof(
    fc.dictionary(fc.constantFrom("a", "b", "1", "é", "__proto__"), tie("value"), { maxKeys: 3 }),
    tie("value").map((inner) => new Point(inner)),
  ),
  map: fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 2 }).map((entries) => new Map(entries)),
}));

/** The same value made anew, its properties in the opposite order. */
function copy(original) {
  if (Array.isArray(original)) {
    const made = new Array(original.length);
    for (const [index, item] of Object.entries(original)) made[index] = copy(item);
    return made;
  }
  if (original instanceof Map) return new Map([...original].map(([name, item]) => [copy(name), copy(item)]));
  if (original instanceof Set) return new Set([...original].map(copy));
  if (original instanceof Point) return new Point(copy(original.x));
  if (
    original === null ||
    typeof original !== "object" ||
    !/Object\]$/.test(Object.prototype.toString.call(original))
  ) {
    return original;
  }
  const made = Object.create(Object.keys(original).length % 2 === 0 ? Object.prototype : null);
  for (const name of Object.keys(original).reverse()) {
    Object.defineProperty(made, name, {
      value: copy(original[name]),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return made;
}

/** Arguments as a function sees them: those that are undefined at the end were not given. */
function given(args) {
  const last = args.findLastIndex((argument) => argument !== undefined);
  return args.slice(0, last + 1);
}

test("keys are equal exactly if the arguments are", () => {
  const args = fc.array(value, { maxLength: 3 });
  fc.assert(
    fc.property(args, args, (one, other) => {
      assert.equal(key(one) === key(other), same(given(one), given(other)));
    }),
    { numRuns: 20_000 },
  );
});

test("a call in memory is a hit exactly if the arguments are equal", async () => {
  const cache = new EntityCache();
  const get = cache({ keyPrefix: "get" })(async () => "value");
  const normalized = cache({ keyPrefix: "normalized", normalizeArgs: true, params: [] })(async () => "value");
  const args = fc.array(value, { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(args, args, async (one, other) => {
      await Promise.all([get(...one), normalized(...one)]);
      const isSame = same(given(one), given(other));
      assert.equal((await get.peek(...other)) !== undefined, isSame);
      assert.ok(!isSame || (await normalized.peek(...other)) !== undefined);
      assert.notEqual(await get.peek(...one.map(copy)), undefined);
      await cache.invalidateAll();
    }),
    { numRuns: 3000 },
  );
});

test("arguments that differ in one leaf have different keys", () => {
  fc.assert(
    fc.property(value, leaf, leaf, fc.constantFrom("list", "property", "key", "deep"), (around, one, other, where) => {
      const hold = (inner) =>
        ({
          list: [around, inner],
          property: { a: around, b: inner },
          key: new Map([[inner, around]]),
          deep: [[{ a: [inner] }]],
        })[where];
      assert.equal(key([hold(one)]) === key([hold(other)]), same(one, other));
    }),
    { numRuns: 10_000 },
  );
});

test("a copy with its properties in another order has the same key", () => {
  fc.assert(
    fc.property(value, (original) => {
      assert.equal(key([copy(original)]), key([original]));
    }),
    { numRuns: 10_000 },
  );
});

test("the text of plain JSON parses to what it was made from", () => {
  const readable = (argument) => {
    const made = key([argument]);
    return made.startsWith("c::#") ? undefined : JSON.parse(made.slice("c::".length))[0];
  };
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 2 }), (json) => {
      const text = readable(json);
      if (text !== undefined) assert.deepEqual(text, JSON.parse(JSON.stringify(json)));
    }),
    { numRuns: 5000 },
  );
});

test("numbers and strings are printed as JSON.stringify prints them", () => {
  const printed = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.string(),
  );
  fc.assert(
    fc.property(printed, (argument) => {
      const made = key([argument]);
      if (!made.startsWith("c::#")) assert.equal(made, `c::[${JSON.stringify(argument)}]`);
    }),
    { numRuns: 10_000 },
  );
});
