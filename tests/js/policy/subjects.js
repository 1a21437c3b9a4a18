// The kinds of store that the policy holds for, and how time passes on each.
import { MemoryBackend } from "../../../js/entries/node.js";
import { manualClock } from "../../../js/entries/testing.js";
import { makeCache } from "../../helpers/cache.js";
import { expiringBackend } from "../../helpers/map-backend.js";
import { useRedis } from "../../helpers/use-redis.js";

/**
 * @typedef {object} Opened
 * @property {ReturnType<typeof makeCache>} cache
 * @property {string} prefix what its keys begin with
 * @property {(ms: number) => unknown} advance lets time pass for its entries
 */

const { client } = await useRedis();
let caches = 0;

/** @param {"copy" | "shared"} values @param {object} options */
function inMemory(values, options) {
  const clock = manualClock();
  return {
    cache: makeCache(new MemoryBackend({ values }), { clock, ...options }),
    prefix: "app:",
    advance: clock.advance,
  };
}

/** @type {Record<string, (options: object) => Opened>} */
export const SUBJECTS = {
  "memory, copies": (options) => inMemory("copy", options),
  "memory, shared values": (options) => inMemory("shared", options),
  "a backend of one's own": (options) => {
    const clock = manualClock();
    return { cache: makeCache(expiringBackend(clock), { clock, ...options }), prefix: "app:", advance: clock.advance };
  },
  Redis: (options) => {
    const prefix = `policy-${++caches}:`;
    const clock = manualClock();
    const advance = (/** @type {number} */ ms) => {
      clock.advance(ms);
      return age(prefix, ms);
    };
    return { cache: makeCache(client, { prefix, clock, ...options }), prefix, advance };
  },
};

/**
 * The server has a clock of its own, so its entries get less time instead.
 * @param {string} prefix
 * @param {number} ms
 */
async function age(prefix, ms) {
  for (const key of await client.keys(`${prefix}c:*`)) {
    const left = await client.pttl(key);
    // A time of 0 or less deletes the entry.
    if (left >= 0) await client.pexpire(key, left - ms);
  }
}
