// Entity ids from both sources, the text in the core and the live object in js/entities/walk.js: they must agree (E6).
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { TAG } from "../../../js/boundary/numbers.js";
import { wellFormed } from "../../../js/boundary/well-formed.js";
import { WordWriter } from "../../../js/boundary/word-writer.js";
import { compileEntities } from "../../../js/entities/declared.js";
import { isListResult } from "../../../js/entities/plain.js";
import { prepare, walk } from "../../../js/entities/walk.js";
import { makeCore } from "../../helpers/core.js";

const core = makeCore();
const { default: cases } = await import("../../vectors/entities.json", { with: { type: "json" } });
const vectors = process.env.CACHEREF_VECTORS ?? fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));

const ruleOf = (/** @type {string} */ path) => ({ entityType: "t", id: { path } });
const path = (/** @type {string} */ text) => ({ rules: [ruleOf(text)] });
const field = (/** @type {string} */ name) => ({ rules: [{ entityType: "t", id: { field: name } }] });
const AUTO = { auto: { typeField: "__typename", idField: "id" } };

/** @param {object | string} rules @param {object} [shape] */
function compile(rules, shape = {}) {
  const { handle, compiled } = core.define({ entities: rules, shape }, compileEntities);
  return { handle, table: prepare(compiled.table), types: compiled.declared.types };
}

/**
 * The entities in a text, as `type:id`, sorted. Where the core says that only a parser can tell a number, the text is
 * parsed, as js/entities/find.js does.
 * @param {ReturnType<typeof compile>} rules
 * @param {string | Uint8Array} text
 */
function scanned(rules, text) {
  const { handle } = rules;
  const length = typeof text === "string" ? core.writeText(text) : writeBytes(text);
  const count = core.exports.extractText(handle, length);
  if (count < 0) return walked(rules, JSON.parse(typeof text === "string" ? text : new TextDecoder().decode(text)));
  const flat = JSON.parse(core.readText(core.exports.writeIds()));
  const found = pairs(flat);
  assert.ok(found.length <= count);
  assert.equal(found.length === 0, count === 0);
  return found;
}

/**
 * Puts bytes that need not be UTF-8 into the scratch buffer.
 * @param {Uint8Array} bytes
 */
function writeBytes(bytes) {
  core.reserve(bytes.length);
  core.bytes.set(bytes);
  return bytes.length;
}

/**
 * The entities in a live value.
 * @param {ReturnType<typeof compile>} rules
 * @param {unknown} value
 */
function walked({ table, types }, value) {
  const flat = walk(table, value).map((item, index) => {
    if (item === null) return null;
    if (index % 2 === 0 && typeof item === "number") return types[item];
    return wellFormed(String(item));
  });
  return pairs(flat);
}

/** @param {(string | null)[]} flat the lists are left out */
function pairs(flat) {
  const found = new Set();
  for (let index = 0; index < flat.length; index += 2)
    if (flat[index + 1] !== null) found.add(`${flat[index]}:${flat[index + 1]}`);
  return [...found].sort();
}

/**
 * The lists that a value is, as the core has them: by the text, and by what the walk hands over.
 * @param {ReturnType<typeof compile>} rules
 * @param {unknown} value
 */
function listsOf({ handle, table }, value) {
  const writer = new WordWriter();
  const lists = () => {
    /** @type {(string | null)[]} */
    const flat = JSON.parse(core.readText(core.exports.writeIds()));
    return flat.filter((_, index) => flat[index + 1] === null).sort();
  };
  const count = core.exports.extractText(handle, core.writeText(JSON.stringify(value)));
  const byText = lists();
  core.exports.beginIds(handle, isListResult(value));
  for (const item of walk(table, value)) {
    if (item === null) writer.word(TAG.NULL);
    else if (typeof item === "number" && (item | 0) === item) writer.number(item);
    else writer.text(String(item));
  }
  writer.copyTo(core);
  core.exports.addIds(writer.position);
  // Where only a parser can tell an id, the walk is what counts.
  const byWalk = lists();
  if (count >= 0) assert.deepEqual(byWalk, byText);
  return byWalk;
}

for (const { name, rules, shape, result, text, entities, hasRepeatedNames, lists, isList: isListOfIts } of cases) {
  test(`${name}: from the text and from the object`, () => {
    const compiled = compile(rules, shape);
    const json = text ?? JSON.stringify(result);
    const wanted = Object.entries(entities)
      .flatMap(([type, ids]) => ids.map((/** @type {string} */ id) => `${type}:${id}`))
      .sort();
    assert.deepEqual(scanned(compiled, JSON.stringify(JSON.parse(json))), wanted);
    assert.deepEqual(walked(compiled, JSON.parse(json)), wanted);
    // In what `JSON.stringify` writes no name repeats. Where one does, all count; tests/core has only the last count.
    const found = scanned(compiled, json);
    if (hasRepeatedNames) for (const entity of wanted) assert.ok(found.includes(entity), entity);
    else assert.deepEqual(found, wanted);
    assert.equal(isListResult(JSON.parse(json)), isListOfIts);
    if (lists !== undefined) assert.deepEqual(listsOf(compiled, result), [...lists].sort());
  });
}

const suite = `${vectors}/json-test-suite/test_parsing`;
test("every text of the JSON test suite gives what JSON.parse gives", (t) => {
  if (!existsSync(suite)) return t.diagnostic(`skipped: ${suite} is not there (set CACHEREF_VECTORS)`);
  const compiled = [path("$..*"), path("$..a"), path("$[*]"), path("$[-1]"), path("$"), field("a"), AUTO].map((rules) =>
    compile(rules),
  );
  let accepted = 0;
  for (const file of readdirSync(suite)) {
    const bytes = readFileSync(`${suite}/${file}`);
    let value;
    try {
      value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
      accepted += 1;
    } catch {
      // What is no JSON must end without a trap, whatever is found.
      for (const { handle } of compiled) core.exports.extractText(handle, writeBytes(bytes));
      continue;
    }
    const text = file.includes("duplicated_key") ? JSON.stringify(value) : bytes;
    for (const rules of compiled) assert.deepEqual(scanned(rules, text), walked(rules, value), file);
  }
  assert.ok(accepted > 95);
});

test("the paths of the RFC 9535 suite select alike in text and object", (t) => {
  const file = `${vectors}/jsonpath/cts.json`;
  if (!existsSync(file)) return t.diagnostic(`skipped: ${file} is not there (set CACHEREF_VECTORS)`);
  let followed = 0;
  for (const { name, selector, document, result, results, invalid_selector } of JSON.parse(readFileSync(file, "utf8"))
    .tests) {
    let rules;
    try {
      rules = compile(path(selector));
    } catch (/** @type {any} */ error) {
      assert.equal(error.code, "ERR_CACHEREF_PATH");
      assert.ok(invalid_selector || selector.includes("?"), name);
      continue;
    }
    const nodes = (result ?? results[0]).filter((/** @type {unknown} */ node) =>
      ["string", "number"].includes(typeof node),
    );
    const wanted = pairs(nodes.flatMap((/** @type {unknown} */ node) => ["t", wellFormed(String(node))]));
    assert.deepEqual(walked(rules, document), wanted, name);
    assert.deepEqual(scanned(rules, JSON.stringify(document)), wanted, name);
    followed += 1;
  }
  assert.equal(followed, 167);
});

const names = ["id", "a", "b", "__typename", "", 'i"', "\\", "__proto__", "é", "constructor"];
const anyName = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...names) },
  fc.string({ unit: "binary", maxLength: 80 }),
);
const anyNumber = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger());
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(anyNumber, anyName, fc.constantFrom(null, true, false, undefined, "\ud800", "x\udc00\\", "\\ud800")),
    fc.array(tie("value"), { maxLength: 6 }),
    fc.array(fc.tuple(anyName, tie("value")), { maxLength: 6 }).map((members) => {
      const object = {};
      // Not by assignment: `__proto__` is to be a member like any other.
      for (const [name, value] of members)
        Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
      return object;
    }),
  ),
}));
const quote = (/** @type {string} */ name) => `'${name.replace(/[\\']/g, "\\$&")}'`;
const selector = fc.oneof(
  fc.constantFrom(...names).map(quote),
  fc.constant("*"),
  fc.integer({ min: -3, max: 3 }).map(String),
  fc
    .tuple(...[1, 2, 3].map(() => fc.option(fc.integer({ min: -4, max: 4 }), { nil: "" })))
    .map((bounds) => bounds.join(":")),
);
const segment = fc.tuple(fc.constantFrom("", "", "", ".."), fc.array(selector, { minLength: 1, maxLength: 2 }));
const anyPath = fc
  .array(
    segment.map(([dots, selectors]) => `${dots}[${selectors.join(",")}]`),
    { maxLength: 4 },
  )
  .map((segments) => `$${segments.join("")}`);
const anyId = fc.oneof(
  anyPath.map((text) => ({ path: text })),
  fc.constantFrom(...names).map((name) => ({ field: name })),
  fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }).map((fields) => ({ fields })),
);
const anyRules = fc.oneof(
  fc
    .array(fc.record({ entityType: fc.constantFrom("t", "u"), id: anyId }), { minLength: 1, maxLength: 3 })
    .map((rules) => ({ rules })),
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(...names))
    .map(([typeField, idField]) => ({ auto: { typeField, idField } })),
);

const anyShape = fc.record({
  pages: fc.array(fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }), { maxLength: 3 }),
  list: fc.constantFrom(undefined, undefined, true, false),
});

/** Compiles rules, unless they need more states than the core allows. @param {object} rules @param {object} shape */
function compileIfSmall(rules, shape) {
  try {
    return compile(rules, shape);
  } catch (/** @type {any} */ error) {
    assert.match(error.message, /^the paths of one function need more than 1024 states together/);
    assert.equal(error.code, "ERR_CACHEREF_PATH");
    return undefined;
  }
}

test("any rules find the same in any object and in its text", () => {
  fc.assert(
    fc.property(anyValue, anyRules, anyShape, fc.constantFrom(undefined, 2), (value, rules, shape, indent) => {
      const text = JSON.stringify(value, null, indent);
      fc.pre(text !== undefined);
      const compiled = compileIfSmall(rules, shape);
      fc.pre(compiled !== undefined);
      assert.deepEqual(walked(compiled, value), scanned(compiled, text), text);
      listsOf(compiled, value);
    }),
    {
      numRuns: 3000,
      // These rules need too many states.
      examples: [
        [
          null,
          { rules: ["$..[::][:0:][0][::0,::-1]", "$..[::-2,*][:0:0][0::,:1:]", "$..[1,*][-1]"].map(ruleOf) },
          {},
          2,
        ],
      ],
    },
  );
});

test("numbers in any spelling are what JSON.parse and String make of them", () => {
  const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,25})(\.\d{1,25})?([eE][+-]?\d{1,3})?$/);
  const compiled = compile(path("$[*]"));
  fc.assert(
    fc.property(fc.array(digits, { minLength: 1 }), (numbers) => {
      const text = `[${numbers.join(", ")}]`;
      const wanted = JSON.parse(text)
        .filter(Number.isFinite)
        .map((/** @type {number} */ number) => `t:${number}`);
      assert.deepEqual(scanned(compiled, text), [...new Set(wanted)].sort());
    }),
  );
});

for (const [what, value] of /** @type {[string, unknown][]} */ ([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["a boxed NaN", new Number(Number.NaN)],
  ["an invalid Date", new Date(Number.NaN)],
  ["an object whose toJSON returns null", { toJSON: () => null }],
  ["an object whose toJSON returns an array", { toJSON: () => [] }],
])) {
  test(`${what} is a list where JSON has one for it: as the result and as a page`, () => {
    const compiled = compile(field("id"), { pages: [["data"]] });
    assert.deepEqual(listsOf(compiled, value), ["t"]);
    assert.deepEqual(listsOf(compiled, { data: value }), ["t"]);
  });
}

class User {
  #id;
  /** @param {unknown} id */
  constructor(id) {
    this.#id = id;
  }
  get id() {
    return this.#id;
  }
}

class Point {
  /** @param {unknown} id */
  constructor(id) {
    this.id = id;
  }
  toJSON() {
    return { id: `p${this.id}`, at: [1, 2] };
  }
}

const withGetter = Object.defineProperty({}, "id", { get: () => 7, enumerable: true });
const cycle = /** @type {any} */ ({ id: 1, friends: [{ id: 2 }] });
cycle.self = cycle;
cycle.friends.push(cycle.friends, { id: 3, back: cycle });

/** What has no counterpart in JSON, or one that needs a second look. @type {[string, object, unknown, string[]][]} */
const oddities = [
  ["a bigint", field("id"), [{ id: 42n }, 7n, 12345678901234567890n], ["t:12345678901234567890", "t:42", "t:7"]],
  ["a Date, as the text that JSON has for it", field("at"), { at: new Date(0) }, ["t:1970-01-01T00:00:00.000Z"]],
  ["an invalid Date", field("at"), { at: new Date(Number.NaN) }, []],
  [
    "boxed primitives",
    field("id"),
    [{ id: new Number(1) }, new String("x"), { id: new Boolean(true) }],
    ["t:1", "t:x"],
  ],
  ["what is not finite", field("id"), [Number.NaN, { id: Number.POSITIVE_INFINITY }, 1], ["t:1"]],
  ["-0", field("id"), [{ id: -0 }], ["t:0"]],
  [
    "symbols, functions and undefined",
    field("id"),
    [{ id: Symbol("id") }, { id: () => 1 }, { id: undefined }, undefined],
    [],
  ],
  ["a getter", field("id"), withGetter, ["t:7"]],
  ["a getter of a class", field("id"), [new User(1), new User("x")], ["t:1", "t:x"]],
  ["an object with toJSON", field("id"), [new Point(1)], ["t:p1"]],
  ["an object with toJSON under a path", path("$..at[*]"), { point: new Point(1) }, ["t:1", "t:2"]],
  ["an object without prototype", field("id"), Object.assign(Object.create(null), { id: 1 }), ["t:1"]],
  ["a frozen object", field("id"), Object.freeze({ id: 1 }), ["t:1"]],
  ["a proxy", field("id"), new Proxy([{ id: 1 }], {}), ["t:1"]],
  [
    "an array with holes and other properties",
    path("$[*]"),
    Object.assign(new Array(3).fill(7, 2), { id: 9 }),
    ["t:7"],
  ],
  [
    "an array-like, which JSON writes as an object",
    path("$.*.id"),
    { 0: { id: 1 }, 1: { id: 2 }, length: 2 },
    ["t:1", "t:2"],
  ],
  ["a Set, as an array", field("id"), new Set([{ id: 1 }, 2]), ["t:1", "t:2"]],
  [
    "a Map, as an object",
    path("$.*.id"),
    new Map([
      ["a", { id: 1 }],
      ["b", { id: 2 }],
    ]),
    ["t:1", "t:2"],
  ],
  [
    "a Map with keys of any kind",
    path("$..id"),
    new Map(
      /** @type {any} */ ([
        [1, { id: 1 }],
        ["id", 2],
        [{}, new Map([["id", 3]])],
      ]),
    ),
    ["t:1", "t:2", "t:3"],
  ],
  ["bytes", path("$..*"), { bytes: new Uint8Array([1, 2]), buffer: new ArrayBuffer(2), id: 1 }, ["t:1"]],
  ["a cycle", path("$..id"), cycle, ["t:1", "t:2", "t:3"]],
  ["the prototype, which is no member", path("$.__proto__.id"), new User(1), []],
  ["the constructor, which is no member", path("$.constructor.name"), { id: 1 }, []],
];
for (const [what, rules, value, wanted] of oddities) {
  test(`in a live result: ${what}`, () => {
    assert.deepEqual(walked(compile(rules), value), wanted);
  });
}

test("an object that is met again is passed over, however often and deep", () => {
  /** @type {any} */
  let diamond = { id: 0 };
  // 2^100 ways lead to the innermost object.
  for (let id = 1; id <= 100; id++) diamond = { id, left: diamond, right: diamond };
  assert.equal(walked(compile(path("$..id")), diamond).length, 101);
  /** @type {any} */
  const graph = Array.from({ length: 1000 }, (_, id) => ({ __typename: "Node", id, edges: [] }));
  for (const node of graph) for (let step = 1; step < 40; step++) node.edges.push(graph[(node.id * step) % 1000]);
  assert.equal(walked(compile(AUTO), graph).length, 1000);
});

test("nesting has no limit", () => {
  /** @type {any} */
  let deep = { id: 1 };
  for (let level = 0; level < 200_000; level++) deep = level % 2 === 0 ? [deep] : { a: deep };
  assert.deepEqual(walked(compile(path("$..id")), deep), ["t:1"]);
  const text = `${'{"a":['.repeat(200_000)}{"id":1}${"]}".repeat(200_000)}`;
  assert.deepEqual(scanned(compile(path("$..id")), text), ["t:1"]);
});

test("a toJSON is found that all objects, or all arrays, have been given", () => {
  for (const prototype of /** @type {any[]} */ ([Object.prototype, Array.prototype])) {
    prototype.toJSON = () => "x";
    try {
      assert.deepEqual(walked(compile(field("id")), [{ id: 1 }]), ["t:x"]);
    } finally {
      delete prototype.toJSON;
    }
  }
  const own = { id: 1, toJSON: () => ({ id: 2 }) };
  assert.deepEqual(walked(compile(path("$..id")), { a: own, b: [own] }), ["t:2"]);
  assert.deepEqual(walked(compile(path("$..id")), { a: { id: 1, toJSON: "no function" } }), ["t:1"]);
});

test("a getter, a proxy or a toJSON that throws ends the walk with its error", () => {
  const error = new Error("no");
  const thrower = () => {
    throw error;
  };
  const rules = compile(field("id"));
  for (const value of [
    Object.defineProperty({}, "id", { get: thrower }),
    [new Proxy({}, { get: thrower })],
    { toJSON: thrower },
  ]) {
    assert.throws(() => walked(rules, value), error);
  }
});

test("a hundred thousand entities are all found", () => {
  const users = Array.from({ length: 100_000 }, (_, id) => ({ id, name: `User ${id}` }));
  const rules = compile(field("id"));
  assert.equal(walked(rules, users).length, 100_000);
  assert.equal(scanned(rules, JSON.stringify(users)).length, 100_000);
});
