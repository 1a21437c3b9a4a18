// What calls of a near cache share while one of them reads Redis or runs the function.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { counted, gate } from "../helpers/functions.js";
import { serving } from "../helpers/near.js";
import { until } from "../helpers/until.js";
import { useCaches } from "../helpers/use-caches.js";
import { useProxiedRedis } from "../helpers/use-redis.js";

const { proxy, direct, client } = await useProxiedRedis();
const open = useCaches();
beforeEach(() => direct.flushall());

/** @param {any} [options] */
async function near(options = {}) {
  const cache = open(client, { near: { lease: 20, ...options } });
  await serving(cache);
  proxy.reset();
  return cache;
}

/** A function whose runs wait for a gate each. @param {any} cache @param {any} [options] */
function gated(cache, options = {}) {
  /** @type {ReturnType<typeof gate>[]} */
  const gates = [];
  const load = counted(async (/** @type {number} */ id) => {
    const held = gate();
    gates.push(held);
    await held.promise;
    return { id, run: gates.indexOf(held) };
  });
  return { get: cache("user", { keyPrefix: "get", ...options })(load), load, gates };
}

const sent = (/** @type {string} */ wanted) => proxy.commands.filter(([name]) => name.toLowerCase() === wanted);
const lookUps = () => sent("get");

/**
 * Calls wait 20 ms for a run of another. A busy machine may need longer for a store.
 * @param {import("node:test").TestContext} t
 */
function makeJoinsLong(t) {
  const { setTimeout } = globalThis;
  const longer = (/** @type {any} */ act, /** @type {number} */ ms, /** @type {any[]} */ ...args) =>
    setTimeout(act, ms === 20 ? 60_000 : ms, ...args);
  t.mock.method(globalThis, "setTimeout", longer);
}

for (const values of ["copy", "frozen", "shared"]) {
  test(`${values}: calls of one key share one run, which is kept although another entity of its type is invalidated`, async (t) => {
    makeJoinsLong(t);
    const cache = await near({ values });
    const { get, load, gates } = gated(cache);
    const first = get(1);
    await until(() => gates.length === 1);
    await cache.invalidateEntity("user", 2);
    const second = get(1);
    const third = get(1);
    proxy.reset();
    gates[0].resolve(undefined);
    const results = await Promise.all([first, second, third]);
    assert.deepEqual(results, Array(3).fill({ id: 1, run: 0 }));
    assert.equal(results[0] === results[1], values !== "copy");
    assert.equal(load.runs, 1);
    assert.equal(cache.stats().joins, 2);
    assert.deepEqual(lookUps(), []);
    assert.deepEqual(await get(1), { id: 1, run: 0 });
    assert.equal(cache.stats().near.hits, 1);
  });
}

test("N1: a call after an invalidation gets nothing of a run that began before it, even if that run never ends", async () => {
  const cache = await near();
  const { get, gates } = gated(cache);
  const early = get(1);
  await until(() => gates.length === 1);
  await cache.invalidateEntity("user", 1);
  const late = get(1);
  await until(() => gates.length === 2);
  gates[1].resolve(undefined);
  assert.deepEqual(await late, { id: 1, run: 1 });
  gates[0].resolve(undefined);
  assert.deepEqual(await early, { id: 1, run: 0 });
  assert.deepEqual(await get(1), { id: 1, run: 1 });
});

test("after a run that never ends, another takes its place, and its result is near", async () => {
  const cache = await near();
  const { get, gates } = gated(cache, { runTimeout: "50ms" });
  const begun = Date.now();
  get(1);
  await until(() => gates.length === 1 && Date.now() > begun + 60);
  const second = get(1);
  await until(() => gates.length === 2);
  gates[1].resolve(undefined);
  assert.deepEqual(await second, { id: 1, run: 1 });
  assert.deepEqual(await get(1), { id: 1, run: 1 });
  assert.equal(cache.stats().near.hits, 1);
});

test("N1: a call that has joined a run which an invalidation has overtaken asks Redis", async () => {
  const cache = await near();
  const { get, gates } = gated(cache);
  const early = get(1);
  await until(() => gates.length === 1);
  const joined = get(1);
  await cache.invalidateEntity("user", 1);
  gates[0].resolve(undefined);
  await until(() => gates.length === 2);
  gates[1].resolve(undefined);
  assert.deepEqual(await Promise.all([early, joined]), [
    { id: 1, run: 0 },
    { id: 1, run: 1 },
  ]);
});

for (const values of ["copy", "frozen", "shared"]) {
  test(`${values}: calls that share a stale value are all served stale, and say so`, async (t) => {
    makeJoinsLong(t);
    const cache = await near({ values });
    let version = 0;
    const load = async () => ({ id: 1, version });
    const get = cache("user", { keyPrefix: "get", ttl: 60, staleWhileRevalidate: 60 })(load);
    await get();
    version = 1;
    await cache.invalidateEntity("user", 1, { soft: true });
    /** @type {string[]} */
    const events = [];
    for (const name of ["hit", "stale", "join"]) cache.on(name, () => events.push(name));
    assert.deepEqual(await Promise.all([get(), get(), get()]), Array(3).fill({ id: 1, version: 0 }));
    assert.deepEqual(events, ["stale", "stale", "stale"]);
    assert.equal(cache.stats().stale, 3);
    assert.equal(cache.stats().joins, 0);
  });
}

for (const values of ["copy", "frozen"]) {
  test(`C5: ${values}: calls that share a run while the backend fails cannot change what another holds`, async (t) => {
    makeJoinsLong(t);
    const cache = open(client, { near: { lease: 20, values }, operationTimeout: 200 });
    await serving(cache);
    proxy.reset();
    const { get, load, gates } = gated(cache);
    proxy.decide = ([name]) => (/^get$/i.test(name) ? "hold-reply" : "pass");
    const change = (/** @type {any} */ result) => {
      assert.ok(!("changed" in result));
      if (values === "copy") result.changed = true;
      else assert.ok(Object.isFrozen(result));
    };
    const calls = [get(1), get(1), get(1)].map((call) => call.then(change));
    await until(() => gates.length === 1);
    gates[0].resolve(undefined);
    await Promise.all(calls);
    assert.equal(load.runs, 1);
    proxy.release();
  });
}

test("L2: the error of a run is the error of the calls that share it, and each of them is a join", async (t) => {
  makeJoinsLong(t);
  const cache = await near();
  const before = cache.stats();
  const held = gate();
  const load = counted(async () => {
    await held.promise;
    throw new Error("the source fails");
  });
  const get = cache("user", { keyPrefix: "get" })(load);
  const calls = [get(1), get(1)];
  await until(() => load.runs === 1);
  held.resolve(undefined);
  for (const call of calls) await assert.rejects(call, /the source fails/);
  assert.equal(load.runs, 1);
  const { misses, joins } = cache.stats();
  assert.deepEqual({ misses: misses - before.misses, joins }, { misses: 1, joins: 1 });
});

test("a function that calls itself with the same arguments does not wait for itself", async () => {
  const cache = await near();
  let depth = 0;
  /** @type {(id: number) => Promise<any>} */
  const get = cache("user", { keyPrefix: "get" })((/** @type {number} */ id) =>
    depth++ === 0 ? get(id) : Promise.resolve({ id }),
  );
  assert.deepEqual(await get(1), { id: 1 });
});

test("where mostly nothing is found, a miss asks for the position of the log together with the value", async () => {
  const cache = await near();
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id }));
  for (let id = 1; id <= 8; id++) await get(id);
  proxy.reset();
  proxy.decide = ([name]) => (/^get$/i.test(name) ? "hold-reply" : "pass");
  const reading = get(9);
  await proxy.untilHeld();
  await until(() => sent("evalsha").length === 1);
  proxy.release();
  assert.deepEqual(await reading, { id: 9 });
  assert.equal(sent("evalsha").length, 2, "the position and the store");
});

test("where values are found, no position is asked for", async () => {
  const stored = open(direct)("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id }));
  for (let id = 1; id <= 12; id++) await stored(id);
  const cache = await near();
  const get = cache("user", { keyPrefix: "get" })(async () => assert.fail("the function runs"));
  for (let id = 1; id <= 12; id++) await get(id);
  assert.deepEqual(sent("evalsha"), []);
});

test("what was read after an own invalidation stays near when the entry of the log arrives", async () => {
  const cache = await near();
  const other = open(direct);
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id }));
  await get(1);
  proxy.decide = ([name]) => (/^xread$/i.test(name) ? "hold-reply" : "pass");
  // The read of the log that waits already is not held back.
  proxy.commands = [];
  await other.invalidateEntity("user", 98);
  await until(() => sent("xread").length > 0);
  await cache.invalidateEntity("user", 1);
  await get(1);
  proxy.release();
  // It resolves when this cache has applied its entry, and so those before.
  await other.invalidateEntity("user", 99);
  proxy.reset();
  assert.deepEqual(await get(1), { id: 1 });
  assert.deepEqual(lookUps(), []);
});

test("a call does not wait for long for the look-up of another, which may hang", async () => {
  const cache = open(client, { near: { lease: 20 }, operationTimeout: 60_000 });
  await serving(cache);
  proxy.reset();
  const { get, load, gates } = gated(cache);
  proxy.decide = ([name]) => (/^get$/i.test(name) ? "hold-reply" : "pass");
  const calls = Array.from({ length: 20 }, () => get(1));
  await until(() => lookUps().length === 20);
  proxy.release();
  await until(() => cache.stats().joins === 19);
  gates[0].resolve(undefined);
  assert.deepEqual(await Promise.all(calls), Array(20).fill({ id: 1, run: 0 }));
  assert.equal(load.runs, 1);
});

for (const [what, result, options] of /** @type {[string, any, any][]} */ ([
  ["undefined", undefined, {}],
  ["a result with a ttl of 0", { id: 1 }, { ttl: 0 }],
])) {
  test(`calls of one key share a run that gives ${what}`, async () => {
    const cache = await near();
    const held = gate();
    const load = counted(async () => {
      await held.promise;
      return result;
    });
    const get = cache("user", { keyPrefix: "get", ...options })(load);
    const calls = Array.from({ length: 50 }, () => get(1));
    held.resolve(undefined);
    assert.deepEqual(await Promise.all(calls), Array(50).fill(result));
    assert.equal(load.runs, 1);
  });
}
