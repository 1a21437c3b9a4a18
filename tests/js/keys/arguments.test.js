// From arguments to key text, through the real core: every type of value, what is refused, and what hostile or
// re-entrant arguments do to the buffers.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { writeArguments } from "../../../js/keys/arguments.js";
import { keysOf, makeCore } from "../../helpers/core.js";

const core = makeCore();
const key = keysOf(core);
/** The text of one argument. */
const textOf = (value) => {
  const made = key([value]);
  return typeof made === "string" ? made.slice("c::[".length, -1) : made;
};
const realm = createContext({});
const foreign = (source) => runInContext(source, realm);

class Money {
  constructor(cents) {
    this.cents = cents;
  }
  toJSON() {
    return `${this.cents} c`;
  }
}

describe("the text of", () => {
  const cases = [
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [-8388608, "-8388608"],
    [8388608, "8388608"],
    [1e21, "1e+21"],
    [0.1, "0.1"],
    [Number.NaN, "NaN"],
    [new Float64Array(new BigUint64Array([0x7ff8000000000001n]).buffer)[0], "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    [-1n, "-1n"],
    [2n ** 70n, "1180591620717411303424n"],
    ["", '""'],
    ["a\u0000é\u{1f600}", '"a\\u0000é\u{1f600}"'],
    ["\ud800", '"\\ud800"'],
    [`${"x".repeat(30)}\udfff`, `"${"x".repeat(30)}\\udfff"`],
    [true, "true"],
    [null, "null"],
    [[undefined], "[undefined]"],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    [[, 1], "[hole,1]"],
    [[], "[]"],
    [{}, "{}"],
    [{ b: 1, a: { d: undefined, c: [] } }, '{"a":{"c":[],"d":undefined},"b":1}'],
    [{ 10: 1, 9: 2 }, '{"10":1,"9":2}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    [JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
    [new Date(1700000000000), "Date(1700000000000)"],
    [new Date(Number.NaN), "Date(NaN)"],
    [/a"b/gi, 'RegExp("a\\"b","gi")'],
    [Object.assign(/a/g, { lastIndex: 2 }), 'RegExp("a","g",2)'],
    [new URL("http://a/?b#c"), 'URL("http://a/?b#c")'],
    [new URLSearchParams("b=2&a=1"), 'URLSearchParams("b=2&a=1")'],
    [
      new Map([
        ["b", 1],
        [{}, 2],
      ]),
      'Map([["b",1],[{},2]])',
    ],
    [new Set(["b", "a"]), 'Set(["b","a"])'],
    [new ArrayBuffer(2), 'ArrayBuffer("AAA=")'],
    [new SharedArrayBuffer(1), 'SharedArrayBuffer("AA==")'],
    [new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1), 'DataView("Ag==")'],
    [new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 3), 'Uint8Array("AgM=")'],
    [new Uint8ClampedArray([1]), 'Uint8ClampedArray("AQ==")'],
    [new Int8Array([1]), 'Int8Array("AQ==")'],
    [new Int16Array([1]), 'Int16Array("AQA=")'],
    [new Uint16Array([1]), 'Uint16Array("AQA=")'],
    [new Int32Array([1]), 'Int32Array("AQAAAA==")'],
    [new Uint32Array([1]), 'Uint32Array("AQAAAA==")'],
    [new Float32Array([1]), 'Float32Array("AACAPw==")'],
    [new Float64Array([1]), 'Float64Array("AAAAAAAA8D8=")'],
    [new BigInt64Array([1n]), 'BigInt64Array("AQAAAAAAAAA=")'],
    [new BigUint64Array([1n]), 'BigUint64Array("AQAAAAAAAAA=")'],
    [Buffer.from("ab"), 'Buffer("YWI=")'],
    [Object(1), "Object(1)"],
    [Object("ab"), 'Object("ab")'],
    [Object(false), "Object(false)"],
    [Object(1n), "Object(1n)"],
    [new Money(5), 'toJSON("5 c")'],
    [{ toJSON: () => ({ a: 1 }) }, 'toJSON({"a":1})'],
    [new (class extends Date {})(0), 'toJSON("1970-01-01T00:00:00.000Z")'],
    [foreign("[1, {a: 1}]"), '[1,{"a":1}]'],
    [foreign("new Date(5)"), "Date(5)"],
    [foreign("/a/u"), 'RegExp("a","u")'],
    [foreign("new Map([[1, new Set([2])]])"), "Map([[1,Set([2])]])"],
    [foreign("new Uint8Array([1])"), 'Uint8Array("AQ==")'],
  ];
  for (const [value, expected] of cases) {
    test(`a value is ${expected}`, () => assert.equal(textOf(value), expected));
  }
});

test("no two values of different types or content are alike", () => {
  const values = [
    ..."0 00 1 Az BY null undefined NaN [] {} 1n true".split(" "),
    ...[0, 1, 1n, true, false, null, Number.NaN, [], {}, [[]], [{}], new Map(), new Set(), new Date(0), /a/, /a/g],
    ...[
      [undefined],
      [null],
      new Array(1),
      new Array(2),
      { a: undefined },
      { a: null },
      { length: 0 },
      { 0: "a" },
      ["a"],
    ],
    ...[
      new Map([["a", 1]]),
      new Map([["b", 1]]),
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
      new Map([
        ["b", 2],
        ["a", 1],
      ]),
    ],
    ...[
      new Set(["a"]),
      new Set([["a"]]),
      new Date(1),
      "1970-01-01T00:00:00.000Z",
      Object("a"),
      Object(1),
      new Money(1),
    ],
    ...[
      "1 c",
      new Uint8Array(1),
      new Int8Array(1),
      new ArrayBuffer(1),
      Buffer.alloc(1),
      new URL("http://a"),
      "http://a/",
    ],
    ...["\ud800", "\udfff", "\ufffd", "\\ud800", "Date(0)"],
  ];
  const seen = new Map();
  for (const value of values) {
    const text = textOf(value);
    assert.equal(typeof text, "string");
    assert.ok(!seen.has(text), `${text} is the text of two values`);
    seen.set(text, value);
  }
});

test("arguments after which only undefined comes equal absent ones", () => {
  assert.equal(key([1, undefined, undefined]), key([1]));
  assert.equal(key([undefined]), key([]));
  assert.notEqual(key([undefined, 1]), key([1]));
});

test("the order of properties does not matter, that of everything else does", () => {
  assert.equal(textOf({ a: 1, b: { c: 1, d: 2 } }), textOf({ b: { d: 2, c: 1 }, a: 1 }));
  assert.notEqual(textOf([1, 2]), textOf([2, 1]));
  assert.notEqual(key([1, 2]), key([2, 1]));
});

test("what somebody added to Object.prototype is no property of an argument", () => {
  Object.prototype.polluted = 1;
  try {
    assert.equal(textOf({ a: 1 }), '{"a":1}');
  } finally {
    delete Object.prototype.polluted;
  }
});

describe("refused with its place is", () => {
  const cycle = { a: [] };
  cycle.a.push(cycle);
  const throwing = (trap) => new Proxy({ a: 1 }, { [trap]: () => assert.fail("no") });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const cases = [
    ["a function", () => 1, "arguments[0]", "is a function"],
    ["a symbol", { a: [Symbol("s")] }, "arguments[0].a[0]", "is a symbol"],
    ["a class instance", { "a b": new (class Session {})() }, 'arguments[0]["a b"]', /^is an instance of Session/],
    ["an instance of an unnamed class", new (class {})(), "arguments[0]", /^is an instance of an unnamed class/],
    ["an object with an own prototype", Object.create({ a: 1 }), "arguments[0]", /^is an instance of Object/],
    ["an error", new Error("e"), "arguments[0]", /^is an instance of Error/],
    ["a promise", Promise.resolve(), "arguments[0]", /^is an instance of Promise/],
    ["a WeakMap", new WeakMap(), "arguments[0]", /^is an instance of WeakMap/],
    ["a Request", { request: new Request("http://a") }, "arguments[0].request", /^is an instance of Request/],
    ["a Response", new Response(""), "arguments[0]", /^is an instance of Response/],
    ["a stream", new ReadableStream(), "arguments[0]", /^is an instance of ReadableStream/],
    ["an AbortSignal", { signal: AbortSignal.abort() }, "arguments[0].signal", /^is an instance of AbortSignal/],
    ["an iterator", [1].values(), "arguments[0]", /^is an instance of/],
    ["a subclass of Map", new (class Cache extends Map {})(), "arguments[0]", /^is an instance of Cache/],
    ["a subclass of Array", new (class List extends Array {})(), "arguments[0]", /^is an instance of List/],
    ["a subclass of Uint8Array", new (class Bytes extends Uint8Array {})(), "arguments[0]", /^is an instance of Bytes/],
    ["a map with a property", Object.assign(new Map(), { a: 1 }), "arguments[0]", /^is an instance of Map/],
    ["an object with a property named by a symbol", { [Symbol.for("gt")]: 1 }, "arguments[0]", /named by symbols$/],
    [
      "an arguments object",
      (function () {
        // biome-ignore lint/complexity/noArguments: is what is tested
        return arguments;
      })(1),
      "arguments[0]",
      /named by symbols$/,
    ],
    [
      "a property with a long name",
      { ["n".repeat(50)]: () => 1 },
      `arguments[0]["${"n".repeat(40)}"…]`,
      "is a function",
    ],
    ["a cycle", cycle, "arguments[0].a[0].a[0].a[0]…", /^is nested more than 100 levels deep, or contains itself$/],
    [
      "a key of a map",
      new Map([
        [1, 2],
        [() => 1, 2],
      ]),
      "arguments[0]<key 1>",
      "is a function",
    ],
    ["a value of a map", new Map([[1, () => 1]]), "arguments[0]<value 0>", "is a function"],
    ["an item of a set", new Set([1, () => 1]), "arguments[0]<item 1>", "is a function"],
    ["what toJSON returns", { toJSON: () => [() => 1] }, "arguments[0].toJSON()[0]", "is a function"],
    ["a toJSON that throws", { toJSON: () => assert.fail("no") }, "arguments[0].toJSON()", "could not be read (no)"],
    [
      "a getter that throws",
      {
        get a() {
          return assert.fail("no");
        },
      },
      "arguments[0].a",
      "could not be read (no)",
    ],
    [
      "a getter that throws an odd thing",
      {
        get a() {
          throw Object.create(null);
        },
      },
      "arguments[0].a",
      /^could not be read/,
    ],
    ["a proxy that throws", { p: throwing("ownKeys") }, "arguments[0].p", "could not be read (no)"],
    ["a proxy whose values throw", throwing("get"), "arguments[0]", "could not be read (no)"],
    ["a revoked proxy", revoked.proxy, "arguments[0]", /^could not be read/],
    ["a proxy of a date", new Proxy(new Date(0), {}), "arguments[0].toJSON()", /^could not be read/],
    ["an imposter of a date", Object.create(Date.prototype), "arguments[0].toJSON()", /^could not be read/],
    ["an imposter of a map", Object.create(Map.prototype), "arguments[0]", /^is an instance of Map/],
    ["an imposter of a URL", Object.create(URL.prototype), "arguments[0]", /^could not be read/],
    ["a boxed symbol", Object(Symbol("s")), "arguments[0]", /^is an instance of Symbol/],
    ["an array of a thousand million holes", new Array(1e9), "arguments[0]", "makes the arguments larger than 16 MB"],
  ];
  for (const [name, value, path, reason] of cases) {
    test(name, () => {
      const refusal = key([value]);
      assert.equal(refusal.path, path);
      if (typeof reason === "string") assert.equal(refusal.reason, reason);
      else assert.match(refusal.reason, reason);
    });
  }
});

test("what calls itself a Date by its tag is refused or goes by what it is", () => {
  assert.match(textOf({ [Symbol.toStringTag]: "Date" }).reason, /named by symbols/);
  class Fake {
    get [Symbol.toStringTag]() {
      return "Map";
    }
  }
  assert.match(textOf(new Fake()).reason, /instance of Fake/);
});

test("a hundred levels are a key, and one more is none", () => {
  const nested = (levels) => Array.from({ length: levels }).reduce((inner) => [inner], 1);
  assert.equal(typeof textOf(nested(100)), "string");
  assert.equal(textOf(nested(101)).reason, "is nested more than 100 levels deep, or contains itself");
});

test("an object whose parts are shared many times over is refused and not walked for ever", () => {
  let shared = {};
  for (let level = 0; level < 60; level++) shared = { one: shared, other: shared };
  assert.equal(textOf(shared).reason, "makes the arguments larger than 16 MB");
});

test("ten megabytes make a key, in ASCII and not", () => {
  assert.match(textOf("x".repeat(10_000_000)), /^[\w-]{29,}$/);
  const keys = new Set(["x", "é", "€"].map((letter) => key([`${letter.repeat(1_000_000)}`])));
  keys.add(key([`${"x".repeat(900_000)}é${"x".repeat(900_000)}`]));
  keys.add(key([`${"x".repeat(900_000)}\ud800${"x".repeat(90_000)}`]));
  assert.equal(keys.size, 5);
  for (const made of keys) assert.match(made, /^c::#[\w-]{32}$/);
  assert.deepEqual(key(["x".repeat(17_000_000)]), {
    path: "arguments[0]",
    reason: "makes the arguments larger than 16 MB",
  });
});

test("an object of 100,000 nested properties makes the same key in any order", () => {
  const entries = Array.from({ length: 100_000 }, (_, index) => [`name${index}`, { index, list: [index] }]);
  const made = key([Object.fromEntries(entries)]);
  assert.match(made, /^c::#[\w-]{32}$/);
  assert.equal(key([Object.fromEntries(entries.reverse())]), made);
});

test("a getter or toJSON that makes a key in the middle disturbs neither", () => {
  const inner = ["inner", { b: 1, a: "x".repeat(100) }];
  const expected = key(inner);
  const outer = {
    first: "x".repeat(50),
    get second() {
      assert.equal(key(inner), expected);
      return 2;
    },
    third: { toJSON: () => key([key(inner)]) },
    last: "é".repeat(40),
  };
  const plain = { first: outer.first, second: 2, third: { toJSON: () => key([expected]) }, last: outer.last };
  assert.equal(key([outer]), key([plain]));
});

test("memory that grows in the middle of a walk, or between two, does no harm", () => {
  const before = key([{ a: 1, b: 2 }]);
  const growing = {
    a: 1,
    get b() {
      core.reserve(core.bytes.length * 4);
      return 2;
    },
  };
  assert.equal(key([growing]), before);
  core.reserve(64 * 1024 * 1024);
  assert.equal(key([{ a: 1, b: 2 }]), before);
});

test("an argument that is changed while it is written gives a key or a refusal, and the next key is right", () => {
  const list = [1, 2, 3];
  Object.defineProperty(list, 0, {
    enumerable: true,
    get() {
      list.length = 1;
      return 1;
    },
  });
  const map = new Map([
    [{ toJSON: () => map.clear() ?? 1 }, 1],
    [2, 2],
  ]);
  const growing = new Set([{ toJSON: () => growing.add(growing.size) && 1 }]);
  for (const value of [list, map, growing]) assert.ok(textOf(value) !== undefined);
  assert.equal(textOf([1]), "[1]");
});

test("an instance that was replaced makes the same keys", () => {
  const value = [{ b: [1, "x"], a: new Date(0) }];
  const before = key(value);
  core.replace();
  assert.equal(key(value), before);
});

test("property names beyond those that get numbers are written out", () => {
  const many = Object.fromEntries(Array.from({ length: 12_000 }, (_, index) => [`p${index}`, index]));
  const count = writeArguments(core, [many], true);
  assert.ok(typeof count === "number");
  // The table is full now, or the name was met before: what was written once is written so ever after.
  const written = () => {
    const words = writeArguments(core, [{ p0: 1, p11999: 2, late: 3 }], true);
    return [...core.words.subarray(0, words)];
  };
  assert.deepEqual(written(), written());
});

test("the RFC 8785 vectors come out", (context) => {
  const folder = `${process.env.CACHEREF_VECTORS ?? new URL("../../../../shared/vectors", import.meta.url).pathname}/jcs`;
  if (!existsSync(folder)) {
    context.diagnostic(`skipped: no vectors in ${folder}`);
    return;
  }
  const hashed = keysOf(core, { keyFormat: "hashed" });
  for (const file of readdirSync(`${folder}/input`)) {
    const value = JSON.parse(readFileSync(`${folder}/input/${file}`, "utf8"));
    const expected = readFileSync(`${folder}/output/${file}`, "utf8").trimEnd();
    assert.equal(hashed([value]), hashOf(`[${expected}]`), file);
  }
});

/** The argument part of a hashed key, as another language would make it. */
function hashOf(text) {
  const digest = createHash("sha256").update(text).digest().subarray(0, 24);
  return `c::#${digest.toString("base64url")}`;
}

test("keys in Python's format are those of CPython", () => {
  const { cases } = JSON.parse(readFileSync(new URL("../../vectors/python-keys.json", import.meta.url), "utf8"));
  for (const [args, keywords, part] of cases) {
    const params = (keywords ?? []).map(([name]) => name);
    const pythonKey = keysOf(core, { keyFormat: "python", normalizeArgs: params.length > 0, params });
    const values = [...args, ...(keywords ?? []).map(([, value]) => value)].map(decodePython);
    assert.equal(pythonKey(values), `c::${part}`, JSON.stringify(args));
  }
});

/** A value of the vectors: see python-keys.py. */
function decodePython(value) {
  if (Array.isArray(value)) return value.map(decodePython);
  if (value === null || typeof value !== "object") return value;
  switch (value.$) {
    case "int":
      return BigInt(value.digits);
    case "float":
      return { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY }[value.value];
    case "units":
      return String.fromCharCode(...value.units);
    case "set":
      return new Set(value.items.map(decodePython));
    default:
      return Object.fromEntries(value.items.map(([name, item]) => [decodePython(name), decodePython(item)]));
  }
}

test("a value without a counterpart in Python is refused with its place", () => {
  const pythonKey = keysOf(core, { keyFormat: "python" });
  assert.deepEqual(pythonKey([1, { a: [new Date(0)] }]), {
    path: 'arguments[1]["a"][0]',
    reason: "has no counterpart in Python",
  });
});
