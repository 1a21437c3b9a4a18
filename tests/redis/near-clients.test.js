// The option `near` over each client and its versions: the guarantee on a single server (Clusters: near-cluster.test.js), and
// that no connection of a near cache keeps a process alive.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import Valkey from "iovalkey";
import { createClient } from "redis";
import * as redis4 from "redis-4";
import * as redis5 from "redis-5";
import { makeCache } from "../helpers/cache.js";
import { startCluster } from "../helpers/cluster.js";
import { serving } from "../helpers/near.js";
import { useRedis } from "../helpers/use-redis.js";

const { client, server } = await useRedis();
const cluster = await startCluster();
after(() => cluster.stop());
beforeEach(() => client.flushall());

for (const [what, make] of /** @type {[string, (port: number) => any][]} */ ([
  ["ioredis", (port) => new Redis(port)],
  ["iovalkey", (port) => new Valkey(port)],
  ["iovalkey with a keyPrefix", (port) => new Valkey(port, { keyPrefix: "own:" })],
  ["node-redis 6", (port) => createClient({ url: `redis://127.0.0.1:${port}` })],
  ["node-redis 6 with RESP2", (port) => createClient({ url: `redis://127.0.0.1:${port}`, RESP: 2 })],
  ["node-redis 5", (port) => redis5.createClient({ url: `redis://127.0.0.1:${port}` })],
  ["node-redis 4", (port) => redis4.createClient({ url: `redis://127.0.0.1:${port}` })],
])) {
  test(`N1: what one process invalidates, no other serves from near: ${what}`, async () => {
    const [one, two] = [make(server.port), make(server.port)];
    for (const each of [one, two]) if (each.isOpen === false) await each.connect();
    const caches = [one, two].map((client) => makeCache(client, { near: true }));
    const [here, there] = caches;
    for (const cache of caches) await serving(cache);
    let version = 0;
    const get = [here, there].map((cache) =>
      cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version })),
    );
    for (let round = 0; round < 20; round++) {
      for (const each of get) assert.deepEqual(await each(1), { id: 1, version });
      version += 1;
      const by = [
        () => here.invalidateEntity("user", 1),
        () => there.invalidateFunction("get"),
        () => get[0].invalidate(1),
        () => here.invalidateAll(),
      ][round % 4];
      await by();
      for (const each of get) assert.deepEqual(await each(1), { id: 1, version }, `round ${round}`);
    }
    for (const cache of caches) assert.ok(cache.stats().near.hits > 0);
    await Promise.all(caches.map((cache) => cache.close()));
    for (const each of [one, two]) each.disconnect();
  });
}

const urls = JSON.stringify(cluster.nodes.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })));
const single = `{ url: "redis://127.0.0.1:${server.port}" }`;

/** How to open a client, and how to end it. @type {[string, string, string][]} */
const PROGRAMS = [
  ["ioredis", `new (await import("ioredis")).Redis(${server.port})`, "client.disconnect()"],
  ["iovalkey", `new (await import("iovalkey")).default(${server.port})`, "await client.quit()"],
  ["ioredis Cluster", `new (await import("ioredis")).Cluster(${JSON.stringify(cluster.nodes)})`, "client.disconnect()"],
  ["node-redis 6", `(await import("redis")).createClient(${single})`, "await client.close()"],
  ["node-redis 5", `(await import("redis-5")).createClient(${single})`, "client.destroy()"],
  ["node-redis 4", `(await import("redis-4")).createClient(${single})`, "await client.disconnect()"],
  ["node-redis 6 Cluster", `(await import("redis")).createCluster({ rootNodes: ${urls} })`, "await client.close()"],
  ["node-redis 5 Cluster", `(await import("redis-5")).createCluster({ rootNodes: ${urls} })`, "client.destroy()"],
  [
    "node-redis 4 Cluster",
    `(await import("redis-4")).createCluster({ rootNodes: ${urls} })`,
    "await client.disconnect()",
  ],
];

for (const [name, open, end] of PROGRAMS) {
  for (const [how, steps] of [
    ["has ended, and whose cache was not closed", end],
    ["and cache have ended", `await cache.close(); ${end}`],
  ]) {
    test(`N10: ${name}: nothing holds a process whose client ${how}`, async () => {
      const program = `
        // Timers of two seconds and more. A command that is under way has a shorter one.
        const timers = [];
        const { setTimeout } = globalThis;
        globalThis.setTimeout = (act, ms, ...args) => {
          const timer = setTimeout(act, ms, ...args);
          if (ms >= 2000) timers.push(timer);
          return timer;
        };
        const { EntityCache } = await import(${JSON.stringify(new URL("../../js/entries/node.js", import.meta.url).href)});
        const client = ${open};
        client.on("error", () => {});
        if (client.isOpen === false) await client.connect();
        const cache = new EntityCache({ backend: client, prefix: "{exit}:", near: true, ttl: 60 });
        const get = cache({ keyPrefix: "get" })(async () => 1);
        while (!cache.stats().near.isServing) await get();
        ${steps};
        const held = () => [
          ...process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap"),
          ...timers.filter((timer) => timer.hasRef() && !timer._destroyed).map(() => "Timeout"),
        ];
        // Sockets are closed some turns after they were ended: far less than two seconds.
        for (let turns = 0; turns < 20_000 && held().length > 0; turns++)
          await new Promise((resolve) => setImmediate(resolve));
        console.log(held());
      `;
      const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
        encoding: "utf8",
        timeout: 20_000,
        cwd: fileURLToPath(new URL("../..", import.meta.url)),
      });
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "[]\n", stderr: "" });
    });
  }
}
