// How many commands and round trips each operation takes, counted between the client and the server.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { makeCache } from "../helpers/cache.js";
import { counted } from "../helpers/functions.js";
import { serving } from "../helpers/near.js";
import { connectTo } from "../helpers/protocol.js";
import { useProxiedRedis } from "../helpers/use-redis.js";

const { server, proxy, direct, client } = await useProxiedRedis();
/** @type {any} */
let cache;
beforeEach(async () => {
  await direct.flushall();
  cache = makeCache(client);
  // The scripts are known, the log has begun, and the eviction policy was asked for.
  await cache("user", { keyPrefix: "warm" })(async () => ({ id: "warm" }))();
  await cache.invalidateEntity("user", "warm");
  await cache.close();
  proxy.reset();
});
afterEach(() => cache.close());

const names = () => proxy.commands.map(([name]) => name.toLowerCase());
const list = (/** @type {number} */ length) => Array.from({ length }, (_, id) => ({ id, name: `user ${id}` }));

test("a hit is one command and one round trip, however many entities it has", async () => {
  for (const size of [1, 100, 10_000]) {
    const get = cache("user", { keyPrefix: `get${size}` })(async () => list(size));
    await get();
    await cache.close();
    proxy.reset();
    await get();
    assert.deepEqual(names(), ["get"]);
    assert.equal(proxy.roundTrips, 1);
  }
});

test("a miss and its store are three commands and three round trips, for 1 entity and for 100", async () => {
  for (const size of [1, 100]) {
    const get = cache("user", { keyPrefix: `get${size}` })(async () => list(size));
    proxy.reset();
    await get();
    assert.deepEqual(names(), ["get", "evalsha", "evalsha"]);
    assert.equal(proxy.roundTrips, 3);
    assert.equal(await direct.exists("app:e:user:0"), 1);
  }
});

test("a store of 10,000 entities takes many short commands, and leaves none out", async () => {
  const get = cache("user", { keyPrefix: "get" })(async () => list(10_000));
  await get();
  await cache.close();
  const largest = Math.max(...proxy.commands.map((words) => words.length));
  assert.ok(largest < 500, `a command of ${largest} words`);
  assert.ok(proxy.commands.length < 200, `${proxy.commands.length} commands`);
  assert.equal((await direct.keys("app:e:user:*")).length, 10_000);
  assert.equal(await cache.invalidateEntity("user", 9999), 1);
});

test("a value of a megabyte goes past the scripts, which would read each of its bytes", async () => {
  const get = cache("user", { keyPrefix: "get" })(async () => ({ id: 1, about: "x".repeat(1_000_000) }));
  await get();
  await cache.close();
  for (const [name, ...words] of proxy.commands)
    if (name === "evalsha") assert.ok(Math.max(...words.map(({ length }) => length)) < 1000);
  assert.equal(await direct.strlen("app:c:get:[]"), 1_000_019);
  assert.deepEqual(await direct.keys("app:c:get:*"), ["app:c:get:[]"]);
  proxy.reset();
  await get();
  assert.deepEqual(names(), ["get"]);
  assert.equal(await cache.invalidateEntity("user", 1), 1);
});

test("calls of one key in one turn of the event loop share a look-up, and so do their looks at the log", async () => {
  const load = counted(async (/** @type {number} */ id) => ({ id }));
  const get = cache("user", { keyPrefix: "get" })(load);
  await Promise.all(Array.from({ length: 1000 }, () => get(1)));
  assert.deepEqual(names(), ["get", "evalsha", "evalsha"]);
  assert.equal(load.runs, 1);
  proxy.reset();
  await Promise.all(Array.from({ length: 1000 }, () => get(1)));
  assert.deepEqual(names(), ["get"]);
  proxy.reset();
  await Promise.all(Array.from({ length: 10 }, (_, id) => get(id + 2)));
  // Ten stores, and a look at the log for each turn in which replies came: one, or a few on a busy machine.
  const scripts = names().filter((name) => name === "evalsha").length;
  assert.ok(scripts > 10 && scripts < 20, `${scripts} scripts`);
});

test("what may be stale is read in one round trip too", async () => {
  const get = cache("user", { keyPrefix: "get", staleWhileRevalidate: 60 })(async () => ({ id: 1 }));
  await get();
  proxy.reset();
  await get();
  assert.deepEqual(names(), ["pttl", "get"]);
  assert.equal(proxy.roundTrips, 1);
});

test("a strict hit takes one round trip more", async () => {
  const strict = makeCache(client, { strict: true });
  const get = strict("user", { keyPrefix: "get" })(async () => list(100));
  await get();
  await get();
  proxy.reset();
  await get();
  assert.deepEqual(names(), ["get", "evalsha"]);
  assert.equal(proxy.roundTrips, 2);
  await strict.close();
});

test("an invalidation that drops 1 or 100 calls is one command, of one entity or of 100", async () => {
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ n) => [{ id: "shared" }, { id: n }]);
  const fill = () => Promise.all(Array.from({ length: 100 }, (_, n) => get(n)));
  await fill();
  proxy.reset();
  assert.equal(await cache.invalidateEntity("user", "shared"), 100);
  assert.deepEqual(names(), ["evalsha"]);
  await fill();
  proxy.reset();
  assert.equal(
    await cache.invalidateEntity(
      "user",
      Array.from({ length: 100 }, (_, n) => n),
    ),
    100,
  );
  assert.deepEqual(names(), ["evalsha"]);
  await fill();
  proxy.reset();
  assert.equal(await get.invalidate(1), true);
  assert.deepEqual(names(), ["evalsha"]);
});

test("an invalidation that drops 10,000 calls does so 200 at a time", async () => {
  const pipeline = direct.pipeline();
  for (let i = 0; i < 10_000; i++)
    pipeline.set(`app:c:get:[${i}]`, "1", "EX", 100).sadd("app:e:user:1", `app:c:get:[${i}]`);
  await pipeline.exec();
  proxy.reset();
  assert.equal(await cache.invalidateEntity("user", 1), 10_000);
  assert.ok(proxy.commands.length >= 45 && proxy.commands.length <= 70, `${proxy.commands.length} commands`);
});

test("nothing ever asks for all keys, or empties the server", async () => {
  await direct.set("other:app", "theirs");
  await direct.config("RESETSTAT");
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => [{ id }]);
  await Promise.all([get(1), get(2), get(3)]);
  await cache.invalidateEntity("user", 1);
  await cache.invalidateLists("user");
  await cache.invalidateFunction(get);
  await cache.invalidateKey(get, 1);
  await cache.invalidateAll();
  const used = (await direct.info("commandstats")).match(/(?<=cmdstat_)[\w|]+/g) ?? [];
  for (const name of ["keys", "flushdb", "flushall", "smembers"]) assert.ok(!used.includes(name), name);
  assert.equal(await direct.get("other:app"), "theirs");
});

test("an invalidation is as many commands with 20,000 other keys around", async () => {
  const pipeline = direct.pipeline();
  for (let i = 0; i < 20_000; i++) pipeline.set(`other:${i}`, "1");
  await pipeline.exec();
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id }));
  await Promise.all([get(1), get(2)]);
  proxy.reset();
  assert.equal(await cache.invalidateEntity("user", 1), 1);
  assert.deepEqual(names(), ["evalsha"]);
  proxy.reset();
  assert.equal(await cache.invalidateFunction("get"), 1);
  assert.deepEqual([...new Set(names())].sort(), ["evalsha", "scan"]);
});

/** @param {any} near @param {number} count */
async function openNear(near, count) {
  const connections = Array.from({ length: count }, () => connectTo(server.port));
  const caches = connections.map((connection) => makeCache(connection, { near }));
  await Promise.all(caches.map(serving));
  return async () => {
    for (const one of caches) await one.close();
    for (const connection of connections) connection.disconnect();
  };
}

/** The commands of each of several invalidations, in order of their number. @param {number} count */
async function invalidations(count) {
  const commands = [];
  for (let i = 0; i < count; i++) {
    proxy.reset();
    await cache.invalidateEntity("user", i);
    commands.push(proxy.commands.length);
  }
  return commands.sort((a, b) => a - b);
}

test("N6: an invalidation that 8 near caches must apply takes three round trips in the median", async () => {
  const close = await openNear(true, 8);
  await invalidations(20);
  const commands = await invalidations(41);
  await close();
  assert.ok(commands[20] <= 3, `${commands}`);
  assert.ok(commands[0] >= 2, "it asks whether all have applied it");
});

test("N2: an invalidation waits for no near cache with maxStaleness", async () => {
  const close = await openNear({ coherence: { maxStaleness: "1s" } }, 8);
  const commands = await invalidations(5);
  await close();
  assert.deepEqual(new Set(commands), new Set([1]));
});
