// The call path over a shared backend: what a call is given, and what is counted and emitted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RedisBackend } from "../../../js/backends/redis.js";
import { readCacheOptions, readFunctionOptions } from "../../../js/cache/options.js";
import { MemoryBackend } from "../../../js/entries/node.js";
import { manualClock } from "../../../js/entries/testing.js";
import { Context } from "../../../js/functions/context.js";
import { Definition } from "../../../js/functions/definition.js";
import { makeCache, recorder } from "../../helpers/cache.js";
import { makeCore } from "../../helpers/core.js";
import { counted } from "../../helpers/functions.js";
import { mapBackend } from "../../helpers/map-backend.js";

/** A map whose keys have so many milliseconds left. @param {{ leftMs: number }} time */
const timedMap = (time) => ({ ...mapBackend(), pttl: async () => time.leftMs });

/**
 * A store, and one function to call through it.
 * @param {object} backend
 * @param {(...args: any[]) => any} fn
 * @param {object} [options] of the function
 */
function open(backend, fn, options = {}) {
  const { logger, lines } = recorder();
  const context = new Context(makeCore(), readCacheOptions({ prefix: "app:", logger, clock: manualClock() }));
  const definition = new Definition(context, fn, readFunctionOptions(context.options, "user", options), "get");
  const store = new RedisBackend(backend).open(context);
  const load = (/** @type {unknown[]} */ ...args) => store.load({ definition, self: undefined, args });
  return { store, load, definition, context, lines };
}

for (const [name, makeBackend] of Object.entries({ memory: () => new MemoryBackend(), map: mapBackend })) {
  /** @param {(...args: any[]) => any} fn @param {object} options */
  const setUp = (fn, options) => {
    const cache = makeCache(makeBackend(), { clock: manualClock() });
    /** @type {string[]} */
    const events = [];
    for (const kind of /** @type {const} */ (["hit", "miss", "store", "skip"]))
      cache.on(kind, (/** @type {any} */ { reason }) =>
        events.push(reason === undefined ? kind : `${kind}: ${reason}`),
      );
    return { cache, events, get: cache("user", { keyPrefix: "get", ...options })(fn) };
  };

  test(`${name}: a call whose arguments cannot be a key is a skip, its refresh too`, async () => {
    const { cache, events, get } = setUp(async () => ({ id: 1 }), {});
    await get(Symbol("id"));
    await get.refresh(Symbol("id"));
    assert.deepEqual(events, ["skip: key", "skip: key"]);
    assert.equal(cache.stats().skips, 2);
  });

  test(`${name}: a result that has no ttl is a skip, after a miss`, async () => {
    const { cache, events, get } = setUp(async () => ({ id: 1 }), { ttl: () => 0 });
    await get(1);
    assert.deepEqual(events, ["miss", "skip: ttl"]);
    assert.deepEqual([cache.stats().misses, cache.stats().skips, cache.stats().stores], [1, 1, 0]);
  });

  test(`${name}: a result that cannot be serialized is a skip, after a miss`, async () => {
    const { cache, events, get } = setUp(async () => undefined, {});
    await get(1);
    assert.deepEqual(events, ["miss", "skip: not serializable"]);
    assert.equal(cache.stats().skips, 1);
  });

  test(`${name}: a miss that is stored, and then a hit`, async () => {
    const { cache, events, get } = setUp(async () => ({ id: 1 }), {});
    await get(1);
    await get(1);
    assert.deepEqual(events, ["miss", "store", "hit"]);
    const { hits, misses, stores, skips } = cache.stats();
    assert.deepEqual({ hits, misses, stores, skips }, { hits: 1, misses: 1, stores: 1, skips: 0 });
  });
}

test("load: a run gives its result, its payload and its ttl", async () => {
  const { load } = open(mapBackend(), async (id) => ({ id }), { ttl: 60 });
  assert.deepEqual(await load(1), { result: { id: 1 }, payload: '{"id":1}', leftMs: 60_000 });
});

test("load: an entry gives the time that it has left, also where the function has no stale window", async () => {
  const time = { leftMs: 12_345 };
  const fn = counted(async (id) => ({ id }));
  const { load } = open(timedMap(time), fn, { ttl: 60 });
  await load(1);
  const { result, payload, leftMs } = await load(1);
  assert.deepEqual({ result, payload, leftMs }, { result: { id: 1 }, payload: '{"id":1}', leftMs: 12_345 });
  assert.equal(fn.runs, 1);
});

test("load: the stale window is no time left; an entry within it is stale", async () => {
  const time = { leftMs: 30_000 };
  const { load } = open(timedMap(time), async (id) => ({ id }), { ttl: 60, staleWhileRevalidate: 10 });
  await load(1);
  assert.equal((await load(1)).leftMs, 20_000);
  time.leftMs = 4000;
  const stale = await load(1);
  assert.deepEqual([stale.result, stale.leftMs], [{ id: 1 }, -6000]);
});

test("load: an entry without an expiry is fresh for good; an unknown time is none", async () => {
  const time = { leftMs: -1 };
  const { load } = open(timedMap(time), async (id) => ({ id }));
  await load(1);
  assert.equal((await load(1)).leftMs, Number.POSITIVE_INFINITY);
  time.leftMs = -2;
  assert.equal((await load(1)).leftMs, 0);
});

test("load: what is not stored has no time left", async () => {
  const ofKey = open(mapBackend(), async () => ({ id: 1 }));
  assert.deepEqual(await ofKey.load(Symbol("id")), { result: { id: 1 }, payload: undefined, leftMs: 0 });
  const ofTtl = open(mapBackend(), async () => ({ id: 1 }), { ttl: () => 0 });
  assert.deepEqual(await ofTtl.load(1), { result: { id: 1 }, payload: '{"id":1}', leftMs: 0 });
  const broken = { ...mapBackend(), setex: () => Promise.reject(new Error("disk full")) };
  const ofFailure = open(broken, async () => ({ id: 1 }), { ttl: 60 });
  assert.equal((await ofFailure.load(1)).leftMs, 0);
});

test("load: an invalidation during the run leaves no time", async () => {
  const { load, store } = open(
    mapBackend(),
    async (id) => {
      await store.invalidate([{ kind: "entity", type: "user", ids: ["1"] }]);
      return { id };
    },
    { ttl: 60 },
  );
  assert.deepEqual(await load(1), { result: { id: 1 }, payload: '{"id":1}', leftMs: 0 });
});

test("a call and a load of the same turn read the entry each in its own way", async () => {
  const { load, store, definition } = open(timedMap({ leftMs: 5000 }), async (id) => ({ id }), { ttl: 60 });
  await load(1);
  const [plain, timed] = await Promise.all([store.call(definition, undefined, [1]), load(1)]);
  assert.deepEqual([plain, timed.result, timed.leftMs], [{ id: 1 }, { id: 1 }, 5000]);
});
