// Two kinds of clients on one prefix: an own backend, whose log is that of its process, and a Redis client.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { makeCache } from "../../helpers/cache.js";
import { gate } from "../../helpers/functions.js";
import { useRedis } from "../../helpers/use-redis.js";

const { client } = await useRedis();
beforeEach(() => client.flushall());

/**
 * An own backend over the client. `around` is called with what writes a value, and writes it when it likes.
 * @param {(write: () => Promise<unknown>) => Promise<void>} around
 */
const ownBackend = (around) => ({
  get: (/** @type {string} */ key) => client.get(key),
  set: (/** @type {string} */ key, /** @type {string} */ value) => client.set(key, value),
  setex: (/** @type {string} */ key, /** @type {number} */ seconds, /** @type {string} */ value) =>
    around(() => client.setex(key, seconds, value)),
  delete: (/** @type {string[]} */ ...keys) => client.del(...keys),
  keys: (/** @type {string} */ pattern) => client.keys(pattern),
  sadd: (/** @type {string} */ key, /** @type {string[]} */ ...members) => client.sadd(key, ...members),
  smembers: (/** @type {string} */ key) => client.smembers(key),
  expire: (/** @type {string} */ key, /** @type {number} */ seconds) => client.expire(key, seconds),
});

/**
 * A call of an own backend begins to store, and then a Redis client invalidates everything.
 * @param {ReturnType<typeof makeCache>} own
 * @param {Promise<unknown>} arrived when the backend is asked to write the value
 */
async function invalidateAllWhileStoring(own, arrived) {
  const other = makeCache(client);
  const row = { version: 1 };
  const get = own("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version: row.version }));
  const stored = get(1);
  await arrived;
  await other.invalidateAll();
  return { other, row, get, stored };
}

test("everything is invalidated by a Redis client while an own backend on its prefix stores: the value is found by the next invalidation of its entity", async () => {
  const [arrived, go] = [gate(), gate()];
  const own = makeCache(
    ownBackend(async (write) => {
      arrived.resolve(undefined);
      await go.promise;
      await write();
    }),
  );
  const { other, row, get, stored } = await invalidateAllWhileStoring(own, arrived.promise);
  go.resolve(undefined);
  await stored;
  row.version = 2;
  await own.invalidateEntity("user", 1);
  assert.deepEqual(await get(1), { id: 1, version: 2 });
  await Promise.all([own.close(), other.close()]);
});

test("everything is invalidated by a Redis client while an own backend stores, and then an entity by that backend: nobody in its process reads the value that lands late", async () => {
  const [arrived, go, landed, answer] = [gate(), gate(), gate(), gate()];
  const own = makeCache(
    ownBackend(async (write) => {
      arrived.resolve(undefined);
      await go.promise;
      await write();
      landed.resolve(undefined);
      await answer.promise;
    }),
    { operationTimeout: 100 },
  );
  const { other, row, get, stored } = await invalidateAllWhileStoring(own, arrived.promise);
  row.version = 2;
  const invalidated = own.invalidateEntity("user", 1);
  go.resolve(undefined);
  await landed.promise;
  await invalidated;
  assert.deepEqual(await get(1), { id: 1, version: 2 });
  answer.resolve(undefined);
  await stored;
  await Promise.all([own.close(), other.close()]);
});

test("a key that cannot be listed again after its write is deleted", async () => {
  const own = makeCache({
    ...ownBackend(async (write) => void (await write())),
    sadd: async (/** @type {string} */ key, /** @type {string[]} */ ...members) => {
      if ((await client.exists("app:c:get:[1]")) === 1) throw new Error("no");
      return client.sadd(key, ...members);
    },
  });
  const get = own("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id }));
  await get(1);
  await own.close();
  assert.equal(await client.exists("app:c:get:[1]"), 0);
});

test("an own backend invalidates everything while a Redis client stores: the value is found by the next invalidation of its entity", async () => {
  const other = makeCache(client);
  let version = 1;
  const get = other("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version }));
  let deletions = 0;
  const own = makeCache({
    ...ownBackend(async (write) => void (await write())),
    async delete(/** @type {string[]} */ ...keys) {
      const count = await client.del(...keys);
      // Behind the value, and before its index.
      if (keys.includes("app:c:get:[1]") && deletions++ === 0) await get(1);
      return count;
    },
  });
  await get(1);
  await own.invalidateAll();
  assert.equal(deletions, 1);
  version = 2;
  await other.invalidateEntity("user", 1);
  assert.deepEqual(await get(1), { id: 1, version: 2 });
  await Promise.all([own.close(), other.close()]);
});
