// The option earlyRefresh on a real Redis: the server's clock says how long a value has left.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { makeCache } from "../helpers/cache.js";
import { counted, gate } from "../helpers/functions.js";
import { until } from "../helpers/until.js";
import { useRedis } from "../helpers/use-redis.js";

const KEY = "app:c:get:[]";
const OPTIONS = { keyPrefix: "get", ttl: 60, earlyRefresh: 10 };

const { client } = await useRedis();
beforeEach(() => client.flushall());

test("an entry that soon ends is served as a hit, and refreshed once", async () => {
  const cache = makeCache(client);
  const held = gate();
  const load = counted(async () => {
    if (load.runs > 1) await held.promise;
    return { id: 1, runs: load.runs };
  });
  const get = cache("user", OPTIONS)(load);
  await get();
  await get();
  assert.equal(load.runs, 1);
  await client.pexpire(KEY, 9_000);
  assert.deepEqual(await Promise.all([get(), get()]), Array(2).fill({ id: 1, runs: 1 }));
  // The log is read before the function starts.
  await until(() => load.runs === 2, "it was refreshed");
  assert.equal((await get()).runs, 1);
  held.resolve(undefined);
  await cache.close(); // waits for the refresh
  assert.equal((await get()).runs, 2);
  assert.ok((await client.pttl(KEY)) > 10_000);
  const { hits, misses, stale, stores } = cache.stats();
  assert.deepEqual({ hits, misses, stale, stores }, { hits: 5, misses: 1, stale: 0, stores: 2 });
});

test("one that fails leaves the value until its ttl, and then what staleIfError says", async () => {
  const cache = makeCache(client);
  let isDown = false;
  const get = cache("user", { ...OPTIONS, staleIfError: 30 })(async () => {
    if (isDown) throw new Error("down");
    return { id: 1 };
  });
  await get();
  isDown = true;
  await client.pexpire(KEY, 35_000); // the last 30 are those of staleIfError
  assert.deepEqual(await get(), { id: 1 });
  await cache.close();
  assert.deepEqual(cache.lines.at(-1), ["warn", 'cacheref: function "get": its refresh failed: down']);
  assert.equal(cache.stats().stale, 0);
  await client.pexpire(KEY, 25_000);
  assert.deepEqual(await get(), { id: 1 });
  assert.equal(cache.stats().stale, 1);
});

test("one that began before an invalidation stores nothing", async () => {
  const cache = makeCache(client);
  const held = gate();
  /** @type {Promise<unknown>} */
  let pace = Promise.resolve();
  const load = counted(async () => {
    await pace;
    return { id: 1 };
  });
  const get = cache("user", OPTIONS)(load);
  await get();
  await client.pexpire(KEY, 9_000);
  pace = held.promise;
  await get();
  await until(() => load.runs === 2, "it was refreshed");
  assert.equal(await cache.invalidateEntity("user", 1), 1);
  held.resolve(undefined);
  await cache.close();
  assert.equal(await client.exists(KEY), 0);
});

test("softly invalidated, it is dropped, or stale where the function has a window for that", async () => {
  const cache = makeCache(client);
  const load = counted(async () => ({ id: 1, runs: load.runs }));
  const get = cache("user", OPTIONS)(load);
  const getStale = cache("user", { ...OPTIONS, keyPrefix: "getStale", staleWhileRevalidate: 30 })(load);
  await get();
  await getStale();
  assert.equal(await cache.invalidateEntity("user", 1, { soft: true }), 2);
  assert.equal(await client.exists(KEY), 0);
  assert.equal((await getStale()).runs, 2);
  assert.equal(cache.stats().stale, 1);
});

test("what is kept for good is never refreshed", async () => {
  const cache = makeCache(client);
  const load = counted(async () => ({ id: 1 }));
  const get = cache("user", { ...OPTIONS, ttl: Number.POSITIVE_INFINITY })(load);
  for (let call = 0; call < 3; call += 1) await get();
  await cache.close();
  assert.equal(load.runs, 1);
});
