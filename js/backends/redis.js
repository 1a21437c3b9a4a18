// @ts-check
/**
 * `RedisBackend`: Redis' commands as methods over a Redis-like client, and the store of a cache over the same client.
 *
 * It works with ioredis, iovalkey, node-redis 4 and later, @upstash/redis, their Cluster, Sentinel and pool forms, and
 * any object with the required methods. The client stays the user's: it is neither connected nor closed here.
 */
import { isError } from "../boundary/realms.js";
import { connectClient } from "../remote/connections/client.js";
import { MethodConnection } from "../remote/connections/methods.js";
import { RemoteBackend } from "./remote.js";

/** @type {("get" | "set" | "setex" | "delete" | "keys" | "sadd" | "srem" | "smembers" | "expire")[]} */
const CHAINABLE = ["get", "set", "setex", "delete", "keys", "sadd", "srem", "smembers", "expire"];

export class RedisBackend extends RemoteBackend {
  /** @param {object} client */
  constructor(client) {
    super(connectClient(client) ?? new MethodConnection(client));
  }

  /**
   * @param {string} key
   * @param {string | Uint8Array} value
   * @param {number} [expire] seconds; none: no expiry
   */
  set(key, value, expire) {
    return this.connection.request([
      "set",
      [key],
      expire === undefined ? [value] : [value, "px", Math.ceil(expire * 1000)],
    ]);
  }

  /**
   * @param {string} key
   * @param {number} seconds
   * @param {string | Uint8Array} value
   */
  setex(key, seconds, value) {
    return this.set(key, value, seconds);
  }

  /** @param {string[]} keys @returns {Promise<number>} how many there were */
  async delete(...keys) {
    const counts = await this.connection.send(keys.map((key) => ["unlink", [key]]));
    return counts.reduce((sum, count) => sum + throwError(count), 0);
  }

  /** @param {string} key @param {string[]} members */
  sadd(key, ...members) {
    return this.connection.request(["sadd", [key], members]);
  }

  /** @param {string} key @param {string[]} members */
  srem(key, ...members) {
    return this.connection.request(["srem", [key], members]);
  }

  /** @param {string} key @returns {Promise<string[]>} */
  async smembers(key) {
    return [...(await this.connection.request(["smembers", [key]]))];
  }

  /** @param {string} key @param {number} seconds */
  expire(key, seconds) {
    return this.connection.request(["pexpire", [key], [Math.ceil(seconds * 1000)]]);
  }

  /** The same methods, chained; `execute()` sends them all at once and answers with their replies in order. */
  pipeline() {
    /** @type {(() => Promise<unknown>)[]} */
    const calls = [];
    /** @type {Record<string, (...args: any[]) => any>} */
    const chain = { execute: () => Promise.all(calls.splice(0).map((call) => call())) };
    for (const method of CHAINABLE) {
      chain[method] = (...args) => {
        calls.push(() => /** @type {any} */ (this)[method](...args));
        return chain;
      };
    }
    return chain;
  }
}

/** @template T @param {T | Error} reply @returns {T} */
function throwError(reply) {
  if (isError(reply)) throw reply;
  return reply;
}
