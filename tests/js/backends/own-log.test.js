// Backends whose log is in the process: own ones, and Workers KV in one isolate.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EntityCache } from "../../../js/entries/node.js";
import { backendSuite, manualClock } from "../../../js/entries/testing.js";
import { ownLogOf } from "../../../js/remote/protocol/own-log.js";
import { makeCache } from "../../helpers/cache.js";
import { counted, gate } from "../../helpers/functions.js";
import { mapBackend } from "../../helpers/map-backend.js";
import { slowNamespace } from "../../helpers/slow-backends.js";

test("an own backend with srem, exists and srandmember: no value stands without its index, 1,000 times", async () => {
  const backend = mapBackend();
  const { map } = backend;
  const setOf = (/** @type {string} */ key) => map.get(key) ?? new Set();
  Object.assign(backend, {
    srem: (/** @type {string} */ key, /** @type {string[]} */ ...members) =>
      members.filter((member) => setOf(key).delete(member)).length,
    exists: (/** @type {string} */ key) => Number(map.has(key)),
    srandmember: (/** @type {string} */ key, /** @type {number} */ count) => [...setOf(key)].slice(0, count),
  });
  const cache = makeCache(backend);
  let version = 1;
  const [a, b] = ["a", "b"].map((keyPrefix) =>
    cache("user", { keyPrefix })(async (/** @type {number} */ id) => ({ id, version })),
  );
  let old = 0;
  for (let id = 0; id < 1000; id++) {
    await a(id);
    await b(id);
    await cache.invalidateEntity("user", id);
    await a(id);
    await b(id);
    version += 1;
    await cache.invalidateEntity("user", id);
    if ((await b(id)).version < version) old += 1;
  }
  assert.equal(old, 0);
  await cache.close();
});

test("an own backend whose write lands after the invalidation: the value is dropped when it has landed", async () => {
  const backend = mapBackend();
  const landing = gate();
  const landed = gate();
  const { setex } = backend;
  let isSlow = true;
  backend.setex = async (key, seconds, value) => {
    if (isSlow && key.includes("c:get")) {
      isSlow = false;
      await landing.promise;
      await setex(key, seconds, value);
      landed.resolve(undefined);
      return;
    }
    await setex(key, seconds, value);
  };
  const cache = makeCache(backend, { operationTimeout: 20 });
  let version = 1;
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version }));
  await get(1); // gives up waiting for the write
  version = 2;
  await cache.invalidateEntity("user", 1);
  landing.resolve(undefined);
  await landed.promise;
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  assert.deepEqual(await get(1), { id: 1, version: 2 });
  await cache.close();
});

test("an own backend whose write is late: calls of its key run the function, and are stored again afterwards", async () => {
  const backend = mapBackend();
  const { setex } = backend;
  /** @type {(() => void)[]} */
  const landings = [];
  let isSlow = true;
  backend.setex = async (key, seconds, value) => {
    if (isSlow) await new Promise((resolve) => landings.push(() => resolve(undefined)));
    return setex(key, seconds, value);
  };
  const cache = makeCache(backend, { operationTimeout: 20 });
  let version = 1;
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version }));
  await get(1);
  isSlow = false;
  version = 2;
  /** @type {unknown[]} */
  const skips = [];
  cache.on("skip", ({ reason }) => skips.push(reason));
  assert.deepEqual(await get(1), { id: 1, version: 2 });
  assert.deepEqual(await get(2), { id: 2, version: 2 });
  assert.deepEqual(skips, ["another operation on its key is overdue"]);
  for (const land of landings) land();
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  assert.deepEqual(await get(1), { id: 1, version: 1 }, "nothing was invalidated, so what has landed is served");
  await cache.invalidateEntity("user", 1);
  await get(1);
  version = 3;
  assert.deepEqual(await get(1), { id: 1, version: 2 }, "and it is stored as before");
  await cache.close();
});

test("an own backend that cannot delete what has landed late: the value is not read until it can", async () => {
  const backend = mapBackend();
  const { setex, delete: remove } = backend;
  const landing = gate();
  let isDown = false;
  backend.setex = async (key, seconds, value) => {
    if (key.includes("c:get")) await landing.promise;
    return setex(key, seconds, value);
  };
  backend.delete = async (...keys) => {
    if (isDown) throw new Error("down");
    return remove(...keys);
  };
  const cache = makeCache(backend, { operationTimeout: 20 });
  let version = 1;
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version }));
  await get(1);
  version = 2;
  await cache.invalidateEntity("user", 1);
  isDown = true;
  landing.resolve(undefined);
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  assert.ok(backend.map.has("app:c:get:[1]"), "the old value has landed");
  assert.deepEqual(await get(1), { id: 1, version: 2 });
  isDown = false;
  while (backend.map.has("app:c:get:[1]")) await new Promise(setImmediate);
  assert.deepEqual(await get(1), { id: 1, version: 2 });
  await cache.close();
});

test("an own backend without srem: an index that lists nothing any more is deleted", async () => {
  const backend = mapBackend();
  const cache = makeCache(backend);
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id }));
  await get(1);
  await cache.invalidateEntity("user", 1);
  assert.deepEqual([...backend.map.keys()], []);
  await cache.close();
});

test("stores at once leave an index the longest of their expiries, in whatever order they land", async () => {
  for (const isReversed of [false, true]) {
    const backend = mapBackend();
    let seconds = 0;
    /** @type {(() => void)[]} */
    const landings = [];
    backend.expire = async (/** @type {string} */ _key = "", /** @type {number} */ ttl = 0) => {
      await new Promise((resolve) => landings.push(() => resolve(undefined)));
      seconds = ttl;
      return 1;
    };
    const cache = makeCache(Object.assign(backend, { ttl: () => -2 }));
    const get = cache("user", { keyPrefix: "get", ttl: (/** @type {any} */ user) => user.ttl })(async (ttl) => ({
      id: 1,
      ttl,
    }));
    const calls = [get(100), get(1000)];
    let isDone = false;
    Promise.all(calls).then(() => {
      isDone = true;
    });
    while (!isDone) {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      for (const land of isReversed ? landings.splice(0).reverse() : landings.splice(0)) land();
    }
    assert.equal(seconds, 1060);
    await cache.close();
  }
});

for (const prefix of ["app:", "a[p]:", "*", "a\\p?:"]) {
  test(`an own backend is asked for the keys that begin with a plain text (prefix ${JSON.stringify(prefix)})`, async () => {
    const backend = mapBackend();
    const { keys } = backend;
    /** @type {string[]} */
    const patterns = [];
    backend.keys = async (pattern) => {
      patterns.push(pattern);
      return keys(pattern);
    };
    const cache = makeCache(backend, { prefix });
    const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id }));
    const other = cache("user", { keyPrefix: "get:all" })(async (/** @type {number} */ id) => ({ id }));
    const foreign = makeCache(backend, { prefix: "x" })("user", { keyPrefix: "get" })(async (id) => ({ id }));
    for (const call of [get, other, foreign]) await call(1);
    assert.equal(await cache.invalidateFunction("get"), 1);
    assert.equal(await cache.invalidateAll(), 1);
    for (const pattern of patterns) assert.match(pattern, /^[^*?[\]\\]*\*$/);
    assert.deepEqual(await foreign.peek(1), { id: 1 });
    await cache.close();
  });
}

test("Workers KV in one isolate: a value stored while an invalidation goes on is found by the next one", async () => {
  /** @type {Map<string, { value: any, metadata: any }>} */
  const entries = new Map();
  const [listing, writing, written] = [gate(), gate(), gate()];
  let isHeld = false;
  const read = (/** @type {string} */ key) => entries.get(key) ?? { value: null, metadata: null };
  const namespace = {
    get: async (/** @type {string} */ key) => read(key).value,
    getWithMetadata: async (/** @type {string} */ key) => read(key),
    async put(/** @type {string} */ key, /** @type {any} */ value, /** @type {any} */ options) {
      if (isHeld && key.startsWith("app:c:")) {
        written.resolve(undefined);
        await writing.promise;
      }
      entries.set(key, { value, metadata: options?.metadata ?? null });
    },
    async delete(/** @type {string} */ key) {
      entries.delete(key);
    },
    async list({ prefix = "" } = {}) {
      if (isHeld) await listing.promise;
      const keys = [...entries].filter(([key]) => key.startsWith(prefix));
      return { keys: keys.map(([name, { metadata }]) => ({ name, metadata })), list_complete: true };
    },
  };
  const cache = makeCache(namespace);
  let version = 1;
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version }));
  isHeld = true;
  const invalidated = cache.invalidateEntity("user", 1);
  const stored = get(1); // begins after the invalidation was asked for, so it may be stored
  await written.promise; // its index entry is there, its value is not
  listing.resolve(undefined);
  // The invalidation may wait for the store, so neither is awaited alone.
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  writing.resolve(undefined);
  await Promise.all([invalidated, stored]);
  isHeld = false;
  version = 2;
  await cache.invalidateEntity("user", 1);
  assert.deepEqual(await get(1), { id: 1, version: 2 });
  await cache.close();
});

/** Workers KV in a Map: what is written is seen at once, unless `listed` says that a list does not show it. */
function isolate(listed = (/** @type {string} */ _key) => true) {
  const namespace = slowNamespace(async () => {});
  const { list } = namespace;
  namespace.list = async (how) => {
    const page = await list(how);
    return { ...page, keys: page.keys.filter(({ name }) => listed(name)) };
  };
  return namespace;
}

test("Workers KV in one isolate: what a list does not show yet is invalidated all the same", async () => {
  let isListed = false;
  const cache = makeCache(isolate(() => isListed));
  let version = 1;
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version }));
  for (const invalidate of [
    () => cache.invalidateEntity("user", 1),
    () => cache.invalidateFunction("get"),
    () => cache.invalidateAll(),
  ]) {
    await get(1);
    version += 1;
    await invalidate();
    assert.deepEqual(await get(1), { id: 1, version });
  }
  isListed = true;
  assert.equal(await cache.invalidateEntity("user", 1), 1);
  assert.equal(await cache.invalidateEntity("user", 1), 0);
  await cache.close();
});

test("Workers KV: a key whose write never answers is given up after a minute, and stored again", async () => {
  const namespace = isolate();
  const { put } = namespace;
  let isHung = true;
  namespace.put = (key, value, how) =>
    isHung && key.startsWith("app:c:") ? new Promise(() => {}) : put(key, value, how);
  const clock = manualClock();
  const cache = makeCache(namespace, { operationTimeout: 20, clock });
  const load = counted(async (/** @type {number} */ id) => ({ id }));
  const get = cache("user", { keyPrefix: "get" })(load);
  await get(1);
  isHung = false;
  await get(1);
  assert.equal(await get.peek(1), undefined);
  clock.advance(60_000);
  await get(1);
  assert.deepEqual(await get.peek(1), { id: 1 });
  assert.equal(load.runs, 3);
  await cache.close();
});

test("Workers KV: a store that has ended with its request holds up one later store, and none after a minute", async () => {
  const namespace = isolate();
  const clock = manualClock();
  const cache = makeCache(namespace, { operationTimeout: 20, clock });
  const skips = /** @type {unknown[]} */ ([]);
  cache.on("skip", ({ reason }) => skips.push(reason));
  const load = counted(async (/** @type {number} */ id) => ({ id }));
  const get = cache("user", { keyPrefix: "get" })(load);
  // Its time limit has ended with the request too, so nobody has said that it is late.
  const { locks } = ownLogOf(namespace, "app:").log;
  locks.take("app:c:get:[1]", true);
  const alive = setInterval(() => {}, 1000);
  await get(1);
  clearInterval(alive);
  assert.equal(locks.holder("app:c:get:[1]")?.overdueSince, clock());
  await get(1);
  assert.deepEqual(skips, Array(2).fill("another operation on its key is overdue"));
  clock.advance(60_000);
  await get(1);
  assert.deepEqual(await get(1), { id: 1 });
  assert.equal(load.runs, 3);
  await cache.close();
});

/** The class in docs/backends.md, word for word. */
function documentedBackend() {
  const page = readFileSync(new URL("../../../docs/backends.md", import.meta.url), "utf8");
  const [source] = /class MyBackend \{[\s\S]*?\n\}/.exec(page) ?? [];
  assert.ok(source, "the page has the class");
  return new Function(`${source}; return MyBackend;`)();
}

test("the own backend of the documentation, word for word: invalidateAll leaves nothing", async () => {
  const MyBackend = documentedBackend();
  const cache = makeCache(new MyBackend());
  let version = 1;
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version }));
  await get(1);
  version = 2;
  assert.equal(await cache.invalidateAll(), 1);
  assert.deepEqual(await get(1), { id: 1, version: 2 });
  await cache.close();
});

const MyBackend = documentedBackend();
const logger = { debug() {}, info() {}, warn() {}, error() {} };
for (const { name, run } of backendSuite({
  EntityCache: class extends EntityCache {
    /** @param {object} options */
    constructor(options) {
      super({ logger, ...options });
    }
  },
  makeBackend: (
    (backend) => () =>
      backend
  )(new MyBackend()),
})) {
  test(`the own backend of the documentation, word for word: ${name}`, run);
}

for (const [name, make] of /** @type {const} */ ([
  ["an own backend", mapBackend],
  ["Workers KV", () => isolate()],
  ["Workers KV whose lists lag behind", () => isolate(() => false)],
])) {
  test(`${name}: the invalidation of a type drops what holds its entities and what depends on it, and nothing else`, async () => {
    const cache = makeCache(make());
    let version = 1;
    const load = async (/** @type {number} */ id) => ({ id, version });
    const user = cache("user", { keyPrefix: "user" })(load);
    const report = cache({ keyPrefix: "report", dependsOn: ["user"] })(load);
    const team = cache("team", { keyPrefix: "team" })(load);
    for (const get of [user, report, team]) await get(1);
    version = 2;
    await cache.invalidateType("user");
    assert.deepEqual(
      await Promise.all([user(1), report(1), team(1)].map(async (got) => (await got).version)),
      [2, 2, 1],
    );
    version = 3;
    await cache.invalidateEntity("user", 1);
    assert.deepEqual(
      await Promise.all([user(1), report(1), team(1)].map(async (got) => (await got).version)),
      [3, 3, 1],
    );
    await cache.close();
  });
}
