// The wrapped function: what it hands to its store, and what of the user's function stays visible.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readCacheOptions, readFunctionOptions } from "../../../js/cache/options.js";
import { definitionOf, wrap } from "../../../js/cache/wrap.js";
import { Context } from "../../../js/functions/context.js";
import { recorder } from "../../helpers/cache.js";

function setUp(fn, functionOptions = {}, cacheOptions = {}) {
  const { lines, logger } = recorder();
  const context = new Context(undefined, readCacheOptions({ logger, ...cacheOptions }));
  const calls = [];
  const record =
    (name, answer) =>
    async (...args) => {
      calls.push([name, ...args]);
      return answer;
    };
  const store = {
    call: record("call", "cached"),
    peek: record("peek", "peeked"),
    refresh: record("refresh", "fresh"),
    invalidate: record("invalidate", 2),
  };
  const definition = {
    context,
    fn,
    name: "getUser",
    options: readFunctionOptions(context.options, undefined, functionOptions),
    key: (self, args) => `key of ${args}${self ? " with this" : ""}`,
    warn: (_subject, message) => logger.warn(message),
  };
  return { wrapped: wrap(store, definition, store.invalidate), definition, calls, lines, context };
}

test("a call goes to the store with its this and its arguments", async () => {
  const { wrapped, definition, calls } = setUp(() => "run");
  const api = { wrapped };
  assert.equal(await api.wrapped(1, "a"), "cached");
  assert.deepEqual(calls, [["call", definition, api, [1, "a"]]]);
});

test("a wrapped function looks like the original, which it carries", () => {
  const getUser = async (_id, _options) => {};
  const { wrapped, definition } = setUp(getUser);
  assert.equal(wrapped.name, "getUser");
  assert.equal(wrapped.length, 2);
  assert.equal(wrapped.original, getUser);
  assert.equal(definitionOf(wrapped), definition);
  assert.equal(definitionOf(getUser), undefined);
});

test("key, peek, refresh, invalidate and invalidateAll reach the store for this call", async () => {
  const { wrapped, definition, calls } = setUp(() => "run");
  assert.equal(wrapped.key(42), "key of 42");
  assert.equal(wrapped.key.call({}, 42), "key of 42 with this");
  assert.equal(await wrapped.peek(42), "peeked");
  assert.equal(await wrapped.refresh(42), "fresh");
  assert.equal(await wrapped.invalidate(42), true);
  assert.equal(await wrapped.invalidateAll(), 2);
  assert.deepEqual(calls, [
    ["peek", definition, undefined, [42]],
    ["refresh", definition, undefined, [42], undefined],
    ["invalidate", [{ kind: "key", definition, self: undefined, args: [42] }]],
    ["invalidate", [{ kind: "function", name: "getUser" }]],
  ]);
});

test("with enabled: false the function runs as if it were not wrapped", async () => {
  const { wrapped, calls } = setUp((id) => `run ${id}`, {}, { enabled: false });
  assert.equal(await wrapped(1), "run 1");
  assert.equal(await wrapped.refresh(2), "run 2");
  assert.deepEqual(calls, []);
});

test("a call that skip names runs uncached, and is counted and told", async () => {
  const { wrapped, calls, context } = setUp((id) => `run ${id}`, { skip: (id) => id === 0 });
  const skipped = [];
  context.events.on("skip", (event) => skipped.push(event));
  assert.equal(await wrapped(0), "run 0");
  assert.equal(await wrapped(1), "cached");
  assert.equal(calls.length, 1);
  assert.equal(context.events.counts.skips, 1);
  assert.deepEqual(skipped, [{ function: "getUser", reason: "skip" }]);
});

test("a skip option that throws makes the call uncached, and is told", async () => {
  const { wrapped, lines } = setUp(() => "run", {
    skip: () => {
      throw new Error("no");
    },
  });
  assert.equal(await wrapped(0), "run");
  assert.match(lines.join(), /its skip option threw: no; the call is not cached/);
});
