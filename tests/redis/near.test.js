// The option `near` on a real Redis: hits without a command, and invalidations that every near cache has applied.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { counted, gate } from "../helpers/functions.js";
import { serving } from "../helpers/near.js";
import { until } from "../helpers/until.js";
import { useCaches } from "../helpers/use-caches.js";
import { useProxiedRedis } from "../helpers/use-redis.js";

const { proxy, direct, client } = await useProxiedRedis();
const open = useCaches();
beforeEach(() => direct.flushall());

/** @param {any} cache @param {any} load @param {any} [options] */
const wrap = (cache, load, options = {}) => cache("user", { keyPrefix: "get", ...options })(load);

const commands = () => proxy.commands.map(([name]) => name.toLowerCase()).filter((name) => name !== "xread");

test("N3: a near hit sends no command, and says that it was near", async () => {
  const cache = open(client, { near: { lease: 20 } });
  /** @type {any[]} */
  const hits = [];
  cache.on("hit", (/** @type {any} */ hit) => hits.push([hit.key, hit.tier]));
  await serving(cache);
  const load = counted(async (/** @type {number} */ id) => ({ id }));
  const get = wrap(cache, load);
  await get(1);
  proxy.reset();
  for (let i = 0; i < 100; i++) assert.deepEqual(await get(1), { id: 1 });
  assert.deepEqual(commands(), []);
  assert.equal(load.runs, 1);
  assert.equal(cache.stats().near.hits, 100);
  assert.deepEqual(new Set(hits.map(String)), new Set(["app:c:get:[1],near"]));
  assert.notEqual(await get(1), await get(1), "each hit is a copy");
});

test("a value that another process has stored is near after the first hit", async () => {
  const other = open(direct);
  await wrap(other, async (/** @type {number} */ id) => ({ id, from: "other" }))(1);
  const cache = open(client, { near: true });
  /** @type {any[]} */
  const tiers = [];
  await serving(cache);
  cache.on("hit", (/** @type {any} */ hit) => tiers.push(hit.tier));
  const get = wrap(cache, async () => assert.fail("the function runs"));
  assert.deepEqual([await get(1), await get(1)], Array(2).fill({ id: 1, from: "other" }));
  assert.deepEqual(tiers, ["backend", "near"]);
});

test("N1: a value that was read before an invalidation, and arrives after it, is not kept", async () => {
  const cache = open(client, { near: true });
  await serving(cache);
  const held = gate();
  let version = 0;
  const load = counted(async (/** @type {number} */ id) => {
    const mine = version;
    if (mine === 0) await held.promise;
    return { id, version: mine };
  });
  const get = wrap(cache, load);
  const early = get(1);
  await until(() => load.runs === 1);
  version = 1;
  await cache.invalidateEntity("user", 1);
  held.resolve(undefined);
  assert.equal((await early).version, 0);
  assert.equal((await get(1)).version, 1);
  assert.equal((await get(1)).version, 1);
});

test("N1: a function without keyPrefix is dropped by its name, and so is what depends on a type", async () => {
  const here = open(client, { near: true });
  const there = open(direct);
  await serving(here);
  let version = 0;
  const getUser = here("user")(async function getUser(/** @type {number} */ id) {
    return { id, version };
  });
  const countUsers = here({ dependsOn: ["user"] })(async function countUsers() {
    return version;
  });
  const steps = [
    () => there.invalidateFunction("getUser"),
    () => getUser.invalidate(1),
    () => getUser.invalidateAll(),
    () => there.invalidateEntity("user", 1),
  ];
  for (const step of steps) {
    await getUser(1);
    version += 1;
    await step();
    assert.deepEqual(await getUser(1), { id: 1, version });
  }
  await countUsers();
  version += 1;
  await there.invalidateEntity("user", 99);
  assert.equal(await countUsers(), version);
});

test("N4: an entry ends near when it ends on Redis", async () => {
  const cache = open(client, { near: true });
  await serving(cache);
  const load = counted(async () => ({ id: 1 }));
  const get = wrap(cache, load, { ttl: 0.05 });
  await get();
  await until(async () => (await direct.exists("app:c:get:[]")) === 0);
  await get();
  assert.equal(load.runs, 2);
});

test("N4: FLUSHALL clears the near cache within one renewal", async () => {
  const cache = open(client, { near: { lease: "400ms" } });
  await serving(cache);
  const load = counted(async () => ({ id: 1 }));
  const get = wrap(cache, load);
  await get();
  await direct.flushall();
  await until(async () => (await get()) && load.runs === 2);
  assert.ok(cache.stats().near.gaps > 0);
});

test("the registry, the log, or both are deleted: what is invalidated afterwards is served nowhere", async () => {
  const one = open(client, { near: { lease: "400ms" } });
  const two = open(direct, { near: { lease: "400ms" } });
  await serving(one);
  await serving(two);
  let version = 0;
  const get = [one, two].map((cache) => wrap(cache, async () => ({ id: 1, version })));
  for (const keys of [["app:near"], ["app:log"]]) {
    for (let round = 0; round < 3; round++) {
      await until(() => one.stats().near.isServing && two.stats().near.isServing);
      for (const each of get) await each();
      await direct.del(...keys);
      version += 1;
      await one.invalidateEntity("user", 1);
      for (const each of get) assert.equal((await each()).version, version, `after DEL ${keys}`);
    }
  }
});

test("N5: while the lease is over calls go to Redis, with one WARNING and one INFO", async () => {
  const cache = open(client, { near: { lease: "100ms" } });
  await serving(cache);
  const get = wrap(cache, async () => ({ id: 1 }));
  await get();
  // The event loop stands still for longer than the lease.
  const end = performance.now() + 150;
  while (performance.now() < end);
  const before = cache.stats().near.hits;
  const call = get();
  assert.equal(cache.stats().near.hits, before);
  await call;
  await until(() => cache.stats().near.isServing && cache.stats().near.lapses > 0);
  const levels = cache.lines.filter(([, line]) => line.includes("near cache")).map(([level]) => level);
  await until(() => cache.lines.some(([level]) => level === "info"));
  assert.deepEqual(levels.filter((level) => level === "warn").length, 1);
});

test("N5: an instance that stands still holds an invalidation up until its lease is over, and no longer", async () => {
  const other = open(direct);
  const cache = open(client, { near: { lease: "100ms" } });
  await serving(cache);
  // A lease of an instance that never answers.
  const [seconds] = await direct.time();
  const last = Number(seconds) * 1000 + 2000;
  await direct.hset("app:near", "stopped#0", `${last} 0-1 e`);
  await wrap(other, async () => ({ id: 1 }))();
  assert.equal(await other.invalidateEntity("user", 1), 1);
  const [now] = await direct.time();
  assert.ok(Number(now) * 1000 >= last - 1000);
});

test("N6: without a near cache an invalidation is one command, and one of many steps has a closing entry", async () => {
  const cache = open(client);
  const get = wrap(cache, async () => ({ id: 1 }));
  await get();
  await cache.invalidateEntity("user", 1);
  await cache.invalidateAll();
  await get();
  proxy.reset();
  await cache.invalidateEntity("user", 1);
  assert.deepEqual(commands(), ["evalsha"]);
  const before = await direct.xlen("app:log");
  await cache.invalidateAll();
  assert.equal(await direct.xlen("app:log"), before + 2);
});

test("N7: stale values are handed out and not kept near", async () => {
  const cache = open(client, { near: true });
  await serving(cache);
  let version = 0;
  const get = wrap(cache, async () => ({ id: 1, version }), { ttl: 60, staleWhileRevalidate: 60 });
  await get();
  version = 1;
  await cache.invalidateEntity("user", 1, { soft: true });
  assert.equal((await get()).version, 0);
  await until(async () => (await get()).version === 1);
  assert.equal((await get()).version, 1);
});

test("N7: peek and refresh", async () => {
  const cache = open(client, { near: true });
  await serving(cache);
  let version = 0;
  const get = wrap(cache, async () => ({ id: 1, version }));
  assert.equal(await get.peek(), undefined);
  await get();
  assert.deepEqual(await get.peek(), { id: 1, version: 0 });
  version = 1;
  assert.deepEqual(await get.refresh(), { id: 1, version: 1 });
  assert.deepEqual(await get(), { id: 1, version: 1 });
  assert.deepEqual(await get.peek(), { id: 1, version: 1 });
});

test("N2: with maxStaleness an invalidation does not wait, and the near cache is right a moment later", async () => {
  const near = { lease: "400ms", coherence: { maxStaleness: "400ms" } };
  const [one, two] = [open(client, { near }), open(direct, { near })];
  await serving(one);
  await serving(two);
  let version = 0;
  const get = [one, two].map((cache) => wrap(cache, async () => ({ id: 1, version })));
  for (const each of get) await each();
  version = 1;
  await one.invalidateEntity("user", 1);
  const resolved = performance.now();
  assert.equal((await get[0]()).version, 1, "its own process reads what it wrote");
  await until(async () => (await get[1]()).version === 1);
  assert.ok(performance.now() - resolved < 400);
});

test("N9: a backend that cannot follow a log is a ConfigError", () => {
  const methods = ["get", "set", "setex", "delete", "keys", "sadd", "smembers", "expire"];
  const own = Object.fromEntries(methods.map((name) => [name, () => null]));
  const upstash = { client: { request: async () => [] } };
  for (const backend of [own, upstash])
    assert.throws(() => open(backend, { near: true }), { code: "ERR_CACHEREF_OPTION", message: /duplicate/ });
});

test("an idle process sends its renewals, and one read of the log that waits", async () => {
  const cache = open(client, { near: { lease: "100ms" } });
  await serving(cache);
  await until(async () => String(await direct.client("LIST")).includes("cmd=xread"));
  proxy.reset();
  const renewals = () => proxy.commands.filter(([name]) => name === "evalsha").length;
  await until(() => renewals() >= 8);
  assert.deepEqual(new Set(commands()), new Set(["evalsha"]));
  const reads = proxy.commands.filter(([name]) => name.toLowerCase() === "xread").length;
  assert.ok(reads <= 1, `${reads} reads of the log`);
});

test("N10: closing the cache ends its lease and its connection", async () => {
  const cache = open(client, { near: true });
  await serving(cache);
  assert.equal(await direct.hlen("app:near"), 1);
  await cache.close();
  assert.equal(await direct.hlen("app:near"), 0);
  await until(async () => !String(await direct.client("LIST")).includes("cmd=xread"));
});

test("N10: a follower whose socket is cut comes back", async () => {
  const cache = open(client, { near: { lease: "400ms" } });
  await serving(cache);
  const other = open(direct);
  let version = 0;
  const get = wrap(cache, async () => ({ id: 1, version }));
  for (let round = 0; round < 3; round++) {
    await until(async () => String(await direct.client("LIST")).includes("cmd=xread"));
    await until(() => cache.stats().near.isServing);
    await get();
    const id = /id=(\d+)[^\n]*cmd=xread/.exec(String(await direct.client("LIST")))?.[1];
    await direct.client("KILL", "ID", Number(id));
    version += 1;
    await other.invalidateEntity("user", 1);
    assert.equal((await get()).version, version);
  }
});

test("with strict, as on a server that may evict anything, near hits send nothing and are new after an invalidation", async () => {
  await direct.config("SET", "maxmemory-policy", "allkeys-lru");
  try {
    const [here, there] = [open(client, { near: true }), open(direct, { near: true })];
    await serving(here);
    await serving(there);
    let version = 0;
    const get = [here, there].map((cache) => wrap(cache, async () => ({ id: 1, version })));
    for (let round = 0; round < 5; round++) {
      for (const each of [...get, ...get]) assert.deepEqual(await each(1), { id: 1, version });
      proxy.reset();
      assert.deepEqual(await get[0](1), { id: 1, version });
      assert.deepEqual(commands(), []);
      // The index is evicted: Redis' value is not found by the invalidation, and is not served.
      await direct.del("app:e:user:1");
      version += 1;
      await (round % 2 === 0 ? here : there).invalidateEntity("user", 1);
      for (const each of get) assert.deepEqual(await each(1), { id: 1, version }, `round ${round}`);
    }
    assert.ok(here.lines.some(([level, line]) => level === "warn" && line.includes("allkeys-lru")));
  } finally {
    await direct.config("SET", "maxmemory-policy", "noeviction");
  }
});

test("renewals that fail while nobody calls do not open the breaker", async () => {
  const cache = open(client, { near: { lease: "100ms" }, operationTimeout: 500, breaker: { failures: 2 } });
  const get = wrap(cache, async () => ({ id: 1 }));
  /** @type {string[]} */
  const states = [];
  cache.on("breaker", ({ state }) => states.push(state));
  await serving(cache);
  await get();
  proxy.reset();
  let renewals = 0;
  const own = client.call;
  client.call = (/** @type {any[]} */ ...words) => {
    renewals += 1;
    return own.apply(client, /** @type {any} */ (words));
  };
  proxy.isRefusing = true;
  proxy.cut();
  await until(() => renewals > 3);
  proxy.isRefusing = false;
  client.call = own;
  await until(async () => (await get()) && cache.stats().near.isServing);
  assert.deepEqual(states, []);
  assert.deepEqual(
    cache.lines.filter(([level]) => level === "error"),
    [],
  );
});
