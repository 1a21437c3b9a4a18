// Workers KV, as Miniflare emulates it, from Node: the layout, the limits, and what KV makes necessary.
import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";
import { Miniflare } from "miniflare";
import { EntityCache, WorkersKVBackend } from "../../js/entries/node.js";
import { backendSuite, chaosBackend } from "../../js/entries/testing.js";
import { recorder } from "../helpers/cache.js";
import { gate } from "../helpers/functions.js";

const LIST_PAGE = 2;

/** @type {Miniflare} */
let miniflare;
/** @type {any} */
let namespace;
const { lines, logger } = recorder();
/** What was warned of, as `[level, message]`. */
const warnings = () => lines.filter(([level]) => level === "warn" || level === "error");
let count = 0;

before(async () => {
  miniflare = new Miniflare({ modules: true, script: "export default {}", kvNamespaces: ["KV"] });
  namespace = await miniflare.getKVNamespace("KV");
});
after(() => miniflare.dispose());

/** @param {object} [options] */
function setUp(options) {
  lines.length = 0;
  count += 1;
  const prefix = `p${count}:`;
  // A list comes in pages of 1,000 keys; here in smaller ones, so that there are several.
  const paged = new Proxy(namespace, {
    get: (_, name) =>
      name === "list"
        ? (/** @type {object} */ how) => namespace.list({ ...how, limit: LIST_PAGE })
        : (/** @type {unknown[]} */ ...args) => namespace[name](...args),
  });
  const kv = chaosBackend(paged);
  const cache = new EntityCache({ backend: kv, prefix, logger, operationTimeout: 5000, ...options });
  const keys = async () => (await namespace.list({ prefix })).keys;
  return { cache, kv, prefix, keys };
}

for (const { name, run } of backendSuite({
  EntityCache: class extends EntityCache {
    /** @param {object} options */
    constructor(options) {
      super({ logger, operationTimeout: 5000, ...options });
    }
  },
  makeBackend: () => new WorkersKVBackend(namespace),
})) {
  test(`conformance: ${name}`, run);
}

test("a value is one key, and each entity of it one more, which end with it", async () => {
  const { cache, keys, prefix } = setUp({ ttl: 600 });
  const get = cache("user", { keyPrefix: "get" })(async () => [{ id: 1 }, { id: 2 }]);
  await get("x");
  const stored = await keys();
  const value = `${prefix}c:get:["x"]`;
  assert.deepEqual(
    stored.map(({ name }) => name.replace(/[0-9a-f-]{36}$/, "*")),
    [value, `${prefix}e:user:1|*`, `${prefix}e:user:2|*`, `${prefix}l:user|*`],
  );
  assert.equal(await namespace.get(value), '[{"id":1},{"id":2}]');
  for (const { name, metadata, expiration } of stored) {
    if (name !== value) assert.equal(metadata.member, value);
    const seconds = expiration - Date.now() / 1000;
    assert.ok(seconds > 590 && seconds < 670, `${name} expires in ${seconds} s`);
  }
});

test("an invalidation goes through all pages of a list", async () => {
  const { cache, keys } = setUp();
  const get = cache("user", { keyPrefix: "get" })(async () => ({ id: 1 }));
  for (let i = 0; i < LIST_PAGE * 2 + 1; i++) await get(i);
  assert.equal(await cache.invalidateEntity("user", 1), LIST_PAGE * 2 + 1);
  assert.deepEqual(await keys(), []);
});

test("everything under a prefix leaves nothing", async () => {
  const { cache, keys } = setUp();
  const get = cache("user", { keyPrefix: "get" })(async (id) => [{ id }, { id: "x".repeat(700) }]);
  for (const id of [1, "|", "y".repeat(700)]) await get(id);
  assert.equal(await cache.invalidateAll(), 3);
  assert.deepEqual(await keys(), []);
});

test("an index written while an invalidation goes on is kept", async () => {
  const { cache, kv } = setUp();
  let version = 1;
  const get = cache("user", { keyPrefix: "get" })(async () => ({ id: 1, version }));
  await get();
  // The list of what is to be dropped is late: meanwhile the call is stored anew.
  kv.chaos.fail("list", "late", 1);
  const invalidated = cache.invalidateEntity("user", 1);
  while (!kv.chaos.calls.some(({ method }) => method === "list")) await new Promise(setImmediate);
  version = 2;
  await get.refresh();
  kv.chaos.release();
  await invalidated;
  assert.equal((await get()).version, 2);
  version = 3;
  await cache.invalidateEntity("user", 1);
  assert.equal((await get()).version, 3);
});

test("a ttl below KV's 60 seconds ends on time, and KV gets its 60", async () => {
  const { cache, keys } = setUp({ ttl: 5 });
  let runs = 0;
  const get = cache("user", { keyPrefix: "get" })(async () => ({ id: ++runs }));
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  try {
    await get();
    mock.timers.tick(4999);
    assert.equal((await get()).id, 1);
    mock.timers.tick(1);
    assert.equal((await get()).id, 2);
  } finally {
    mock.timers.reset();
  }
  const value = (await keys()).find(({ name }) => name.includes("c:get"));
  assert.ok(value.expiration - Date.now() / 1000 > 50);
});

test("a stale entry is served while it is refreshed, and softly invalidated ones are dropped", async () => {
  const { cache } = setUp({ ttl: 100, staleWhileRevalidate: 100 });
  let runs = 0;
  const get = cache("user", { keyPrefix: "get" })(async () => ({ id: 1, run: ++runs }));
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  try {
    await get();
    mock.timers.tick(150_000);
    const stored = new Promise((resolve) => cache.on("store", resolve));
    assert.equal((await get()).run, 1);
    await stored;
    assert.equal((await get()).run, 2);
    mock.timers.tick(200_000);
    assert.equal((await get()).run, 3);
  } finally {
    mock.timers.reset();
  }
  assert.equal(await cache.invalidateEntity("user", 1, { soft: true }), 1);
  assert.equal((await get()).run, 4);
});

test("an entry that soon ends is refreshed in the background by a hit, which reads KV once", async () => {
  const { cache, kv } = setUp({ ttl: 100, earlyRefresh: 30 });
  let runs = 0;
  const get = cache("user", { keyPrefix: "get" })(async () => ({ id: 1, run: ++runs }));
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  try {
    await get();
    mock.timers.tick(65_000);
    assert.equal((await get()).run, 1);
    mock.timers.tick(10_000);
    assert.equal((await get()).run, 1);
    await cache.close(); // waits for the refresh
    assert.equal((await get()).run, 2);
    const { hits, misses, stale } = cache.stats();
    assert.deepEqual({ hits, misses, stale }, { hits: 3, misses: 1, stale: 0 });
    assert.equal(kv.chaos.calls.filter(({ method }) => method === "getWithMetadata").length, 4);
  } finally {
    mock.timers.reset();
  }
});

test("names and ids of any length fit into 512 bytes, and are told apart", async () => {
  const { cache, keys } = setUp();
  const long = "ü".repeat(240);
  const functions = [long, `${long}1`].map((keyPrefix) => cache("user", { keyPrefix })(async (id) => ({ id })));
  const ids = [`${"é".repeat(600)}1`, `${"é".repeat(600)}2`];
  for (const get of functions) for (const id of ids) assert.deepEqual(await get(id), { id });
  for (const { name } of await keys()) assert.ok(new TextEncoder().encode(name).length <= 512, name);
  assert.equal(await cache.invalidateEntity("user", ids[0]), 2);
  assert.equal(await cache.invalidateFunction(functions[0]), 1);
  assert.deepEqual(await functions[1].peek(ids[1]), { id: ids[1] });
});

test("a result with more entities than a Worker may store is given, not stored, and an ERROR says so", async () => {
  const { cache, keys } = setUp();
  const get = cache("user", { keyPrefix: "get" })(async () => Array.from({ length: 1000 }, (_, id) => ({ id })));
  assert.equal((await get()).length, 1000);
  assert.deepEqual(await keys(), []);
  assert.ok(
    lines.some(([level, line]) => level === "error" && /1001 entities.*1000/.test(line)),
    lines.join("\n"),
  );
});

test("what KV does not promise is said once for a namespace and prefix, however many caches there are", () => {
  const { cache } = setUp({ prefix: "said:" });
  assert.equal(lines.filter(([, line]) => line.includes("eventually consistent")).length, 1);
  const backend = new WorkersKVBackend(namespace);
  lines.length = 0;
  for (let i = 0; i < 3; i++) new EntityCache({ backend, prefix: "again:", logger });
  assert.equal(warnings().length, 1);
  cache.close();
});

test("caches over one namespace share their invalidations, as those that a Worker makes for each request", async () => {
  const [one, other] = [0, 1].map(
    () => new EntityCache({ backend: new WorkersKVBackend(namespace), prefix: "each:", logger }),
  );
  const go = gate();
  let version = "old";
  const begun = new Promise((resolve) => {
    const slow = one("user", { keyPrefix: "get" })(async () => {
      const read = { id: 1, version };
      resolve(slow);
      await go.promise;
      return read;
    });
    slow();
  });
  await begun;
  version = "new";
  await other.invalidateEntity("user", 1);
  go.resolve(undefined);
  const get = other("user", { keyPrefix: "get" })(async () => ({ id: 1, version }));
  assert.equal((await get()).version, "new");
  await one.close();
  assert.equal((await get()).version, "new");
});

test("what is no namespace is refused by name of what it lacks", () => {
  assert.throws(() => new WorkersKVBackend({ get() {} }), { code: "ERR_CACHEREF_BACKEND", message: /getWithMetadata/ });
});
