// The Python library on the same prefix, played by the commands that it sends: either side drops what the other stored.
// Its DEL of a whole index can take the membership of a value that another writer stores at that very moment, and it
// writes no log: these are races of its own, which nothing here can close.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { makeCache } from "../helpers/cache.js";
import { counted } from "../helpers/functions.js";
import { useRedis } from "../helpers/use-redis.js";

const { client: redis } = await useRedis();
/** @type {ReturnType<typeof makeCache>} */
let cache;
afterEach(() => cache.close());
beforeEach(async () => {
  await redis.flushall();
  cache = makeCache(redis);
});

const python = {
  /** @param {string} key @param {unknown} value @param {string[]} entities */
  async store(key, value, entities, ttl = 3600) {
    await redis.setex(key, ttl, JSON.stringify(value));
    for (const entity of entities)
      await redis
        .pipeline()
        .sadd(`app:e:${entity}`, key)
        .expire(`app:e:${entity}`, ttl + 300)
        .exec();
  },
  /** @param {string} entity */
  async invalidateEntity(entity) {
    const keys = await redis.smembers(`app:e:${entity}`);
    const pipeline = redis.pipeline();
    for (const key of keys) pipeline.del(key);
    await pipeline.del(`app:e:${entity}`).exec();
    return keys.length;
  },
  /** @param {string} pattern */
  async drop(pattern) {
    const keys = await redis.keys(pattern);
    return keys.length === 0 ? 0 : redis.del(...keys);
  },
};

const KEY = "app:c:svc.get_user:b9a08a92b9acce11d0d18cff20edc65d";

test("its invalidate_entity drops what we have stored", async () => {
  const load = counted(async (/** @type {number} */ id) => [{ id }, { id: id + 1 }]);
  const get = cache("user", { keyPrefix: "get" })(load);
  await get(1);
  await get(2);
  assert.equal(await python.invalidateEntity("user:2"), 2);
  await get(1);
  await get(2);
  assert.equal(load.runs, 4);
  assert.equal(await cache.invalidateEntity("user", 2), 2);
});

test("its invalidate_function, invalidate_key and invalidate_all drop what we have stored", async () => {
  const load = counted(async (/** @type {number} */ id) => ({ id }));
  const get = cache("user", { keyPrefix: "get" })(load);
  for (const pattern of ["app:c:get:*", "app:c:get:[[]1]", "app:*"]) {
    await get(1);
    const { runs } = load;
    assert.ok((await python.drop(pattern)) > 0);
    await get(1);
    assert.equal(load.runs, runs + 1);
    // Where the log is gone, data is lost: what was stored meanwhile is dropped once.
    if (pattern === "app:*") await get(1);
    const again = load.runs;
    await get(1);
    assert.equal(load.runs, again, "and it is stored anew, though the log may be gone");
  }
});

test("our invalidations drop what it has stored", async () => {
  const fill = () => python.store(KEY, { id: 42 }, ["user:42"]);
  await fill();
  assert.equal(await cache.invalidateEntity("user", 42), 1);
  await fill();
  assert.equal(await cache.invalidateFunction("svc.get_user"), 1);
  await fill();
  await python.store("app:c:svc.get_all:noargs", [], []);
  assert.equal(await cache.invalidateAll(), 2);
  assert.deepEqual(await redis.keys("*"), ["app:log"]);
});

test("with its key format both share entries, and each drops them for both", async () => {
  const load = counted(async (/** @type {number} */ id) => ({ id, from: "javascript" }));
  const get = cache("user", { keyPrefix: "svc.get_user", keyFormat: "python" })(load);
  await python.store(KEY, { id: 42, from: "python" }, ["user:42"]);
  assert.deepEqual(await get(42), { id: 42, from: "python" });
  assert.equal(await cache.invalidateEntity("user", 42), 1);
  assert.deepEqual(await get(42), { id: 42, from: "javascript" });
  assert.deepEqual(JSON.parse(String(await redis.get(KEY))), { id: 42, from: "javascript" });
  assert.equal(await python.invalidateEntity("user:42"), 1);
  assert.equal(await get.peek(42), undefined);
});

test("an index that both have written to loses the expiry that it has from there", async () => {
  const get = cache("user", { keyPrefix: "get", ttl: "1d" })(async (/** @type {number} */ id) => ({ id }));
  await python.store(KEY, { id: 42 }, ["user:42"], 60);
  await get(42);
  assert.equal(await redis.ttl("app:e:user:42"), -1);
  assert.equal(await cache.invalidateEntity("user", 42), 2);
});
