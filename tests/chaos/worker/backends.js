// What a worker's cache stands on, by the description that a scenario gives.
import { Cluster, Redis } from "ioredis";
import { createClient } from "redis";
import { MemoryBackend } from "../../../js/entries/node.js";
import { slowBackend, slowNamespace } from "../../helpers/slow-backends.js";
import { withoutLog } from "./without-log.js";

/** @param {number} port @param {object} [options] */
const ioredis = (port, options) =>
  new Redis(port, "127.0.0.1", { retryStrategy: () => 10, maxRetriesPerRequest: 1, ...options });

/** @type {Record<string, (place: any, pause: (ms: number) => Promise<unknown>, upTo: (n: number) => number) => Promise<any>>} */
const KINDS = {
  async ioredis({ port, retries = 1 }) {
    const client = ioredis(port, { maxRetriesPerRequest: retries });
    client.on("error", () => {});
    return client;
  },
  async "without-log"({ port }) {
    const client = ioredis(port);
    client.on("error", () => {});
    return withoutLog(client);
  },
  async "node-redis"({ port }) {
    const client = createClient({ socket: { host: "127.0.0.1", port, reconnectStrategy: () => 10 } });
    client.on("error", () => {});
    await client.connect();
    return client;
  },
  async cluster({ nodes, natMap }) {
    const client = new Cluster(nodes, {
      natMap,
      clusterRetryStrategy: () => 20,
      slotsRefreshTimeout: 500,
      slotsRefreshInterval: 300,
    });
    client.on("error", () => {});
    return client;
  },
  async sentinel({ sentinels }) {
    const client = new Redis({
      sentinels,
      name: "main",
      retryStrategy: () => 20,
      sentinelRetryStrategy: () => 20,
      maxRetriesPerRequest: 1,
    });
    client.on("error", () => {});
    return client;
  },
  /** A backend of one's own with the eight methods, over a Redis. */
  async "own-on-redis"({ port }) {
    const client = ioredis(port);
    client.on("error", () => {});
    const backend = {
      get: (/** @type {string} */ key) => client.get(key),
      set: (/** @type {string} */ key, /** @type {string} */ value) => client.set(key, value),
      setex: (/** @type {string} */ key, /** @type {number} */ seconds, /** @type {string} */ value) =>
        client.setex(key, seconds, value),
      delete: (/** @type {string[]} */ ...keys) => client.del(...keys),
      keys: (/** @type {string} */ pattern) => client.keys(pattern),
      sadd: (/** @type {string} */ key, /** @type {string[]} */ ...members) => client.sadd(key, ...members),
      smembers: (/** @type {string} */ key) => client.smembers(key),
      expire: (/** @type {string} */ key, /** @type {number} */ seconds) => client.expire(key, seconds),
    };
    return backend;
  },
  async memory({ maxEntries }) {
    return new MemoryBackend({ maxEntries });
  },
  async own({ slowest, canReap, slowSets }, pause, upTo) {
    const isSlow = (/** @type {string} */ name) => slowSets && /^set/.test(name) && upTo(4) === 0;
    return slowBackend(canReap, (name) => pause(isSlow(name) ? 60 + upTo(200) : upTo(slowest)));
  },
  async kv({ slowest }, pause, upTo) {
    return slowNamespace(() => pause(upTo(slowest)));
  },
};

/** @param {any} place @param {(ms: number) => Promise<unknown>} pause @param {(n: number) => number} upTo */
export const connect = (place, pause, upTo) => KINDS[place.kind](place, pause, upTo);
