// Synchronous functions are counted, reported and logged as asynchronous ones are: each case runs as both.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp } from "../../helpers/cache.js";
import { checkCounters, watch } from "./policy.js";

/**
 * @typedef {object} Setting
 * @property {any} cache
 * @property {(...args: any[]) => Promise<unknown>} get the cached function, whose outcome is awaited in both forms
 * @property {any} wrapped
 * @property {(ms: number) => unknown} advance
 */

/**
 * @typedef {object} Case
 * @property {object} [options] of the function
 * @property {object} [backendOptions]
 * @property {() => (...args: any[]) => any} [load] makes the function; by default it returns a user by id
 * @property {(setting: Setting) => Promise<unknown>} act
 */

const user = (/** @type {any} */ id) => ({ id, name: "Ada" });

function failing() {
  let runs = 0;
  return (/** @type {any} */ id) => {
    if (runs++ > 0) throw new Error("down");
    return user(id);
  };
}

/** @type {Record<string, Case>} */
const CASES = {
  "a miss and hits": { act: async ({ get }) => [await get(1), await get(1), await get(1), await get(2)] },
  "an error": {
    load: () => () => {
      throw new Error("down");
    },
    act: async ({ get }) => [await get(1), await get(1)],
  },
  null: { load: () => () => null, act: async ({ get }) => [await get(1), await get(1)] },
  "a null of short life": {
    load: () => () => null,
    options: { nullTtl: 1 },
    act: async ({ get, advance }) => [await get(1), advance(1000), await get(1)],
  },
  "a ttl of 0": { options: { ttl: 0 }, act: async ({ get }) => [await get(1), await get(1)] },
  "a ttl function that throws": {
    options: {
      ttl: () => {
        throw new Error("no");
      },
    },
    act: async ({ get }) => [await get(1), await get(1)],
  },
  "the end of the ttl": {
    act: async ({ get, advance }) => [await get(1), advance(59_999), await get(1), advance(1), await get(1)],
  },
  "an argument that is no key": { act: async ({ get }) => [await get(Number), await get(Number)] },
  "a key option that throws": {
    options: {
      key: () => {
        throw new Error("no");
      },
    },
    act: async ({ get }) => [await get(1), await get(1)],
  },
  "the option skip": { options: { skip: (id) => id === 1 }, act: async ({ get }) => [await get(1), await get(2)] },
  "a skip that throws": {
    options: {
      skip: () => {
        throw new Error("no");
      },
    },
    act: async ({ get }) => [await get(1)],
  },
  "an invalidated entity": {
    act: async ({ get, cache }) => [await get(1), await cache.invalidateEntity("user", 1), await get(1), await get(1)],
  },
  "an invalidated call": {
    act: async ({ get, wrapped }) => [await get(1), await wrapped.invalidate(1), await wrapped.invalidate(1)],
  },
  "an invalidated function": {
    act: async ({ get, wrapped }) => [await get(1), await get(2), await wrapped.invalidateAll(), await get(1)],
  },
  "invalidated lists": {
    load: () => () => [],
    act: async ({ get, cache }) => [await get(1), await cache.invalidateLists("user"), await get(1)],
  },
  "a soft invalidation": {
    act: async ({ get, cache }) => [
      await get(1),
      await cache.invalidateEntity("user", 1, { soft: true }),
      await get(1),
      await get(1),
    ],
  },
  "peek and refresh": {
    act: async ({ get, wrapped }) => [
      await wrapped.peek(1),
      await get(1),
      await wrapped.peek(1),
      await wrapped.refresh(1),
      await get(1),
    ],
  },
  "an error within staleIfError": {
    load: failing,
    options: { ttl: 10, staleIfError: 60 },
    act: async ({ get, advance }) => [
      await get(1),
      advance(20_000),
      await get(1),
      await get(1),
      advance(2000),
      await get(1),
      advance(60_000),
      await get(1),
    ],
  },
  "results without an id": {
    load: () => () => ({ name: "Ada" }),
    act: async ({ get }) => [await get(1), await get(2)],
  },
  "results without an id that need one": {
    load: () => () => ({ name: "Ada" }),
    options: { requireIds: true },
    act: async ({ get }) => [await get(1), await get(1)],
  },
  "an extractor that throws": {
    options: {
      extractEntityIds: () => {
        throw new Error("no");
      },
    },
    act: async ({ get }) => [await get(1), await get(1)],
  },
  "a result that is too large": {
    load: () => () => ({ id: 1, text: "x".repeat(5000) }),
    backendOptions: { maxBytes: 2000 },
    act: async ({ get }) => [await get(1), await get(1)],
  },
  evictions: {
    backendOptions: { maxEntries: 2 },
    act: async ({ get }) => [await get(1), await get(2), await get(3), await get(1)],
  },
};

for (const values of ["shared", "frozen"]) {
  for (const [name, { options, backendOptions, load: make = () => user, act }] of Object.entries(CASES)) {
    test(`both forms report alike: ${name} (${values})`, async () => {
      const seen = [];
      for (const isSync of [false, true]) {
        const { cache, clock, lines } = setUp({}, { values, ...backendOptions });
        const load = make();
        let runs = 0;
        const fn = (/** @type {any[]} */ ...args) => {
          runs += 1;
          return load(...args);
        };
        const complete = { keyPrefix: "get", ttl: 60, ...options };
        const wrapped = isSync ? cache.sync("user", complete)(fn) : cache("user", complete)(fn);
        const events = watch(cache, "app:");
        const get = async (/** @type {any[]} */ ...args) => {
          try {
            return await wrapped(...args);
          } catch (error) {
            return error.message;
          }
        };
        const result = await act({ cache, get, wrapped, advance: clock.advance });
        checkCounters(cache.stats(), events);
        seen.push({ result, runs, events, lines, stats: cache.stats() });
      }
      assert.deepEqual(seen[1], seen[0]);
      assert.ok(seen[0].events.length > 0);
    });
  }
}
