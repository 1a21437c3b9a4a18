// `key: identity`: objects count as `===` compares them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { identity } from "../../../js/entries/node.js";
import { makeCache, setUp } from "../../helpers/cache.js";
import { mapBackend } from "../../helpers/map-backend.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

/** A selector that counts its runs. @param {object} [options] */
function select(options) {
  const { cache, lines } = setUp();
  let runs = 0;
  const selector = cache.sync({ key: identity, ...options })(function selector(...args) {
    runs += 1;
    return { args };
  });
  return { cache, lines, selector, runs: () => runs };
}

test("one object is a hit, and an equal one is not", () => {
  const { selector, runs } = select();
  const [state, equal] = [{ users: [1] }, { users: [1] }];
  const first = selector(state);
  for (let call = 0; call < 5; call += 1) assert.equal(selector(state), first);
  assert.notEqual(selector(equal), first);
  assert.equal(selector(state), first);
  assert.equal(runs(), 2);
});

test("an object is not walked over", () => {
  const { selector, runs } = select();
  const state = new Proxy({}, { get: () => assert.fail(), ownKeys: () => assert.fail() });
  selector(state);
  selector(state);
  assert.equal(runs(), 1);
});

test("arguments are told apart, whatever they are", () => {
  const { selector } = select();
  const [object, list, fn] = [{}, [], () => {}];
  const calls = [
    [],
    [object],
    [list],
    [fn],
    [object, list],
    [list, object],
    [[object]],
    [Symbol("a")],
    [Symbol.for("a")],
    [1],
    [2],
    [3],
    [[1]],
    [1n],
    ["1"],
    [true],
    [null],
    [null, null],
    [undefined, 1],
    [new Map()],
    [new Date(0)],
    [new Date(0)],
  ];
  const results = calls.map((args) => selector(...args));
  assert.equal(new Set(results).size, calls.length);
  for (const [index, args] of calls.entries()) assert.equal(selector(...args), results[index]);
});

test("values that === or Object.is take for one are one", () => {
  const { selector } = select();
  assert.equal(selector(0), selector(-0));
  assert.equal(selector(Number.NaN), selector(Number.NaN));
  assert.equal(selector(Symbol.iterator), selector(Symbol.iterator));
  assert.equal(selector("a", undefined), selector("a"));
  assert.equal(selector(undefined), selector());
});

test("an invalidation drops what it concerns, also behind a shortcut", () => {
  const { cache } = setUp();
  const get = cache.sync("user", { key: identity })(({ user }) => ({ ...user }));
  const state = { user: { id: 1 } };
  const first = get(state);
  assert.equal(get(state), first);
  assert.equal(get(state), first);
  cache.invalidateEntity("user", 1);
  const second = get(state);
  assert.notEqual(second, first);
  assert.equal(get.invalidate(state), true);
  assert.notEqual(get(state), second);
});

test("a key of one's own may count parts by identity", () => {
  const { selector, runs } = select({ key: (state, id) => [identity(state.users), id] });
  const users = [1];
  selector({ users, page: 1 }, 7);
  selector({ users, page: 2 }, 7);
  assert.equal(runs(), 1);
  selector({ users: [1] }, 7);
  selector({ users }, 8);
  assert.equal(runs(), 3);
});

test("an asynchronous function has it too", async () => {
  const { cache } = setUp();
  let runs = 0;
  const get = cache({ key: identity })(async () => {
    runs += 1;
    return runs;
  });
  const state = {};
  assert.deepEqual([await get(state), await get(state), await get({})], [1, 1, 2]);
});

test("the entry of an object ends with the object", async () => {
  const { cache, selector } = select();
  const kept = {};
  selector(kept, 1);
  for (let call = 0; call < 100; call += 1) selector({ call }, { also: call });
  // The results above hold the arguments, which so stay.
  const small = cache.sync({ key: identity })(() => 1);
  small(kept);
  for (let call = 0; call < 100; call += 1) small({ call });
  for (let turn = 0; turn < 50 && cache.stats().entries > 102; turn += 1) {
    collectGarbage();
    await setImmediate();
  }
  assert.equal(cache.stats().entries, 102);
  assert.equal(small.peek(kept), 1);
});

test("it is refused where other processes see the keys", async () => {
  const cache = makeCache(mapBackend());
  assert.throws(() => cache({ key: identity })(async () => 1), {
    name: "ConfigError",
    code: "ERR_CACHEREF_OPTION",
    message:
      "key must be a function of the arguments on a shared backend: no other process has these objects, got the function identity",
  });
  let runs = 0;
  const get = cache({ keyPrefix: "get", key: (state) => [identity(state), 1] })(async () => {
    runs += 1;
    return runs;
  });
  const state = {};
  assert.deepEqual([await get(state), await get(state)], [1, 2]);
  assert.equal(get.key(state), undefined);
  assert.match(cache.lines.at(-1)[1], /its option key uses identity, which no other process understands/);
});

test("it is refused with normalizeArgs", () => {
  const { cache } = setUp();
  assert.throws(() => cache.sync({ key: identity, normalizeArgs: true })(() => 1), {
    message: "normalizeArgs must be false with key: identity, which knows no names, got true",
  });
});

test("such a call is not carried to a page", async () => {
  const { cache, selector } = select();
  const state = {};
  selector(state);
  assert.equal(cache.hydrate(await cache.dehydrate([[selector, state]])), 0);
});
