// What a function declares about the entities in its results: the options, custom extraction, and what debug says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { extractEntityIds } from "../../../js/entities/find.js";
import { makeCore } from "../../helpers/core.js";
import { define as defineIn } from "../../helpers/definition.js";

const core = makeCore();

/**
 * A function with these options, in a cache with those.
 * @param {any} options
 * @param {any} [cacheOptions]
 * @param {(result: unknown, idField: unknown) => unknown} [extractMethod]
 */
const define = (options, cacheOptions = {}, extractMethod = undefined) =>
  defineIn(options, { name: "load", core, cacheOptions, extractMethod }).definition;

/**
 * The entities, found in the object, in its text, and as the core keeps them; all alike.
 * @param {import("../../../js/functions/definition.js").Definition} definition
 * @param {unknown} result
 * @param {unknown[]} [args]
 */
function find(definition, result, args = []) {
  const show = (/** @type {{ type: string, id: string }[]} */ ids) =>
    [...new Set(ids.map(({ type, id }) => `${type}:${id}`))].sort();
  const text = JSON.stringify(result);
  const found = show(definition.entities.read(result, args));
  assert.deepEqual(show(definition.entities.read(result, args, text)), found);
  for (const source of [undefined, text]) {
    definition.entities.keep(result, args, source);
    const flat = JSON.parse(core.readText(core.exports.writeIds()));
    const ids = flat.filter((/** @type {unknown} */ item, /** @type {number} */ at) => at % 2 === 1 && item !== null);
    assert.equal(ids.length, found.length);
  }
  return found;
}

for (const [what, options, result, wanted] of /** @type {[string, any, unknown, string[]][]} */ ([
  ["an entity type: its id field is id", { entityType: "user" }, [{ id: 1 }, 2], ["user:1", "user:2"]],
  ["an id field", { entityType: "user", idField: "uid" }, { uid: 1, id: 2 }, ["user:1"]],
  ["a composite id", { entityType: "member", idField: ["org", "user"] }, { org: "a", user: 1 }, ["member:a-1"]],
  ["a path", { entityType: "user", idField: "$.data[*].id" }, { data: [{ id: 1 }] }, ["user:1"]],
  [
    "a field that starts with $, as a composite of one",
    { entityType: "user", idField: ["$id"] },
    { $id: 1 },
    ["user:1"],
  ],
  [
    "a function for an id field",
    { entityType: "user", idField: (/** @type {any} */ result) => result.who },
    { who: 7 },
    ["user:7"],
  ],
  [
    "several types",
    { entities: { order: "id", item: "$.items[*].id", pair: ["a", "b"] } },
    { id: 1, items: [{ id: 2 }], a: 3, b: 4 },
    ["item:2", "order:1", "pair:3-4"],
  ],
  [
    "an entity type among several",
    { entityType: "order", entities: { item: "$.items[*].id" } },
    { id: 1, items: [{ id: 2 }] },
    ["item:2", "order:1"],
  ],
  ["auto", { entities: "auto" }, [{ __typename: "User", id: 1 }], ["User:1"]],
  [
    "auto by other fields",
    { entities: "auto", typeField: "kind", idField: "uid" },
    [{ kind: "Pod", uid: 1 }],
    ["Pod:1"],
  ],
  ["a type of any characters but a colon", { entities: { "a b*\ud800": "id" } }, { id: 1 }, ["a b*\ud800:1"]],
  [
    "ids with halves of surrogate pairs",
    { entityType: "user" },
    ["\ud800", "\\ud800", "a\\b"],
    ["user:\\ud800", "user:\ud800", "user:a\\b"].sort(),
  ],
  ["nothing", {}, { id: 1 }, []],
  [
    "pages of the well-known forms",
    { entityType: "user" },
    { rows: [{ id: 1 }], hits: [{ id: 2 }] },
    ["user:1", "user:2"],
  ],
  ["a page of edges", { entityType: "user" }, { edges: [{ node: { id: 1 } }] }, ["user:1"]],
  ["a page in a field of its own", { entityType: "user", pages: ["found"] }, { found: [{ id: 1 }] }, ["user:1"]],
  ["that there are no pages", { entityType: "user", pages: false }, { data: [{ id: 1 }] }, []],
])) {
  test(`a function may declare ${what}`, () => {
    assert.deepEqual(find(define(options), result), wanted);
  });
}

test("a rule may be a function of the result and the arguments", () => {
  const definition = define({
    entities: {
      customer: (/** @type {any} */ _, /** @type {any[]} */ args) => args[0],
      item: (/** @type {any} */ result) => new Set(result.items),
    },
  });
  assert.deepEqual(
    find(definition, { items: [1, 2n, null, true, Number.NaN].filter((item) => typeof item !== "bigint") }, [7]),
    ["customer:7", "item:1"],
  );
  assert.deepEqual(definition.types, ["customer", "item"]);
  assert.equal(definition.hasOpenTypes, false);
});

test("an extractor may answer with ids of several parts", () => {
  const member = (/** @type {any} */ rows) => rows.map((/** @type {any} */ row) => [row.org, row.user]);
  const definition = define({ entities: { member } });
  const rows = [
    { org: "acme", user: 7 },
    { org: "acme", user: null },
    { org: 1, user: 2 },
  ];
  assert.deepEqual(find(definition, rows), ["member:1-2", "member:acme-7"]);
});

test("extractEntityIds takes the place of the id field, and names other types by a prefix", () => {
  const definition = define({
    entityType: "order",
    entities: { user: "$.by.id" },
    extractEntityIds: (/** @type {any} */ order) => [order.id, `product:${order.product}`],
  });
  // The id with a colon might be one of the own type: it counts as both.
  assert.deepEqual(find(definition, { id: 1, product: 2, by: { id: 3 } }), [
    "order:1",
    "order:product:2",
    "product:2",
    "user:3",
  ]);
  assert.equal(definition.hasOpenTypes, true);
});

test("without an entity type every id that extractEntityIds gives must name its type", () => {
  const definition = define({ extractEntityIds: (/** @type {any} */ result) => result });
  assert.deepEqual(find(definition, ["a:1", "b:2:3"]), ["a:1", "b:2:3"]);
  assert.throws(() => definition.entities.read(["1"], []), /where there is no entityType an id is "type:id"/);
});

test("the extractor of a cache is for functions with an entity type, a function's own goes first", () => {
  const ofCache = { extractEntityIds: () => ["of the cache"] };
  assert.deepEqual(find(define({ entityType: "t" }, ofCache), {}), ["t:of the cache"]);
  assert.deepEqual(find(define({ entityType: "t", extractEntityIds: () => ["own"] }, ofCache), {}), ["t:own"]);
  assert.deepEqual(find(define({}, ofCache), {}), []);
  assert.deepEqual(find(define({ entities: { a: "id" } }, ofCache), { id: 1 }), ["a:1"]);
});

test("an overridden method gets the result and the id field, and may build on the rules", () => {
  const override = (/** @type {any} */ result, /** @type {unknown} */ idField) => {
    const ids = extractEntityIds(result, idField);
    for (const item of result.items ?? []) ids.add(`product:${item}`);
    return ids;
  };
  const options = { entityType: "order", idField: "number" };
  assert.deepEqual(find(define(options, {}, override), { number: 1, items: [5] }), [
    "order:1",
    "order:product:5",
    "product:5",
  ]);
});

test("extractEntityIds refuses a path that is none, as an option does", () => {
  assert.throws(() => extractEntityIds({}, "$["), {
    name: "ConfigError",
    code: "ERR_CACHEREF_PATH",
    message: /"\$\["/,
  });
  assert.throws(() => extractEntityIds({}, 7), { name: "ConfigError", code: "ERR_CACHEREF_OPTION" });
});

for (const wrong of [{}, [{}], [[{}]], [[]], Promise.resolve([1]), () => 1]) {
  test(`an extractor that answers with ${Object.prototype.toString.call(wrong)} is told`, () => {
    for (const options of [{ entityType: "t", extractEntityIds: () => wrong }, { entities: { t: () => wrong } }]) {
      assert.throws(() => define(options).entities.read({}, []), {
        name: "TypeError",
        message: /must answer with ids/,
      });
    }
  });
}

for (const [what, options, code, message] of /** @type {[string, any, string, RegExp][]} */ ([
  ["a type with a colon", { entityType: "a:b" }, "ERR_CACHEREF_ENTITY_TYPE", /"a:b"/],
  ["an empty type", { entities: { "": "id" } }, "ERR_CACHEREF_ENTITY_TYPE", /""/],
  ["a path that is none", { entityType: "t", idField: "$.items[" }, "ERR_CACHEREF_PATH", /"\$\.items\[".* column 9/],
  ["a filter", { entities: { t: "$.items[?@.id]" } }, "ERR_CACHEREF_PATH", /column 9 .*filters/],
  [
    "an empty composite",
    { entityType: "t", idField: [] },
    "ERR_CACHEREF_OPTION",
    /idField must be .* got an array of 0/,
  ],
  ["a number for a rule", { entities: { t: 1 } }, "ERR_CACHEREF_OPTION", /entities\.t must be .* got 1/],
  ["an array for entities", { entities: ["t"] }, "ERR_CACHEREF_OPTION", /entities must be/],
  ["a type of what it depends on with a colon", { dependsOn: ["a:b"] }, "ERR_CACHEREF_ENTITY_TYPE", /"a:b"/],
  [
    "a type instead of types",
    { dependsOn: "order" },
    "ERR_CACHEREF_OPTION",
    /dependsOn must be an array .* got "order"/,
  ],
  ["a path for a page", { pages: ["$.data"] }, "ERR_CACHEREF_OPTION", /pages must be false, or an array/],
  ["a page that goes too deep", { pages: ["a[*].b[*].c"] }, "ERR_CACHEREF_OPTION", /pages must be/],
  ["a page in true", { pages: true }, "ERR_CACHEREF_OPTION", /pages must be .* got true/],
  ["a list of what", { list: "user" }, "ERR_CACHEREF_OPTION", /list must be a boolean/],
  ["a word that is not auto", { entities: "all" }, "ERR_CACHEREF_OPTION", /entities must be "auto" or .* got "all"/],
  [
    "auto and an entity type",
    { entities: "auto", entityType: "t" },
    "ERR_CACHEREF_OPTION",
    /entityType must be absent/,
  ],
  [
    "auto with a composite id",
    { entities: "auto", idField: ["a"] },
    "ERR_CACHEREF_OPTION",
    /idField must be the name of a field/,
  ],
  [
    "a type field without auto",
    { entityType: "t", typeField: "kind" },
    "ERR_CACHEREF_OPTION",
    /typeField must be absent/,
  ],
  [
    "an id field without an entity type",
    { idField: "id" },
    "ERR_CACHEREF_OPTION",
    /idField must be given together with entityType/,
  ],
])) {
  test(`misuse is told where the function is wrapped: ${what}`, () => {
    assert.throws(() => define(options), { name: "ConfigError", code, message });
  });
}

/** A logger that keeps its WARNING and DEBUG lines. */
function warnings() {
  /** @type {string[]} */
  const lines = [];
  const keep = (/** @type {string} */ line) => lines.push(line.replace("cacheref: ", ""));
  return { lines, logger: { debug: keep, info() {}, warn: keep, error() {} } };
}

test("a result without ids is reported once, by the names of its fields and never by its values", () => {
  const { lines, logger } = warnings();
  const definition = define({ entityType: "user", idField: "uid" }, { logger });
  const harmless = [null, [], { uid: 1 }, { data: [], total: 0 }, { data: null }];
  for (const result of harmless) definition.entities.keep(result, [], JSON.stringify(result));
  for (const result of harmless) definition.entities.keep(result, []);
  assert.deepEqual(lines, []);
  for (let time = 0; time < 2; time++) {
    definition.entities.keep({ users: [{ uid: "secret" }], next: "secret" }, []);
    definition.entities.keep({ a: "secret" }, [], '{"a":"secret"}');
  }
  assert.deepEqual(lines, [
    'function "load": its result holds no id of "user", so a change of one does not drop it before its ttl ends; it is an object with the fields users, next. If the ids are in it, say where: idField: "$.users[*].uid". If it depends on all of a type, say on which: dependsOn: ["user"].',
  ]);
});

for (const [what, options, result, remedy] of /** @type {[string, any, unknown, RegExp][]} */ ([
  ["an object in a field", { entityType: "user" }, { user: { id: 1 } }, /idField: "\$\.user\.id"/],
  ["ids nowhere in sight", { entityType: "user" }, { total: 7 }, /idField: "\$\.path\.to\[\*\]\.id"/],
  ["a boolean", { entityType: "user" }, true, /entities: \{ user: \(result, \[id\]\) => id \}/],
  ["an array without ids", { entityType: "user" }, [{ name: "x" }], /an array of 1, the first of which is an/],
  [
    "a page without ids",
    { entityType: "user" },
    { data: [{ name: "x" }] },
    /an object with the field data\. .*idField/,
  ],
  ["auto", { entities: "auto" }, { id: 1 }, /no object with a type and an id/],
])) {
  test(`the remedy fits the result: ${what}`, () => {
    const { lines, logger } = warnings();
    define(options, { logger }).entities.keep(result, []);
    assert.equal(lines.length, 1);
    assert.match(lines[0], remedy);
  });
}

test("what an invalidation finds by a list or by what it depends on is not reported, nor is plain caching", () => {
  const { lines, logger } = warnings();
  for (const options of [
    { entityType: "user", list: true },
    { entityType: "user", dependsOn: ["order"] },
    { entityType: "user", idField: "$.users[*].id" },
    {},
  ]) {
    define(options, { logger }).entities.keep({ total: 7 }, []);
    define(options, { logger }).entities.keep({ total: 7 }, [], '{"total":7}');
  }
  assert.deepEqual(lines, []);
});

test("with requireIds a result that no invalidation finds is refused, also an empty one of no list", () => {
  const { logger } = warnings();
  const strict = define({ entityType: "user", requireIds: true }, { logger });
  assert.throws(() => strict.entities.keep({ total: 7 }, []), /it holds no id of "user", and requireIds is set/);
  for (const result of [{ id: 1 }, [], null, { items: [] }]) strict.entities.keep(result, []);
  const unlisted = define({ entityType: "user", list: false }, { logger, requireIds: true });
  assert.throws(() => unlisted.entities.keep([], []), /requireIds/);
  define({}, { logger, requireIds: true }).entities.keep({ total: 7 }, []);
});

test("debug says once of which declared types a result holds no id", () => {
  const { lines, logger } = warnings();
  const definition = define({ entities: { order: "id", user: "$.by.id" } }, { debug: true, logger });
  definition.entities.keep({ id: 1, by: { id: 2 } }, []);
  assert.deepEqual(lines, []);
  for (let time = 0; time < 2; time++) definition.entities.keep({ id: "secret", by: null }, []);
  assert.deepEqual(lines, [
    'function "load": its result holds no id of "user"; it is an object with the fields id, by',
  ]);
});

const documents = JSON.parse(readFileSync(new URL("../../vectors/documents.json", import.meta.url), "utf8"));
for (const { name, options, result, entities } of documents) {
  test(`in ${name} all entities are found`, () => {
    assert.deepEqual(find(define(options), result), [...entities].sort());
  });
}

test("a number that only a parser can tell is found in the text as in what the text means", () => {
  const definition = define({ entityType: "user" });
  for (const [spelled, id] of [
    ["1.0", "1"],
    ["-0", "0"],
    ["1e3", "1000"],
    ["0.10", "0.1"],
    ["9007199254740993", "9007199254740992"],
    ["0.30000000000000004", "0.30000000000000004"],
    ["1e21", "1e+21"],
    ["0.0000001", "1e-7"],
  ]) {
    // JSON.rawJSON lets a program write any of them.
    const text = `[{"id":${spelled}},{"id":7}]`;
    const ids = definition.entities.read({}, [], text).map((entity) => entity.id);
    assert.deepEqual(new Set(ids), new Set([id, "7"]), spelled);
    definition.entities.keep({}, [], text);
    const kept = JSON.parse(core.readText(core.exports.writeIds()));
    // The result is a list of users, too.
    assert.deepEqual(new Set(kept), new Set(["user", id, "7", null]), spelled);
  }
});

test("a number as JSON.stringify writes it is mostly told without a parser", () => {
  const { handle } = define({ entityType: "user" });
  const isTold = (/** @type {string} */ number) =>
    core.exports.extractText(handle, core.writeText(`{"id":${number}}`)) === 1;
  for (const number of ["0", "-7", "1234567890123456", "9007199254740992", "0.5", "-12.25", "0.000001", "3.14159"])
    assert.ok(isTold(number), number);
});

test("a number that the core does not print is kept as its text", () => {
  const definition = define({ entityType: "user" });
  const numbers = [1e21, 0.1, 2 ** 53, -(2 ** 31), 2 ** 31, -0, 1e-7, Number.NaN, Number.POSITIVE_INFINITY];
  definition.entities.keep(numbers, [], undefined);
  const kept = JSON.parse(core.readText(core.exports.writeIds())).filter((text) => text !== "user" && text !== null);
  assert.deepEqual(
    new Set(kept),
    new Set(["1e+21", "0.1", "9007199254740992", "-2147483648", "2147483648", "0", "1e-7"]),
  );
});
