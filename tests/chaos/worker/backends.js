// What a worker's cache stands on, by the description that a scenario gives.
import { Cluster, Redis } from "ioredis";
import { createClient } from "redis";
import { MemoryBackend } from "../../../js/entries/node.js";
import { readGlob } from "../../../js/remote/connections/glob.js";
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
  /** The specification's eight methods over a Redis. */
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
    return ownBackend(canReap, (name) => pause(isSlow(name) ? 60 + upTo(200) : upTo(slowest)));
  },
  async kv({ slowest }, pause, upTo) {
    return namespace(() => pause(upTo(slowest)));
  },
};

/** @param {any} place @param {(ms: number) => Promise<unknown>} pause @param {(n: number) => number} upTo */
export const connect = (place, pause, upTo) => KINDS[place.kind](place, pause, upTo);

/**
 * A backend in a Map, each of whose commands takes a while to arrive and a while to answer.
 * @param {boolean} canReap whether it has the optional methods by which dead members are taken out
 * @param {(command: string) => Promise<unknown>} way
 */
function ownBackend(canReap, way) {
  const values = new Map();
  const sets = new Map();
  const membersOf = (/** @type {string} */ key) => sets.get(key) ?? new Set();
  /** @type {Record<string, (...args: any[]) => any>} */
  const commands = {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => void values.set(key, value),
    setex: (key, _seconds, value) => void values.set(key, value),
    delete: (...keys) => keys.filter((key) => values.delete(key) || sets.delete(key)).length,
    keys: (pattern) => [...values.keys(), ...sets.keys()].filter(readGlob(pattern).matches),
    sadd: (key, ...members) => void sets.set(key, new Set([...membersOf(key), ...members])),
    smembers: (key) => [...membersOf(key)],
    expire: () => 1,
  };
  if (canReap) {
    commands.srem = (key, ...members) => members.filter((member) => membersOf(key).delete(member)).length;
    commands.exists = (...keys) => keys.filter((key) => values.has(key)).length;
    commands.srandmember = (key, count) => [...membersOf(key)].slice(0, count);
  }
  return Object.fromEntries(
    Object.entries(commands).map(([name, act]) => [
      name,
      async (/** @type {any[]} */ ...args) => {
        await way(name);
        const answer = act(...args);
        await way("");
        return answer;
      },
    ]),
  );
}

/** A KV namespace in one isolate: what is written is seen at once, and each call takes a while. @param {() => Promise<unknown>} way */
function namespace(way) {
  /** @type {Map<string, { value: any, metadata: any }>} */
  const entries = new Map();
  const onTheWay = async (/** @type {() => any} */ act) => {
    await way();
    const answer = act();
    await way();
    return answer;
  };
  const read = (/** @type {string} */ key) => entries.get(key) ?? { value: null, metadata: null };
  return {
    get: (/** @type {string} */ key) => onTheWay(() => read(key).value),
    getWithMetadata: (/** @type {string} */ key) => onTheWay(() => read(key)),
    put: (/** @type {string} */ key, /** @type {any} */ value, /** @type {any} */ options) =>
      onTheWay(() => void entries.set(key, { value, metadata: options?.metadata ?? null })),
    delete: (/** @type {string} */ key) => onTheWay(() => void entries.delete(key)),
    list: ({ prefix = "", limit = 1000, cursor = "" } = {}) =>
      onTheWay(() => {
        const names = [...entries.keys()].filter((key) => key.startsWith(prefix) && key > cursor).sort();
        const page = names.slice(0, limit);
        return {
          keys: page.map((name) => ({ name, metadata: read(name).metadata })),
          list_complete: page.length === names.length,
          cursor: page.at(-1),
        };
      }),
  };
}
