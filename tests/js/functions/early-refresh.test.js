// The option earlyRefresh in memory: hits shortly before the end of a ttl. tests/redis/early-refresh.test.js has it on Redis.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBackend } from "../../../js/entries/node.js";
import { manualClock } from "../../../js/entries/testing.js";
import { makeCache } from "../../helpers/cache.js";
import { counted, gate } from "../../helpers/functions.js";
import { mapBackend } from "../../helpers/map-backend.js";

for (const values of /** @type {const} */ (["copy", "shared"])) {
  const setUp = (/** @type {object} */ options) => {
    const clock = manualClock();
    return { clock, cache: makeCache(new MemoryBackend({ values }), { clock, ...options }) };
  };

  test(`an entry that soon ends is served as a hit, and refreshed once (${values})`, async () => {
    const { cache, clock } = setUp({ ttl: 10, earlyRefresh: 2 });
    const load = counted(async (id) => ({ id, runs: load.runs }));
    const get = cache("user", { keyPrefix: "get" })(load);
    for (let call = 0; call < 3; call += 1) await get(1);
    clock.advance(7_999);
    await get(1);
    assert.equal(load.runs, 1);
    clock.advance(1);
    const calls = await Promise.all([get(1), get(1), get.peek(1), get(1)]);
    assert.deepEqual(calls, Array(4).fill({ id: 1, runs: 1 }));
    await cache.close(); // waits for the refresh
    assert.deepEqual(await get(1), { id: 1, runs: 2 });
    clock.advance(7_999);
    assert.deepEqual(await get(1), { id: 1, runs: 2 });
    const { hits, misses, stale, stores } = cache.stats();
    assert.deepEqual({ hits, misses, stale, stores }, { hits: 8, misses: 1, stale: 0, stores: 2 });
  });

  test(`one that fails leaves the value until its ttl, and then what staleIfError says (${values})`, async () => {
    const { cache, clock } = setUp({ ttl: 10, earlyRefresh: 5, staleIfError: 10 });
    let isDown = false;
    const load = counted(async (id) => {
      if (isDown) throw new Error("down");
      return { id };
    });
    const get = cache("user", { keyPrefix: "get" })(load);
    await get(1);
    isDown = true;
    clock.advance(9_999);
    assert.deepEqual(await get(1), { id: 1 });
    await cache.close();
    assert.deepEqual(cache.lines.at(-1), ["warn", 'cacheref: function "get": its refresh failed: down']);
    assert.deepEqual(await get(1), { id: 1 });
    assert.equal(load.runs, 3);
    assert.equal(cache.stats().stale, 0);
    clock.advance(1);
    assert.deepEqual(await get(1), { id: 1 });
    assert.equal(cache.stats().stale, 1);
    clock.advance(9_999);
    assert.deepEqual(await get(1), { id: 1 });
    clock.advance(1);
    await assert.rejects(get(1), /down/);
  });

  test(`staleWhileRevalidate counts from the end of the ttl, not from the early refresh (${values})`, async () => {
    const { cache, clock } = setUp({ ttl: 10, earlyRefresh: 5, staleWhileRevalidate: 10 });
    const load = counted(async (id) => ({ id, runs: load.runs }));
    const get = cache("user", { keyPrefix: "get" })(load);
    await get(1);
    clock.advance(19_999);
    assert.equal((await get(1)).runs, 1);
    assert.equal(cache.stats().stale, 1);
    await cache.close();
    assert.equal((await get(1)).runs, 2);
    clock.advance(20_000);
    assert.equal((await get(1)).runs, 3);
  });

  test(`one that began before an invalidation stores nothing (${values})`, async () => {
    const { cache, clock } = setUp({ ttl: 10, earlyRefresh: 5 });
    const held = gate();
    /** @type {Promise<unknown>} */
    let until = Promise.resolve();
    let version = "old";
    const get = cache("user", { keyPrefix: "get" })(async (id) => {
      const read = { id, version };
      await until;
      return read;
    });
    await get(1);
    clock.advance(6_000);
    until = held.promise;
    await get(1);
    version = "new";
    await cache.invalidateEntity("user", 1);
    const after = get(1);
    held.resolve(undefined);
    assert.equal((await after).version, "new");
    await cache.close();
    assert.equal((await get(1)).version, "new");
  });

  test(`what was softly invalidated is stale, however early it is refreshed (${values})`, async () => {
    const { cache } = setUp({ ttl: 10, earlyRefresh: 5 });
    const load = counted(async (id) => ({ id, runs: load.runs }));
    const get = cache("user", { keyPrefix: "get" })(load);
    const getStale = cache("user", { keyPrefix: "getStale", staleWhileRevalidate: 60 })(load);
    await get(1);
    await getStale(1);
    assert.equal(await cache.invalidateEntity("user", 1, { soft: true }), 2);
    assert.equal(await get.peek(1), undefined);
    assert.equal(await getStale.peek(1), undefined);
    assert.equal((await getStale(1)).runs, 2);
    assert.equal(cache.stats().stale, 1);
    await cache.close();
    assert.equal((await get(1)).runs, 4);
  });

  test(`it counts from the end of each entry's own ttl, jitter included (${values})`, async (context) => {
    context.mock.method(Math, "random", () => 0.5);
    const { cache, clock } = setUp({ earlyRefresh: 5, jitter: 0.2 });
    const load = counted(async (ttl) => ttl);
    const get = cache({ keyPrefix: "get", ttl: (/** @type {number} */ ttl) => ttl })(load);
    await get(10);
    await get(100);
    clock.advance(4_000); // 10 s less a tenth, less 5 s
    await get(10);
    await get(100);
    await cache.close();
    assert.equal(load.runs, 3);
    clock.advance(81_000);
    await get(100);
    await cache.close();
    assert.equal(load.runs, 4);
  });
}

test("a backend of one's own is asked how long an entry has left", async () => {
  let left = 40;
  const cache = makeCache({ ...mapBackend(), ttl: () => left }, { ttl: 60, earlyRefresh: 10 });
  const load = counted(async () => ({ id: 1, runs: load.runs }));
  const get = cache("user", { keyPrefix: "get" })(load);
  await get();
  await get();
  left = 9;
  assert.equal((await get()).runs, 1);
  await cache.close(); // waits for the refresh
  left = 60;
  assert.equal((await get()).runs, 2);
  assert.equal(cache.stats().stale, 0);
});

test("a batch is given the rows that it has, and loads those that soon end in the background", async () => {
  const clock = manualClock();
  const cache = makeCache(new MemoryBackend(), { clock, ttl: 10, earlyRefresh: 5 });
  /** @type {unknown[][]} */
  const asked = [];
  const getUsers = cache.many("user")(async function getUsers(/** @type {number[]} */ ids) {
    asked.push(ids);
    return ids.map((id) => ({ id, batch: asked.length }));
  });
  await getUsers([1, 2]);
  clock.advance(6_000);
  assert.deepEqual(await getUsers([1, 3, 2]), [
    { id: 1, batch: 1 },
    { id: 3, batch: 2 },
    { id: 2, batch: 1 },
  ]);
  await cache.close();
  assert.deepEqual(asked, [
    [1, 2],
    [1, 3, 2],
  ]);
  assert.equal((await getUsers.one(2)).batch, 2);
});
