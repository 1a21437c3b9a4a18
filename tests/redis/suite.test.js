// The conformance suite that users run on backends of their own, on ours: a server, a Cluster, a REST front, and an
// object with nothing but the methods that a backend must have. Its cases about time would take minutes here.
import { after, before, describe, test } from "node:test";
import { Redis as Upstash } from "@upstash/redis";
import { Cluster, Redis } from "ioredis";
import { createClient } from "redis";
import { RedisBackend } from "../../js/backends/redis.js";
import { EntityCache } from "../../js/entries/node.js";
import { backendSuite } from "../../js/entries/testing.js";
import { startCluster } from "../helpers/cluster.js";
import { mapBackend } from "../helpers/map-backend.js";
import { startRedis } from "../helpers/redis.js";
import { startRestFront } from "../helpers/upstash.js";

/** @param {{ disconnect: () => void }} client @param {{ stop: () => Promise<unknown> }} server */
function stopBoth(client, server) {
  client.disconnect();
  return server.stop();
}

/** @type {Record<string, () => Promise<{ client: any, stop: () => unknown }>>} */
const BACKENDS = {
  async ioredis() {
    const server = await startRedis();
    const client = new Redis(server.port);
    return { client, stop: () => stopBoth(client, server) };
  },
  async "node-redis"() {
    const server = await startRedis();
    const client = createClient({ url: server.url });
    await client.connect();
    return { client, stop: () => client.close().then(server.stop) };
  },
  async "an ioredis Cluster"() {
    const cluster = await startCluster();
    const client = new Cluster(cluster.nodes);
    return { client, stop: () => stopBoth(client, cluster) };
  },
  async "@upstash/redis"() {
    const server = await startRedis();
    const front = await startRestFront(server.port);
    return { client: new Upstash({ url: front.url, token: "any" }), stop: () => front.stop().then(server.stop) };
  },
};

for (const [name, start] of Object.entries(BACKENDS)) {
  describe(name, () => {
    /** @type {Awaited<ReturnType<typeof start>>} */
    let place;
    before(async () => {
      place = await start();
    });
    after(() => place.stop());
    backendSuite({ EntityCache, makeBackend: () => new RedisBackend(place.client), test });
    describe("the client as it is", () => backendSuite({ EntityCache, makeBackend: () => place.client, test }));
  });
}

describe("the required methods alone", () => {
  const backend = mapBackend();
  backendSuite({ EntityCache, makeBackend: () => backend, test });
});
