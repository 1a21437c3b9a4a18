// The oracle as a worker sees it: a Redis of its own, which no scenario disturbs. It knows the version of each row, and
// for each function and row the *floor*: the version whose invalidation has resolved. A call that begins after that may
// return nothing lower.
import { Redis } from "ioredis";

/** Set while a scenario's documented limit excuses old reads (see `excuse` of ../run-scenario.js). */
export const EXCUSE = "excuse";

/** Raises floors, and remembers when: behind each floor stands a hash of its versions and their times in milliseconds. */
const RAISE = `
for _, key in ipairs(KEYS) do
  if tonumber(ARGV[1]) > tonumber(redis.call('GET', key) or 0) then
    redis.call('SET', key, ARGV[1])
    redis.call('HSETNX', key .. ':times', ARGV[1], ARGV[2])
  end
end`;

export class Rows {
  #redis;
  /** Floors that this process knows alone: its own invalidations that have resolved and still wait for the server. */
  #own = new Map();

  /** @param {number} port */
  constructor(port) {
    this.#redis = new Redis(port, "127.0.0.1", { enableAutoPipelining: true });
  }

  /** The versions that rows have now. @param {(string | number)[]} ids */
  async versions(ids) {
    const versions = await this.#redis.mget(ids.map((id) => `version:${id}`));
    return versions.map((version) => Number(version ?? 0));
  }

  /** Changes a row. @param {string | number} id @returns {Promise<number>} its new version */
  bump(id) {
    return this.#redis.incr(`version:${id}`);
  }

  /**
   * What a call that begins now may not fall below, for each row.
   * @param {string} kind `"hard"`, or `"soft"`: what only a call that is served as stale may fall below
   * @param {string} name of the function
   * @param {(string | number)[]} ids
   */
  async floors(kind, name, ids) {
    const keys = ids.map((id) => `${kind}:${name}:${id}`);
    const floors = await this.#redis.mget(keys);
    return floors.map((floor, i) => Math.max(Number(floor ?? 0), this.#own.get(keys[i]) ?? 0));
  }

  /**
   * For how long a version had been invalidated at a time: the first invalidation of a newer one counts.
   * @param {string} name of the function @param {string | number} id @param {number} version @param {number} time
   */
  async staleFor(name, id, version, time) {
    const found = await Promise.all(["hard", "soft"].map((kind) => this.#redis.hgetall(`${kind}:${name}:${id}:times`)));
    const times = found.flatMap((times) => Object.entries(times).filter(([newer]) => Number(newer) > version));
    return time - Math.min(time, ...times.map(([, raised]) => Number(raised)));
  }

  /** Whether a documented limit excuses an old read now. */
  async isExcused() {
    return (await this.#redis.exists(EXCUSE)) === 1;
  }

  /**
   * The invalidation of a row has resolved, and this process reads nothing older from now on.
   * @param {string} kind @param {string[]} names @param {string | number} id @param {number} version
   */
  raiseHere(kind, names, id, version) {
    for (const name of names) {
      const key = `${kind}:${name}:${id}`;
      this.#own.set(key, Math.max(version, this.#own.get(key) ?? 0));
    }
  }

  /**
   * And so does no other.
   * @param {string} kind @param {string[]} names @param {string | number} id @param {number} version
   * @param {number} time when the invalidation resolved: all processes have one clock
   */
  async raise(kind, names, id, version, time) {
    if (names.length === 0) return;
    await this.#redis.eval(RAISE, names.length, ...names.map((name) => `${kind}:${name}:${id}`), version, time);
  }

  close() {
    this.#redis.disconnect();
  }
}
