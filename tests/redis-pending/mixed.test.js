// Two kinds of clients on one prefix (found by tests/chaos, scenario `mixed-clients`; it has no number yet).
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { makeCache } from "../helpers/cache.js";
import { gate } from "../helpers/functions.js";
import { useRedis } from "../helpers/use-redis.js";

const { client } = await useRedis();
beforeEach(() => client.flushall());

test("everything is invalidated by a Redis client while an own backend on its prefix stores: the value is found by the next invalidation of its entity", async () => {
  const [arrived, go] = [gate(), gate()];
  const own = makeCache({
    get: (/** @type {string} */ key) => client.get(key),
    set: (/** @type {string} */ key, /** @type {string} */ value) => client.set(key, value),
    async setex(/** @type {string} */ key, /** @type {number} */ seconds, /** @type {string} */ value) {
      arrived.resolve(undefined);
      await go.promise;
      await client.setex(key, seconds, value);
    },
    delete: (/** @type {string[]} */ ...keys) => client.del(...keys),
    keys: (/** @type {string} */ pattern) => client.keys(pattern),
    sadd: (/** @type {string} */ key, /** @type {string[]} */ ...members) => client.sadd(key, ...members),
    smembers: (/** @type {string} */ key) => client.smembers(key),
    expire: (/** @type {string} */ key, /** @type {number} */ seconds) => client.expire(key, seconds),
  });
  const other = makeCache(client);
  let version = 1;
  const get = own("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version }));
  const stored = get(1);
  await arrived.promise;
  await other.invalidateAll();
  go.resolve(undefined);
  await stored;
  version = 2;
  await own.invalidateEntity("user", 1);
  assert.deepEqual(await get(1), { id: 1, version: 2 });
  await Promise.all([own.close(), other.close()]);
});
