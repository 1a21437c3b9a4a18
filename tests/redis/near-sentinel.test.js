// A failover behind Sentinels while near caches hold a lease: they stand aside, begin anew at the new master, and serve
// no value from before an invalidation that the new master has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Redis } from "ioredis";
import { createSentinel } from "redis";
import { makeCache } from "../helpers/cache.js";
import { serving } from "../helpers/near.js";
import { startSentinels } from "../helpers/sentinel.js";
import { until } from "../helpers/until.js";

/** @type {Record<string, (sentinels: any[]) => Promise<{ client: any, stop: () => unknown }>>} */
const CLIENTS = {
  ioredis: async (sentinels) => {
    const client = new Redis({ sentinels, name: "main", retryStrategy: () => 20, sentinelRetryStrategy: () => 20 });
    client.on("error", () => {});
    return { client, stop: () => client.disconnect() };
  },
  "node-redis": async (sentinels) => {
    const client = createSentinel({ name: "main", sentinelRootNodes: sentinels, scanInterval: 100 });
    client.on("error", () => {});
    await client.connect();
    return { client, stop: () => client.destroy() };
  },
};

for (const [name, connect] of Object.entries(CLIENTS)) {
  test(`N5: ${name}: after a failover near caches begin anew at the new master`, async () => {
    const set = await startSentinels();
    const opened = [await connect(set.sentinels), await connect(set.sentinels)];
    const options = { near: { lease: "400ms" }, operationTimeout: 200, breaker: { failures: 3, cooldown: 50 } };
    const caches = opened.map(({ client }) => makeCache(client, options));
    try {
      let version = 1;
      const get = caches.map((cache) =>
        cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version })),
      );
      for (const cache of caches) await serving(cache);
      /** Reads until each cache has had a near hit more. On a busy machine a lease of 400 ms may lapse at any moment. */
      const nearHits = async () => {
        const hits = caches.map((cache) => cache.stats().near.hits);
        await until(async () => {
          for (const each of get) assert.deepEqual(await each(1), { id: 1, version });
          return caches.every((cache, i) => cache.stats().near.hits > hits[i]);
        });
      };
      await nearHits();
      const failover = set.failOver();
      // Nobody takes the invalidation: its own process reads nothing from the server or from memory until somebody does.
      version += 1;
      await caches[0].invalidateEntity("user", 1);
      for (let i = 0; i < 5; i++) assert.deepEqual(await get[0](1), { id: 1, version });
      await failover;
      await until(async () => {
        await Promise.all(get.map((each) => each(1)));
        return caches.every((cache) => cache.stats().pending === 0 && cache.stats().near.isServing);
      });
      for (let round = 0; round < 4; round++) {
        version += 1;
        await caches[round % 2].invalidateEntity("user", 1);
        for (const each of [...get, ...get]) assert.deepEqual(await each(1), { id: 1, version }, `round ${round}`);
      }
      await nearHits();
    } finally {
      for (const cache of caches) await cache.close();
      for (const { stop } of opened) stop();
      await set.stop();
    }
  });
}
