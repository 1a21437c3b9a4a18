// The write wrapper: which targets a call invalidates, and when.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readCacheOptions, readInvalidatesOptions } from "../../../js/cache/options.js";
import { wrapWrite } from "../../../js/cache/writes.js";
import { Context } from "../../../js/functions/context.js";
import { recorder } from "../../helpers/cache.js";
import { makeCore } from "../../helpers/core.js";

const core = makeCore();

/** Wraps `fn`, with the targets that its calls invalidate and the lines that they log. */
function setUp(fn, options, cacheOptions = {}) {
  const { lines, logger } = recorder();
  const context = new Context(core, { ...readCacheOptions({ logger }), ...cacheOptions });
  const invalidated = [];
  const wrapped = wrapWrite(context, fn, readInvalidatesOptions(options), async (targets) => {
    invalidated.push(...targets);
    return targets.length;
  });
  return { wrapped, invalidated, lines };
}

const user = (...ids) => ({ kind: "entity", type: "user", ids });

for (const [what, options, args, wanted] of [
  ["the result", { entityType: "user" }, [[{ id: 1 }, { id: 2 }]], [user("1", "2")]],
  ["another field of the result", { entityType: "user", idField: "uid" }, [{ uid: 1, id: 2 }], [user("1")]],
  ["the first argument alone", { entityType: "user", from: "args" }, [7, { id: 8 }], [user("7")]],
  ["a function", { entityType: "user", from: (_result, [, other]) => [other, 3n] }, [{ id: 1 }, 2], [user("2", "3")]],
  ["a promise of a function", { entityType: "user", from: async () => 5 }, [{ id: 1 }], [user("5")]],
  ["every object with a type", { entities: "auto" }, [{ __typename: "user", id: 1 }], [user("1")]],
  [
    "a created entity, and lists of its type",
    { entityType: "user", created: true },
    [{ id: 1 }],
    [user("1"), { kind: "list", type: "user" }],
  ],
]) {
  test(`the ids come from ${what}`, async () => {
    const { wrapped, invalidated } = setUp(async (first) => first, options);
    assert.equal(await wrapped(...args), args[0]);
    assert.deepEqual(invalidated, wanted);
  });
}

test("the extractEntityIds of a subclass finds the ids of a write too", async () => {
  const extractMethod = (result, idField) => [result[idField], `order:${result.order}`];
  const { wrapped, invalidated } = setUp((row) => row, { entityType: "user" }, { extractMethod });
  await wrapped({ id: 1, order: 2 });
  assert.deepEqual(invalidated, [user("1", "order:2"), { kind: "entity", type: "order", ids: ["2"] }]);
});

test("a function that fails invalidates nothing", async () => {
  const error = new Error("no");
  const { wrapped, invalidated } = setUp(
    () => {
      throw error;
    },
    { entityType: "user", created: true },
  );
  await assert.rejects(wrapped(1), error);
  assert.deepEqual(invalidated, []);
});

test("what names no entity is logged once", async () => {
  const { wrapped, invalidated, lines } = setUp(async function rename() {}, { entityType: "user" });
  await wrapped();
  await wrapped();
  assert.deepEqual(invalidated, []);
  assert.deepEqual(lines, [
    ["warn", 'cacheref: function "rename": its result names no entity, so nothing is invalidated'],
  ]);
});

test("an id that is none is logged as an error, and the result is returned", async () => {
  const { wrapped, lines } = setUp(
    async function rename() {
      return "result";
    },
    { entityType: "user", from: () => ({ id: 1 }) },
  );
  assert.equal(await wrapped(), "result");
  assert.match(lines[0].join(), /^error,.*rename.* must answer with ids .* got an object \(id\)/);
  assert.match(lines[1].join(), /^warn,.*its option from names no entity/);
});

test("a write finds ids after the core was replaced", async () => {
  const { wrapped, invalidated } = setUp((row) => row, { entityType: "user", entities: { team: "$.team.id" } });
  core.replace();
  await wrapped({ id: 1, team: { id: 2 } });
  assert.deepEqual(invalidated, [user("1"), { kind: "entity", type: "team", ids: ["2"] }]);
});

test("the wrapper has the name, the length and the this of the function", async () => {
  const { wrapped } = setUp(
    async function rename(_id, _name) {
      return this;
    },
    { entityType: "user", from: () => 1 },
  );
  assert.deepEqual([wrapped.name, wrapped.length, wrapped.original.name], ["rename", 2, "rename"]);
  const api = { rename: wrapped };
  assert.equal(await api.rename(1, "a"), api);
});
