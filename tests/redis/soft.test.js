// A soft invalidation on a real Redis: values become stale at once, instead of being dropped.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { makeCache } from "../helpers/cache.js";
import { counted, gate } from "../helpers/functions.js";
import { until } from "../helpers/until.js";
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

test("a type: what holds its entities, lists them or depends on it becomes stale, and nothing else", async () => {
  const cache = makeCache(client);
  const windows = { ttl: 60, staleWhileRevalidate: 30 };
  const getUser = cache("user", { keyPrefix: "user", ...windows })(async (id) => ({ id }));
  const listUsers = cache("user", { keyPrefix: "users", ...windows })(async () => [{ id: 1 }, { id: 2 }]);
  const noUsers = cache("user", { keyPrefix: "none", ...windows })(async () => []);
  const total = cache({ dependsOn: ["user"], keyPrefix: "total", ...windows })(async () => ({ users: 2 }));
  const hard = cache("user", { keyPrefix: "hard" })(async () => ({ id: 1 }));
  const other = cache("users", { keyPrefix: "other", ...windows })(async () => ({ id: 1 }));
  for (const get of [() => getUser(1), () => getUser(3), listUsers, noUsers, total, hard, other]) await get();
  assert.equal(await cache.invalidateType("user", { soft: true }), 6);
  for (const key of ["user:[1]", "user:[3]", "users:[]", "none:[]", "total:[]"]) {
    const left = await client.pttl(`app:c:${key}`);
    assert.ok(left > 0 && left <= 30_000, `${key}: ${left}`);
  }
  assert.equal(await client.exists("app:c:hard:[]"), 0);
  assert.ok((await client.pttl("app:c:other:[]")) > 30_000);
});

test("several targets at once: entities, lists and types become stale, each call once", async () => {
  const cache = makeCache(client);
  const windows = { ttl: 60, staleWhileRevalidate: 30 };
  const getUser = cache("user", { keyPrefix: "user", ...windows })(async (id) => ({ id }));
  const both = cache({ entities: { user: "id", order: "order" }, keyPrefix: "both", ...windows })(async () => ({
    id: 1,
    order: 9,
  }));
  const total = cache({ dependsOn: ["stock"], keyPrefix: "total", ...windows })(async () => ({ items: 2 }));
  for (const get of [() => getUser(1), () => getUser(2), both, total]) await get();
  assert.equal(await cache.invalidate({ user: 1 }, { types: ["order", "stock"], soft: true }), 3);
  for (const key of ["user:[1]", "both:[]", "total:[]"]) {
    const left = await client.pttl(`app:c:${key}`);
    assert.ok(left > 0 && left <= 30_000, `${key}: ${left}`);
  }
  assert.ok((await client.pttl("app:c:user:[2]")) > 30_000);
});

test("a run that began before a soft invalidation of a type stores nothing", async () => {
  const cache = makeCache(client);
  const held = gate();
  const total = cache({ dependsOn: ["order"], keyPrefix: "get", ttl: 60, staleWhileRevalidate: 30 })(async () => {
    await held.promise;
    return { orders: 1 };
  });
  const call = total();
  // The run has begun once the log has a position.
  await until(() => client.exists("app:log"), "the log has a position");
  await cache.invalidateType("order", { soft: true });
  held.resolve(undefined);
  assert.deepEqual(await call, { orders: 1 });
  assert.equal(await client.exists("app:c:get:[]"), 0);
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
  await until(() => client.exists("app:log"), "the log has a position");
  await cache.invalidateEntity("user", 1, { soft: true });
  held.resolve(undefined);
  assert.deepEqual(await call, { id: 1 });
  assert.equal(await client.exists("app:c:get:[]"), 0);
});
