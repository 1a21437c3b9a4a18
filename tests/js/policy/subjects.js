// The kinds of store that the policy holds for, and how time passes on each.
import { after } from "node:test";
import { MemoryBackend, WorkersKVBackend } from "../../../js/entries/node.js";
import { manualClock } from "../../../js/entries/testing.js";
import { makeCache, recorder } from "../../helpers/cache.js";
import { expiringBackend } from "../../helpers/map-backend.js";
import { serving } from "../../helpers/near.js";
import { connectTo } from "../../helpers/protocol.js";
import { slowNamespace } from "../../helpers/slow-backends.js";
import { useRedis } from "../../helpers/use-redis.js";

/**
 * @typedef {object} Opened
 * @property {ReturnType<typeof makeCache>} cache
 * @property {string} prefix what its keys begin with
 * @property {(ms: number) => unknown} advance lets time pass for its entries
 */

const { server, client } = await useRedis();
// A user of the server that may run no scripts.
await client.call("acl", "setuser", "plain", "on", ">secret", "~*", "&*", "+@all", "-eval", "-evalsha", "-script");
const plainClient = connectTo(server.port, { username: "plain", password: "secret" });
after(() => plainClient.disconnect());
let caches = 0;

/** A machine with much to do takes its time. */
const PATIENCE = 20_000;
/** Log lines about what a store can do, which come once and say nothing of calls. */
const ABOUT_THE_STORE = /runs no scripts|keeps no streams|eventually consistent|near cache/;

/**
 * A cache whose lines are about calls.
 * @param {any} backend
 * @param {object} options
 */
function makeQuietCache(backend, options) {
  const { lines, logger } = recorder();
  const warn = (/** @type {string} */ message) => ABOUT_THE_STORE.test(message) || logger.warn(message);
  const info = (/** @type {string} */ message) => ABOUT_THE_STORE.test(message) || logger.info(message);
  const all = { operationTimeout: PATIENCE, ...options, logger: { ...logger, warn, info } };
  return Object.assign(makeCache(backend, all), { lines });
}

/** @param {"copy" | "shared"} values @param {object} options */
function inMemory(values, options) {
  const clock = manualClock();
  return {
    cache: makeCache(new MemoryBackend({ values }), { clock, ...options }),
    prefix: "app:",
    advance: clock.advance,
  };
}

/** @param {import("ioredis").Redis} client @param {object} options */
function onRedis(client, options) {
  const prefix = `policy-${++caches}:`;
  const clock = manualClock();
  const advance = (/** @type {number} */ ms) => {
    clock.advance(ms);
    return age(prefix, ms);
  };
  return { cache: makeQuietCache(client, { prefix, clock, ...options }), prefix, advance };
}

/** @param {object} options */
function onKV(options) {
  /** @type {Map<string, { value: any, metadata: any }>} */
  const entries = new Map();
  const clock = manualClock();
  const advance = (/** @type {number} */ ms) => {
    clock.advance(ms);
    // What is on KV ends by the clock of the Worker, so it gets less time instead.
    for (const { metadata } of entries.values()) if (metadata?.until !== undefined) metadata.until -= ms;
  };
  const backend = new WorkersKVBackend(slowNamespace(async () => {}, entries));
  return { cache: makeQuietCache(backend, { clock, ...options }), prefix: "app:", advance };
}

/** @type {Record<string, (options: object) => Opened | Promise<Opened>>} */
export const SUBJECTS = {
  "memory, copies": (options) => inMemory("copy", options),
  "memory, shared values": (options) => inMemory("shared", options),
  "a backend of one's own": (options) => {
    const clock = manualClock();
    return {
      cache: makeQuietCache(expiringBackend(clock), { clock, ...options }),
      prefix: "app:",
      advance: clock.advance,
    };
  },
  "Workers KV": onKV,
  Redis: (options) => onRedis(client, options),
  "Redis without scripts": async (options) => {
    const opened = onRedis(plainClient, options);
    // The first call finds out that the server refuses scripts.
    await opened.cache({ keyPrefix: "warm" })(async () => 1)();
    return opened;
  },
  "Redis with a near cache": async (options) => {
    const opened = onRedis(client, { near: true, ...options });
    await serving(opened.cache);
    return opened;
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
