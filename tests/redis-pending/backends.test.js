// Backends whose log is in the process: own ones (G2, G19, G21) and Workers KV in one isolate (G20).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EntityCache } from "../../js/entries/node.js";
import { backendSuite } from "../../js/entries/testing.js";
import { makeCache } from "../helpers/cache.js";
import { gate } from "../helpers/functions.js";
import { mapBackend } from "../helpers/map-backend.js";

test("an own backend with srem, exists and srandmember: no value stands without its index, 1,000 times", async () => {
  let old = 0;
  for (let i = 0; i < 1000; i++) {
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
    const [a, b] = ["a", "b"].map((keyPrefix) => cache("user", { keyPrefix })(async () => ({ id: 1, version })));
    await a();
    await b();
    await cache.invalidateEntity("user", 1);
    await a();
    await b();
    version = 2;
    await cache.invalidateEntity("user", 1);
    if ((await b()).version < version) old += 1;
  }
  assert.equal(old, 0);
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

/** The class in README, word for word. */
function readmeBackend() {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [source] = /class MyBackend \{[\s\S]*?\n\}/.exec(readme) ?? [];
  assert.ok(source, "README has the class");
  return new Function(`${source}; return MyBackend;`)();
}

test("README's own backend, word for word: invalidateAll leaves nothing", async () => {
  const MyBackend = readmeBackend();
  const cache = makeCache(new MyBackend());
  let version = 1;
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version }));
  await get(1);
  version = 2;
  assert.equal(await cache.invalidateAll(), 1);
  assert.deepEqual(await get(1), { id: 1, version: 2 });
  await cache.close();
});

const MyBackend = readmeBackend();
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
  test(`README's own backend, word for word: ${name}`, run);
}
