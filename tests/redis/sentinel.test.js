// A master that dies and a replica that takes its place: calls go on, and the cache is used again without a hand's turn.
// What the old master had not yet passed on is lost with it, an invalidation too: Redis replicates asynchronously.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Redis } from "ioredis";
import { createSentinel } from "redis";
import { makeCache } from "../helpers/cache.js";
import { counted } from "../helpers/functions.js";
import { startSentinels } from "../helpers/sentinel.js";

const CLIENTS = {
  ioredis: async (/** @type {any[]} */ sentinels) => {
    const client = new Redis({ sentinels, name: "main", retryStrategy: () => 20, sentinelRetryStrategy: () => 20 });
    client.on("error", () => {});
    return { client, stop: () => client.disconnect() };
  },
  "node-redis": async (/** @type {any[]} */ sentinels) => {
    const client = createSentinel({ name: "main", sentinelRootNodes: sentinels, scanInterval: 100 });
    client.on("error", () => {});
    await client.connect();
    return { client, stop: () => client.destroy() };
  },
};

for (const [name, connect] of Object.entries(CLIENTS)) {
  test(`${name}: a failover costs some runs and no wrong answer`, async () => {
    const set = await startSentinels();
    const { client, stop } = await connect(set.sentinels);
    const cache = makeCache(client, { operationTimeout: 100, breaker: { failures: 3, cooldown: 50 } });
    try {
      let version = 1;
      const load = counted(async (/** @type {number} */ id) => ({ id, version }));
      const get = cache("user", { keyPrefix: "get" })(load);
      await get(1);
      assert.deepEqual(await get(1), { id: 1, version: 1 });
      assert.equal(load.runs, 1);
      const failover = set.failOver();
      version += 1;
      await cache.invalidateEntity("user", 1);
      for (let i = 0; i < 5; i++) assert.deepEqual(await get(1), { id: 1, version });
      await failover;
      for (let isHit = false; !isHit; ) {
        const { runs } = load;
        assert.deepEqual(await get(1), { id: 1, version });
        isHit = load.runs === runs;
        if (!isHit) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      version += 1;
      assert.equal(await cache.invalidateEntity("user", 1), 1);
      assert.deepEqual(await get(1), { id: 1, version });
    } finally {
      await cache.close();
      stop();
      await set.stop();
    }
  });
}
