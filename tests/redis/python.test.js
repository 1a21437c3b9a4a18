// One Redis, two languages: what docs/migrating.md promises. The Python library is played by the commands it sends.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { Redis } from "ioredis";
import { EntityCache } from "../../js/index.node.js";
import { startRedis } from "../helpers/redis.js";

/** @type {Awaited<ReturnType<typeof startRedis>>} */
let redis;
/** @type {Redis} */
let client;
/** @type {EntityCache} */
let cache;
before(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});
after(async () => {
  client.disconnect();
  await redis.stop();
});
beforeEach(async () => {
  await client.flushall();
  cache = new EntityCache({ backend: client, prefix: "app:" });
});

const TTL = 3600;
const python = {
  /**
   * The key of a call whose arguments have this `repr`.
   * @param {string} name
   * @param {string} repr
   */
  key(name, repr) {
    return `app:c:${name}:${repr === "" ? "noargs" : createHash("md5").update(repr).digest("hex")}`;
  },
  /**
   * What a miss stores: the value with `json.dumps`' spaces, then its key in the set of each entity.
   * @param {string} key
   * @param {string} json
   * @param {string[]} entities
   */
  async store(key, json, entities) {
    await client.setex(key, TTL, json);
    for (const entity of entities) {
      await client.sadd(`app:e:${entity}`, key);
      await client.expire(`app:e:${entity}`, TTL + 300);
    }
  },
  /** `cache.invalidate_entity`. @param {string} type @param {string | number} id */
  async invalidateEntity(type, id) {
    const index = `app:e:${type}:${id}`;
    const keys = await client.smembers(index);
    if (keys.length > 0) await client.pipeline().del(keys).del(index).exec();
  },
};

test("Python's invalidate_entity drops what was cached here, and what is cached later as well", async () => {
  let runs = 0;
  const getUser = cache("user")(async function getUser(id) {
    runs += 1;
    return { id, team: { id: 7 } };
  });
  for (let round = 1; round <= 3; round += 1) {
    await getUser(42);
    await getUser(42);
    assert.equal(runs, round);
    await python.invalidateEntity("user", 42);
  }
});

test("what Python cached is dropped by entity, by function and with everything else", async () => {
  const key = python.key("svc.get_user", "(42,)");
  const other = python.key("svc.list_users", "");
  const store = async () => {
    await python.store(key, '{"id": 42}', ["user:42"]);
    await python.store(other, '[{"id": 42}, {"id": 43}]', ["user:42", "user:43"]);
  };

  await store();
  assert.equal(await cache.invalidateEntity("user", 43), 1);
  assert.equal(await client.exists(key), 1);
  assert.equal(await client.exists(other), 0);

  await store();
  assert.equal(await cache.invalidateEntity("user", 42), 2);
  assert.equal(await client.exists(key, other), 0);

  await store();
  assert.equal(await cache.invalidateFunction("svc.list_users"), 1);
  assert.equal(await client.exists(key), 1);

  assert.equal(await cache.invalidateAll(), 1);
  assert.deepEqual(await client.keys("app:*"), ["app:log"]);
});

test("with keyFormat python a call here hits what Python cached, and the other way round", async () => {
  const getUser = cache("user", { keyPrefix: "svc.get_user", keyFormat: "python" })(async (userId) => ({ id: userId }));
  const key = python.key("svc.get_user", "(42,)");
  await python.store(key, '{"id": 42, "name": "from Python"}', ["user:42"]);
  assert.deepEqual(await getUser(42), { id: 42, name: "from Python" });

  assert.equal(await getUser.invalidate(42), true);
  await getUser(42);
  assert.equal(await client.get(key), '{"id":42}');
  assert.ok((await client.smembers("app:e:user:42")).includes(key));
});

test("with names on both sides, position and keyword are one call", async () => {
  const getUser = cache("user", {
    keyPrefix: "svc.get_user",
    keyFormat: "python",
    normalizeArgs: true,
    params: ["user_id"],
  })(async (userId) => ({ id: userId }));
  await python.store(python.key("svc.get_user", "[('user_id', 42)]"), '{"id": 42, "name": "named"}', ["user:42"]);
  assert.deepEqual(await getUser(42), { id: 42, name: "named" });
});
