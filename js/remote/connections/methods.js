// @ts-check
/**
 * Commands over an object that has the required methods (`get`, `set`, `setex`, `delete`, `keys`, `sadd`, `smembers`,
 * `expire`). Optional methods are used where they exist. Names as node-redis spells them (`sAdd`) work too.
 */

import { ConfigError, describe } from "../../messages/errors.js";
import { Connection } from "./connection.js";
import { readGlob } from "./glob.js";
import { listIn, textOf } from "./reply.js";

/** The required methods, each with its possible names. @type {Record<string, string[]>} */
const REQUIRED = {
  get: ["get"],
  set: ["set"],
  setex: ["setex", "setEx"],
  delete: ["delete", "del"],
  keys: ["keys"],
  sadd: ["sadd", "sAdd"],
  smembers: ["smembers", "sMembers"],
  expire: ["expire"],
};

/** The optional methods, each with its possible names. @type {Record<string, string[]>} */
const OPTIONAL = {
  srem: ["srem", "sRem"],
  sismember: ["sismember", "sIsMember"],
  unlink: ["unlink"],
  exists: ["exists"],
  ttl: ["ttl"],
  pttl: ["pttl", "pTTL"],
  srandmember: ["srandmember", "sRandMember"],
};

/** The expiry of an index where its current one cannot be read: any shorter one might shorten that. */
const FOR_GOOD_S = 100 * 365 * 86_400;

/** Milliseconds as the whole seconds that `setex` and `expire` take. @param {any} ms */
const seconds = (ms) => Math.max(1, Math.ceil(Number(ms) / 1000));

export class MethodConnection extends Connection {
  /** @type {Record<string, ((...args: any[]) => any) | undefined>} */
  #call = {};

  /** @param {any} object */
  constructor(object) {
    super(object);
    for (const [method, names] of Object.entries({ ...REQUIRED, ...OPTIONAL })) {
      const name = names.find((candidate) => typeof object?.[candidate] === "function");
      if (name !== undefined) this.#call[method] = (...args) => object[name](...args);
    }
    const missing = Object.keys(REQUIRED).filter((method) => this.#call[method] === undefined);
    if (missing.length > 0) {
      throw new ConfigError(
        "ERR_CACHEREF_BACKEND",
        `a backend must be a Redis-like client, a KV namespace, or an object with the methods ${Object.keys(REQUIRED).join(", ")}; ` +
          `${describe(object)} lacks ${missing.join(", ")}`,
      );
    }
    const canReap = ["srem", "exists", "srandmember"].every((method) => this.#call[method] !== undefined);
    const canRemove = this.#call.srem !== undefined;
    this.can = { scripts: false, log: false, bytes: false, sets: true, reap: canReap, remove: canRemove };
  }

  /**
   * A backend may know no more of patterns than an asterisk at the end, so it is asked for nothing else.
   * @type {Connection["scan"]}
   */
  async *scan(pattern) {
    const { literal, matches } = readGlob(pattern);
    const [start] = /^[^*?[\]\\]*/.exec(literal) ?? [""];
    yield listIn(await this.#call.keys?.(`${start}*`), "keys")
      .map(textOf)
      .filter(matches);
  }

  /** @type {Connection["request"]} */
  async request([name, keys, args = []]) {
    const call = /** @type {Record<string, (...args: any[]) => any>} */ (this.#call);
    switch (name) {
      case "get-timed":
        return this.getTimed(keys[0], false);
      case "set": // with `px`, or without expiry
        return args.length > 1 ? call.setex(keys[0], seconds(args[2]), args[0]) : call.set(keys[0], args[0]);
      case "unlink": {
        const removed = await (call.unlink ?? call.delete)(...keys);
        // A method that returns nothing has succeeded.
        return removed ?? keys.length;
      }
      case "pexpire":
        return call.expire(keys[0], call.pttl || call.ttl ? seconds(args[0]) : FOR_GOOD_S);
      case "pttl": {
        if (call.pttl) return call.pttl(keys[0]);
        const left = Number(await call.ttl?.(keys[0]));
        return left > 0 ? left * 1000 : left === -1 ? -1 : -2;
      }
      case "sscan":
        return ["0", listIn(await call.smembers(keys[0]), "smembers").map(textOf)];
      case "sismember":
        if (call.sismember) return Number(await call.sismember(keys[0], args[0]));
        return Number(
          listIn(await call.smembers(keys[0]), "smembers")
            .map(textOf)
            .includes(String(args[0])),
        );
      default:
        return call[/** @type {string} */ (name)](...keys, ...args);
    }
  }
}
