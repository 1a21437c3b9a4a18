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

const count = "which is taken for a count or a success and for no id, so nothing is invalidated";
for (const [answer, line] of [
  [
    1,
    `its result is a number, ${count}; say from: "args" if its first argument is the id, or from: "result" if the number is`,
  ],
  [true, `its result is a boolean, ${count}; say from: "args" if its first argument is the id`],
]) {
  test(`a bare ${typeof answer} is no id, and that is reported once with what to do`, async () => {
    const { wrapped, invalidated, lines } = setUp(
      async function remove() {
        return answer;
      },
      { entityType: "user" },
    );
    await wrapped(42);
    await wrapped(42);
    assert.deepEqual(invalidated, []);
    assert.deepEqual(lines, [["warn", `cacheref: function "remove": ${line}`]]);
  });
}

for (const [what, answer, options, wanted] of [
  ["a number where the result was asked for", 7, { from: "result" }, [user("7")]],
  ["a string", "7", {}, [user("7")]],
  ["a bigint", 7n, {}, [user("7")]],
  ["the numbers in an array", [7, 8], {}, [user("7", "8")]],
  ["a number by a function", 7, { idField: (n) => n + 1 }, [user("8")]],
  ["a number by a path", 7, { idField: "$" }, [user("7")]],
  ["the object in a field of an answer", { data: { id: 7 } }, {}, [user("7")]],
]) {
  test(`an id in the result of a write: ${what}`, async () => {
    const { wrapped, invalidated, lines } = setUp(async () => answer, { entityType: "user", ...options });
    await wrapped(42);
    assert.deepEqual(invalidated, wanted);
    assert.deepEqual(lines, []);
  });
}

test("a create that answers with a number drops lists, and says nothing", async () => {
  const { wrapped, invalidated, lines } = setUp(async () => 7, { entityType: "user", created: true });
  await wrapped({ name: "Ada" });
  assert.deepEqual(invalidated, [{ kind: "list", type: "user" }]);
  assert.deepEqual(lines, []);
});

test("the arguments are read before the run, which may change them", async () => {
  const { wrapped, invalidated } = setUp(
    async (row) => {
      delete row.id;
    },
    { entityType: "user", from: "args" },
  );
  await wrapped({ id: 7 });
  assert.deepEqual(invalidated, [user("7")]);
});

test("what is in the fields of an argument is data and no page", async () => {
  const { wrapped, invalidated, lines } = setUp(async function update() {}, { entityType: "user", from: "args" });
  await wrapped({ where: { name: "x" }, data: { id: 7 } });
  assert.deepEqual(invalidated, []);
  assert.match(lines[0][1], /its first argument names no entity/);
});

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
