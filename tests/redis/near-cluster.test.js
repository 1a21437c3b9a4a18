// The option `near` in a Cluster of three masters, with a hash tag (scripts) and without (single commands).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster } from "ioredis";
import { Cluster as ValkeyCluster } from "iovalkey";
import { createCluster } from "redis";
import * as redis4 from "redis-4";
import * as redis5 from "redis-5";
import { makeCache } from "../helpers/cache.js";
import { startCluster } from "../helpers/cluster.js";
import { serving } from "../helpers/near.js";

/** @type {Awaited<ReturnType<typeof startCluster>>} */
let cluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.stop());

/** @param {(options: any) => any} create of a version of node-redis */
async function nodeRedis(create) {
  const rootNodes = cluster.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` }));
  const client = create({ rootNodes });
  client.on("error", () => {});
  await client.connect();
  return { client, end: () => (client.destroy ?? client.disconnect).call(client) };
}

/** @type {Record<string, () => Promise<{ client: any, end: () => unknown }>>} */
const CLIENTS = {
  async ioredis() {
    const client = new Cluster(cluster.nodes, { redisOptions: { maxRetriesPerRequest: 1 } });
    return { client, end: () => client.disconnect() };
  },
  async iovalkey() {
    const client = new ValkeyCluster(cluster.nodes, { redisOptions: { maxRetriesPerRequest: 1 } });
    return { client, end: () => client.disconnect() };
  },
  "node-redis 6": () => nodeRedis(createCluster),
  "node-redis 5": () => nodeRedis(redis5.createCluster),
  "node-redis 4": () => nodeRedis(redis4.createCluster),
};

for (const [name, connect] of Object.entries(CLIENTS)) {
  for (const prefix of ["app:", "{app}:"]) {
    test(`N1 holds over ${name} with the prefix ${prefix}`, async () => {
      const [one, two] = [await connect(), await connect()];
      const caches = [one, two].map(({ client }) =>
        makeCache(client, { prefix, near: true, operationTimeout: 5000, ttl: 60 }),
      );
      let version = 0;
      const get = caches.map((cache) =>
        cache("user", { keyPrefix: `get-${name}` })(async (/** @type {number} */ id) => ({ id, version })),
      );
      await Promise.all(caches.map(serving));
      const ways = [
        () => caches[0].invalidateEntity("user", 1),
        () => get[1].invalidate(1),
        () => caches[1].invalidateFunction(`get-${name}`),
      ];
      for (let round = 0; round < 9; round++) {
        for (const each of [...get, ...get]) assert.deepEqual(await each(1), { id: 1, version });
        version += 1;
        await ways[round % 3]();
        for (const each of get) assert.deepEqual(await each(1), { id: 1, version }, `round ${round}`);
      }
      assert.ok(caches.every((cache) => (cache.stats().near?.hits ?? 0) > 0));
      await Promise.all(caches.map((cache) => cache.close()));
      for (const { end } of [one, two]) await end();
    });
  }
}
