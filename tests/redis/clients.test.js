// Every client, in every form, against a real server: the same steps of the protocol, with the names that all share.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Redis as Upstash } from "@upstash/redis";
import { Cluster, Redis } from "ioredis";
import { Redis as Valkey, Cluster as ValkeyCluster } from "iovalkey";
import { createClient, createClientPool, createCluster } from "redis";
import * as redis4 from "redis-4";
import * as redis5 from "redis-5";
import { RedisBackend } from "../../js/backends/redis.js";
import { startCluster } from "../helpers/cluster.js";
import { makeProcess } from "../helpers/protocol.js";
import { startRedis } from "../helpers/redis.js";
import { startRestFront } from "../helpers/upstash.js";

/** @type {Awaited<ReturnType<typeof startRedis>>} */
let server;
/** @type {Awaited<ReturnType<typeof startCluster>>} */
let cluster;
/** @type {Awaited<ReturnType<typeof startRestFront>>} */
let front;
before(async () => {
  [server, cluster] = await Promise.all([startRedis(), startCluster()]);
  front = await startRestFront(server.port);
});
after(async () => {
  await front.stop();
  await Promise.all([server.stop(), cluster.stop()]);
});

const url = () => `redis://127.0.0.1:${server.port}`;
const rootNodes = () => cluster.nodes.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` }));
const connect = async (/** @type {any} */ client) => {
  client.on("error", () => {});
  await client.connect();
  return client;
};
const disconnect = (/** @type {any} */ client) => client.disconnect();
const close = (/** @type {any} */ client) => client.close();

/** @type {Record<string, { open: () => any, close: (client: any) => any, isCluster?: boolean, isText?: boolean }>} */
const CLIENTS = {
  ioredis: { open: () => new Redis(server.port), close: disconnect },
  "ioredis with RESP2": { open: () => new Redis(server.port, { protocol: 2 }), close: disconnect },
  "ioredis with keyPrefix": { open: () => new Redis(server.port, { keyPrefix: "io*{x:" }), close: disconnect },
  "ioredis with auto-pipelining": {
    open: () => new Redis(server.port, { enableAutoPipelining: true }),
    close: disconnect,
  },
  "ioredis Cluster": { open: () => new Cluster(cluster.nodes), close: disconnect, isCluster: true },
  "ioredis Cluster with auto-pipelining": {
    open: () => new Cluster(cluster.nodes, { enableAutoPipelining: true }),
    close: disconnect,
    isCluster: true,
  },
  "ioredis Cluster with keyPrefix": {
    open: () => new Cluster(cluster.nodes, { keyPrefix: "kp:" }),
    close: disconnect,
    isCluster: true,
  },
  iovalkey: { open: () => new Valkey(server.port), close: disconnect },
  "iovalkey with keyPrefix": { open: () => new Valkey(server.port, { keyPrefix: "vk:" }), close: disconnect },
  "iovalkey Cluster": { open: () => new ValkeyCluster(cluster.nodes), close: disconnect, isCluster: true },
  "node-redis 6": { open: () => connect(createClient({ url: url() })), close },
  "node-redis 6 with RESP2": { open: () => connect(createClient({ url: url(), RESP: 2 })), close },
  "node-redis 6 with keyPrefix": { open: () => connect(createClient({ url: url(), keyPrefix: "nr:" })), close },
  "node-redis 5": { open: () => connect(redis5.createClient({ url: url() })), close },
  "node-redis 5 Cluster": {
    open: () => connect(redis5.createCluster({ rootNodes: rootNodes() })),
    close,
    isCluster: true,
  },
  "node-redis 4": { open: () => connect(redis4.createClient({ url: url() })), close: disconnect },
  "node-redis 4 Cluster": {
    open: () => connect(redis4.createCluster({ rootNodes: rootNodes() })),
    close: disconnect,
    isCluster: true,
  },
  "node-redis 6 pool": { open: () => connect(createClientPool({ url: url() }, { minimum: 2, maximum: 4 })), close },
  "node-redis 6 Cluster": { open: () => connect(createCluster({ rootNodes: rootNodes() })), close, isCluster: true },
  "@upstash/redis": { open: () => new Upstash({ url: front.url, token: "any" }), close: () => {}, isText: true },
  "@upstash/redis without auto-pipelining": {
    open: () =>
      new Upstash({ url: front.url, token: "any", enableAutoPipelining: false, automaticDeserialization: false }),
    close: () => {},
    isText: true,
  },
};

const CASES = Object.entries(CLIENTS).flatMap(([name, client]) => {
  const usual = { ...client, name, prefix: "app:", form: client.isCluster ? "plain" : "script" };
  // All keys of such a prefix lie in one slot, where a script may touch them all.
  const oneSlot = { ...client, name: `${name}, all keys in one slot`, prefix: "{app}:", form: "script" };
  return client.isCluster ? [usual, oneSlot] : [usual];
});

for (const { name, open, close, isCluster, isText, prefix, form } of CASES) {
  describe(name, () => {
    /** @type {any} */
    let client;
    /** @type {ReturnType<typeof makeProcess>} */
    let process;
    before(async () => {
      client = await open();
      process = makeProcess(client, /** @type {any} */ (form), prefix);
      await process.protocol.invalidate(["a:*"]);
    });
    after(() => close(client));

    test("is recognized", () => {
      assert.equal(process.connection.isCluster, isCluster === true);
      assert.equal(process.connection.can.bytes, !isText);
    });

    for (const [way, concerns] of Object.entries({
      entity: ["e:user:1"],
      list: ["l:user"],
      key: ["c:get:[1]"],
      function: ["f:get"],
      everything: ["a:*"],
    })) {
      test(`stores a value and drops it by ${way}`, async () => {
        const before = await process.log.position();
        assert.equal(await process.store(before), "stored");
        await process.settled();
        assert.equal(await process.get(), '{"id":1}');
        assert.equal(await process.protocol.invalidate(concerns), 1);
        assert.equal(await process.get(), null);
        assert.equal(await process.store(before), "concerned");
        assert.equal(await process.get(), null);
        assert.equal(await process.protocol.invalidate(concerns), 0);
      });
    }

    test("indexes a result with a thousand entities in full", async () => {
      const ids = Array.from({ length: 1000 }, (_, i) => i);
      assert.equal(await process.store(await process.log.position(), { ids }), "stored");
      await process.settled();
      assert.equal(await process.protocol.invalidate(["e:user:999"]), 1);
      assert.equal(await process.get(), null);
    });

    test("keeps values of any text as they are", async () => {
      for (const value of ["OK", "42", "null", '"é🙂\\u0000"', " ", "\u0000\u0001", '{"a":1.0}', "eyJhIjoxfQ=="]) {
        assert.equal(await process.store(await process.log.position(), { value }), "stored");
        assert.equal(await process.get(), value);
      }
    });

    if (!isText) {
      test("keeps bytes as they are", async () => {
        const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
        const backend = new RedisBackend(client);
        await backend.set("bytes", bytes);
        assert.deepEqual(new Uint8Array(await backend.connection.request(["get", ["bytes"]], true)), bytes);
        await backend.delete("bytes");
      });
    }

    test("leaves nothing but the log after everything was dropped", async () => {
      await process.store(await process.log.position(), { ids: [1, 2, 3] });
      await process.settled();
      await process.protocol.invalidate(["a:*"]);
      assert.deepEqual(await new RedisBackend(client).keys(`${prefix}*`), [`${prefix}log`]);
    });

    test("has the methods of a backend", async () => {
      const backend = new RedisBackend(client);
      await backend.set("spec:a", "1");
      await backend.setex("spec:b", 100, "2");
      await backend.set("spec:c", "3", 100);
      assert.deepEqual(await Promise.all(["a", "b", "c", "d"].map((key) => backend.get(`spec:${key}`))), [
        "1",
        "2",
        "3",
        null,
      ]);
      await backend.sadd("spec:s", "x", "y");
      await backend.expire("spec:s", 100);
      assert.deepEqual((await backend.smembers("spec:s")).sort(), ["x", "y"]);
      assert.deepEqual((await backend.keys("spec:*")).sort(), ["spec:a", "spec:b", "spec:c", "spec:s"]);
      assert.deepEqual(await backend.pipeline().set("spec:d", "4").get("spec:d").execute(), ["OK", "4"]);
      assert.equal(await backend.delete("spec:a", "spec:b", "spec:c", "spec:d", "spec:s", "spec:e"), 5);
    });
  });
}
