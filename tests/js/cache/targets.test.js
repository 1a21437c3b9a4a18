// The targets of cache.invalidate(entities, options), and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { oneByOne, targetsOf } from "../../../js/cache/targets.js";
import { MemoryBackend } from "../../../js/entries/node.js";
import { makeCache } from "../../helpers/cache.js";

test("ids by their types, lists and types are targets, in this order", () => {
  const targets = targetsOf({ user: 1, product: [2n, "3", 2] }, { lists: ["order"], types: ["stock"], soft: true });
  assert.deepEqual(targets, [
    { kind: "entity", type: "user", ids: ["1"], isSoft: true },
    { kind: "entity", type: "product", ids: ["2", "3"], isSoft: true },
    { kind: "list", type: "order", isSoft: true },
    { kind: "type", type: "stock", isSoft: true },
  ]);
  assert.deepEqual(
    oneByOne(targets).flatMap((target) => target.ids ?? []),
    ["1", "2", "3"],
  );
});

test("an id of several parts is an array in the array of ids", () => {
  assert.deepEqual(targetsOf({ member: [["acme", 7], "b-8"] }, {})[0].ids, ["acme-7", "b-8"]);
});

test("an empty array of ids is nothing to invalidate, and no misuse", async () => {
  assert.equal(await makeCache(new MemoryBackend()).invalidate({ user: [] }), 0);
});

for (const [what, args, code, message] of /** @type {[string, unknown[], string, RegExp][]} */ ([
  ["nothing", [], "ERR_CACHEREF_OPTION", /first argument of invalidate\(\) must be an object .* got undefined/],
  ["an array", [["user"]], "ERR_CACHEREF_OPTION", /must be an object of entity types and their ids, got an array/],
  ["no target at all", [{}], "ERR_CACHEREF_TARGET", /needs something to invalidate/],
  ["a type without an id", [{ user: undefined }], "ERR_CACHEREF_ENTITY_ID", /an entity id must be .* got undefined/],
  ["an id of no parts", [{ user: [[]] }], "ERR_CACHEREF_ENTITY_ID", /at least one part/],
  ["an id of a wrong part", [{ user: [["a", null]] }], "ERR_CACHEREF_ENTITY_ID", /got null/],
  ["a wrong type", [{ "a:b": 1 }], "ERR_CACHEREF_ENTITY_TYPE", /"a:b"/],
  ["a wrong list", [{}, { lists: [""] }], "ERR_CACHEREF_ENTITY_TYPE", /got ""/],
  [
    "a list instead of lists",
    [{}, { lists: "order" }],
    "ERR_CACHEREF_OPTION",
    /lists must be an array of entity types/,
  ],
  ["an unknown option", [{ user: 1 }, { list: ["a"] }], "ERR_CACHEREF_OPTION", /did you mean "lists"/],
])) {
  test(`cache.invalidate refuses ${what}`, async () => {
    await assert.rejects(makeCache(new MemoryBackend()).invalidate(...args), { name: "ConfigError", code, message });
  });
}

for (const [what, id] of /** @type {[string, unknown][]} */ ([
  ["no id", []],
  ["two ids", [1, 2]],
])) {
  test(`explain is about one entity, and refuses ${what}`, async () => {
    await assert.rejects(makeCache(new MemoryBackend()).explain("user", id), {
      name: "ConfigError",
      code: "ERR_CACHEREF_ENTITY_ID",
      message: /^the id of explain\(\) must be one entity id, got an array/,
    });
  });
}

test("a soft invalidation of a list or a type makes calls with a stale window stale, and drops the others", async () => {
  const cache = makeCache(new MemoryBackend());
  const windowed = cache("order", { keyPrefix: "a", staleWhileRevalidate: 60 })(async () => [{ id: 1 }]);
  const plain = cache("order", { keyPrefix: "b" })(async () => [{ id: 1 }]);
  /** @type {string[]} */
  const stale = [];
  cache.on("stale", (/** @type {any} */ event) => stale.push(event.function));
  for (const invalidate of [
    () => cache.invalidate({}, { lists: ["order"], soft: true }),
    () => cache.invalidateType("order", { soft: true }),
  ]) {
    await Promise.all([windowed(), plain()]);
    assert.equal(await invalidate(), 2);
    assert.deepEqual([await windowed.peek(), await plain.peek()], [undefined, undefined]);
    await windowed();
    await cache.close();
  }
  assert.deepEqual(stale, ["a", "a"]);
});
