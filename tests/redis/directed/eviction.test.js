// Indexes that are evicted: with strict, and by the policy that most hosters set.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCache } from "../../helpers/cache.js";
import { gate } from "../../helpers/functions.js";
import { connectTo } from "../../helpers/protocol.js";
import { startRedis } from "../../helpers/redis.js";
import { until } from "../../helpers/until.js";

test("strict: a store that is refused does not list an older value of its call again", async () => {
  const server = await startRedis();
  const client = connectTo(server.port);
  const cache = makeCache(client, { strict: true });
  let version = 1;
  /** @type {Promise<unknown>} */
  let held = Promise.resolve();
  // More entities than one script writes.
  const all = cache("user", { keyPrefix: "all" })(async () => {
    const read = version;
    await held;
    return Array.from({ length: 400 }, (_, id) => ({ id, version: read }));
  });
  try {
    await all();
    await cache.close(); // what the store leaves to be done lists the call once more
    await client.del("app:e:user:1");
    version = 2;
    await cache.invalidateEntity("user", 1);
    const slow = gate();
    held = slow.promise;
    const second = all();
    await until(() => cache.stats().running > 0, "a run has begun");
    version = 3;
    await cache.invalidateEntity("user", 1);
    held = Promise.resolve();
    slow.resolve(undefined);
    await second;
    await cache.close();
    const [, one] = await all();
    assert.deepEqual(one, { id: 1, version: 3 });
  } finally {
    await cache.close();
    client.disconnect();
    await server.stop();
  }
});

/** A server with a policy, and a cache in each of two processes. @param {string} policy @param {object} [options] */
async function startTwo(policy, options) {
  const server = await startRedis(["--maxmemory-policy", policy]);
  const client = connectTo(server.port);
  const caches = [makeCache(client, options), makeCache(client, options)];
  return {
    client,
    caches,
    async stop() {
      await Promise.all(caches.map((cache) => cache.close()));
      client.disconnect();
      await server.stop();
    },
  };
}

for (const policy of ["allkeys-lru", "allkeys-lfu", "allkeys-random"]) {
  test(`${policy}: a process that has stored nothing serves no value whose index was evicted`, async () => {
    const { client, caches, stop } = await startTwo(policy);
    try {
      let version = 1;
      const [writer, reader] = caches.map((cache) =>
        cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version })),
      );
      await writer(1);
      await client.del("app:e:user:1");
      version = 2;
      await caches[0].invalidateEntity("user", 1);
      assert.deepEqual(await reader(1), { id: 1, version: 2 });
      assert.deepEqual(await writer(1), { id: 1, version: 2 });
    } finally {
      await stop();
    }
  });
}

for (const [policy, strict, checks] of /** @type {[string, boolean | undefined, number][]} */ ([
  ["allkeys-lru", undefined, 2],
  ["allkeys-lru", false, 0],
  ["volatile-lru", undefined, 0],
])) {
  test(`${policy}, strict ${strict}: two hits check their indexes ${checks} times, and ask for the policy ${strict === undefined ? "once" : "never"}`, async () => {
    const { client, caches, stop } = await startTwo(policy, { strict });
    try {
      const [writer, reader] = caches.map((cache) =>
        cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id })),
      );
      await writer(1);
      await caches[0].close();
      await client.config("RESETSTAT");
      await reader(1);
      await reader(1);
      const stats = await client.info("commandstats");
      const countOf = (/** @type {string} */ name) => Number(new RegExp(`_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
      assert.equal(countOf("evalsha"), checks);
      assert.equal(countOf("info"), strict === undefined ? 1 : 0);
    } finally {
      await stop();
    }
  });
}

for (const policy of ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"]) {
  test(`${policy}: the index of a value that is read all the time is not evicted before it`, async () => {
    const server = await startRedis(["--maxmemory", "6mb", "--maxmemory-policy", policy, "--maxmemory-samples", "10"]);
    const client = connectTo(server.port);
    const cache = makeCache(client);
    const IDS = Array.from({ length: 50 }, (_, id) => id);
    let version = 1;
    const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version }));
    const filler = cache("other", { keyPrefix: "filler" })(async (/** @type {number} */ n) => ({
      id: n,
      text: "x".repeat(4000),
    }));
    const evicted = async () => Number(/evicted_keys:(\d+)/.exec(await client.info("stats"))?.[1]);
    const readAll = () => Promise.all(IDS.map((id) => get(id)));
    try {
      await readAll();
      // The server counts by seconds since a key was used: what it stores afterwards is newer than the indexes.
      for (let n = 0; (await evicted()) < 3000; n += 50) {
        await Promise.all(IDS.map((id) => filler(n + id)));
        await readAll();
      }
      version = 2;
      await cache.invalidateEntity("user", IDS);
      const old = (await readAll()).filter((row) => row.version < version);
      assert.equal(old.length, 0);
    } finally {
      await cache.close();
      client.disconnect();
      await server.stop();
    }
  });
}

for (const form of ["one script", "scripts of one slot", "single commands"]) {
  test(`noeviction, ${form}: a full server takes an invalidation at once, and stores again when it has room`, async () => {
    const server = await startRedis(["--maxmemory-policy", "noeviction"]);
    const client = connectTo(server.port);
    const hasScripts = form !== "single commands";
    if (!hasScripts) server.cli("acl", "setuser", "default", "-eval", "-evalsha", "-script");
    // The members of its layout are no names of keys, so no script touches several keys.
    const cache = makeCache(client, form === "scripts of one slot" ? { python: "687952f" } : {});
    let version = 1;
    let runs = 0;
    const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => {
      runs += 1;
      return { id, version, text: id === 1 ? "x".repeat(200_000) : "" };
    });
    const versionOf = async (/** @type {number} */ id) => (await get(id)).version;
    const countValues = async () => (await client.keys("*get:*")).length;
    try {
      // The first store without scripts finds out that they are forbidden.
      for (let i = 0; i < 3; i++) await get(1);
      await cache.close(); // what the store leaves to be done is done
      assert.equal(await countValues(), 1);
      const used = Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
      // In a script a write makes room for the entry. A single command has the room that the value leaves.
      await client.config("SET", "maxmemory", hasScripts ? 1 : used - 100_000);
      assert.equal(await versionOf(2), 1);
      assert.equal(await countValues(), 1, "the server is full");
      version = 2;
      await cache.invalidateEntity("user", 1);
      assert.equal(cache.stats().pending, 0, "it is taken");
      assert.equal(await countValues(), 0);
      await client.config("SET", "maxmemory", 0);
      const before = runs;
      assert.equal(await versionOf(1), 2);
      assert.equal(await versionOf(1), 2);
      assert.equal(runs, before + 1);
    } finally {
      await cache.close();
      client.disconnect();
      await server.stop();
    }
  });
}

test("noeviction, scripts of one slot: a full server takes the invalidation of an entity whose index has several pages", async () => {
  const server = await startRedis(["--maxmemory-policy", "noeviction"]);
  const client = connectTo(server.port);
  const cache = makeCache(client, { python: "687952f" });
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ n) => ({ id: 0, n }));
  try {
    // More members than one command reads.
    for (let n = 0; n < 1200; n += 100) await Promise.all(Array.from({ length: 100 }, (_, i) => get(n + i)));
    await cache.close(); // what the stores leave to be done is done
    await client.config("SET", "maxmemory", 1);
    assert.equal(await cache.invalidateEntity("user", 0), 1200);
    assert.equal(cache.stats().pending, 0, "it is taken");
  } finally {
    await cache.close();
    client.disconnect();
    await server.stop();
  }
});
