// Backends whose log is in the process, under a random load: no call reads what was invalidated before it began.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { makeCache } from "../../helpers/cache.js";
import { numbersOf } from "../../helpers/random.js";
import { slowBackend, slowNamespace } from "../../helpers/slow-backends.js";

const IDS = 4;
const ACTORS = 12;
const OPERATIONS = 2500;

/** Some turns of the event loop. @param {number} count */
async function turns(count) {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

/** @typedef {(upTo: (n: number) => number) => any} Make */
/** @type {Record<string, { make: Make, options?: object, slowMs?: number }>} */
const BACKENDS = {
  "eight methods": { make: (upTo) => slowBackend(false, () => turns(upTo(6))) },
  "eight methods, srem, exists and srandmember": { make: (upTo) => slowBackend(true, () => turns(upTo(6))) },
  "eight methods, writes that outlast operationTimeout": {
    make: (upTo) =>
      slowBackend(false, (name) => (/^set/.test(name) && upTo(16) === 0 ? pause(30 + upTo(40)) : turns(upTo(3)))),
    options: { operationTimeout: 25, breaker: { failures: 1_000_000, cooldown: 1 } },
  },
  "Workers KV": { make: (upTo) => slowNamespace(() => turns(upTo(6))) },
  "Workers KV, operations that outlast operationTimeout": {
    make: (upTo) => slowNamespace(() => (upTo(64) === 0 ? pause(30 + upTo(40)) : turns(upTo(3)))),
    options: { operationTimeout: 25, breaker: { failures: 1_000_000, cooldown: 1 } },
  },
};

for (const [name, { make, options }] of Object.entries(BACKENDS)) {
  test(`${name}: nothing old is read`, { timeout: 300_000 }, async (t) => {
    const seed = Number(process.env.CACHEREF_SEED ?? Math.floor(Math.random() * 2 ** 32));
    t.diagnostic(`CACHEREF_SEED=${seed}`);
    const upTo = numbersOf(seed);
    const backend = make(upTo);
    const versions = Array(IDS).fill(1);
    /** The versions whose invalidation has resolved. */
    const floors = Array(IDS).fill(1);
    const caches = [0, 1].map(() => makeCache(backend, { ttl: 1000, ...options }));
    const row = (/** @type {number} */ id) => ({ id, version: versions[id] });
    const functions = caches.map((cache) => ({
      one: cache("user", { keyPrefix: "one" })(async (id) => {
        const read = row(id);
        await turns(upTo(4));
        return read;
      }),
      pair: cache("user", { keyPrefix: "pair" })(async (id) => {
        const read = [row(id), row((id + 1) % IDS)];
        await turns(upTo(4));
        return read;
      }),
    }));
    let hits = 0;
    for (const cache of caches) cache.on("hit", () => (hits += 1));
    /** @type {string[]} */
    const old = [];
    let left = OPERATIONS;
    const read = async (/** @type {"one" | "pair"} */ how, /** @type {number} */ id, /** @type {number} */ which) => {
      const least = [...floors];
      for (const got of [await functions[which][how](id)].flat())
        if (got.version < least[got.id]) old.push(`${how}(${id}): ${got.id} is ${got.version}, not ${least[got.id]}`);
    };
    const invalidations = [
      (/** @type {any} */ cache, /** @type {number} */ id) => cache.invalidateEntity("user", id),
      (/** @type {any} */ cache) => Promise.all(["one", "pair"].map((name) => cache.invalidateFunction(name))),
      (/** @type {any} */ cache) => cache.invalidateAll(),
    ];
    const act = async () => {
      // On a busy machine more operations outlast the time-out: there are more of them then.
      while (left-- > 0 || hits <= OPERATIONS / 50) {
        const [id, which, kind] = [upTo(IDS), upTo(2), upTo(8)];
        if (kind > 1) {
          await read(kind > 4 ? "one" : "pair", id, which);
          continue;
        }
        const version = ++versions[id];
        await invalidations[[0, 0, 0, 0, 0, 0, 1, 2][upTo(8)]](caches[which], id);
        // What waits is invalidated before the next read of this cache; the other one does not know of it.
        if (caches.every((cache) => cache.stats().pending === 0)) floors[id] = Math.max(floors[id], version);
      }
    };
    await Promise.all(Array.from({ length: ACTORS }, act));
    assert.deepEqual(old, [], `CACHEREF_SEED=${seed}`);
    t.diagnostic(`${hits} hits, ${versions.reduce((sum, version) => sum + version, 0)} writes`);
  });
}
