// A soft invalidation on a real Redis: values become stale at once, instead of being dropped.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { makeCache } from "../helpers/cache.js";
import { counted, gate } from "../helpers/functions.js";
import { useRedis } from "../helpers/use-redis.js";

const { client } = await useRedis();
beforeEach(() => client.flushall());

test("a value that may be stale is served once more, while one run refreshes it", async () => {
  const cache = makeCache(client);
  let version = 1;
  const load = counted(async () => ({ id: 1, version }));
  const get = cache("user", { keyPrefix: "get", ttl: 60, staleWhileRevalidate: 30 })(load);
  await get();
  version = 2;
  assert.equal(await cache.invalidateEntity("user", 1, { soft: true }), 1);
  assert.ok((await client.pttl("app:c:get:[]")) <= 30_000);
  assert.deepEqual(await get(), { id: 1, version: 1 });
  await cache.close(); // waits for the refresh
  assert.deepEqual(await get(), { id: 1, version: 2 });
  assert.equal(load.runs, 2);
  assert.ok((await client.pttl("app:c:get:[]")) > 30_000);
});

test("a value of a function that serves nothing stale is dropped", async () => {
  const cache = makeCache(client);
  const load = counted(async () => ({ id: 1 }));
  const get = cache("user", { keyPrefix: "get" })(load);
  await get();
  assert.equal(await cache.invalidateEntity("user", 1, { soft: true }), 1);
  assert.equal(await client.exists("app:c:get:[]"), 0);
  await get();
  assert.equal(load.runs, 2);
});

test("what does not hold the entity stays fresh", async () => {
  const cache = makeCache(client);
  const get = cache("user", { keyPrefix: "get", ttl: 60, staleWhileRevalidate: 30 })(async (id) => ({ id }));
  await get(1);
  await get(2);
  assert.equal(await cache.invalidateEntity("user", 1, { soft: true }), 1);
  assert.ok((await client.pttl("app:c:get:[2]")) > 30_000);
});

test("a run that began before a soft invalidation stores nothing", async () => {
  const cache = makeCache(client);
  const held = gate();
  const get = cache("user", { keyPrefix: "get", ttl: 60, staleWhileRevalidate: 30 })(async () => {
    await held.promise;
    return { id: 1 };
  });
  const call = get();
  // The run has begun once the log has a position.
  while (!(await client.exists("app:log"))) await new Promise((resolve) => setImmediate(resolve));
  await cache.invalidateEntity("user", 1, { soft: true });
  held.resolve(undefined);
  assert.deepEqual(await call, { id: 1 });
  assert.equal(await client.exists("app:c:get:[]"), 0);
});
