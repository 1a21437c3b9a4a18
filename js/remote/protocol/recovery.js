// @ts-check
/**
 * Recovers when the server has lost data: drops everything under the prefix, and gives the log a new identity, by which other
 * processes know that somebody has recovered.
 */
import { EVERYTHING } from "./concerns.js";

/** @typedef {import("./plain.js").PlainProtocol} PlainProtocol */

export class Recovery {
  #log;
  #protocol;
  #later;
  /** @type {Promise<number> | undefined} */
  #current;
  /** The recovery that begins when that has ended. @type {Promise<number> | undefined} */
  #next;

  /**
   * @param {import("./stream-log.js").StreamLog} log
   * @param {() => PlainProtocol} protocol the one in use
   * @param {(work: Promise<unknown>) => void} later looks after work that no call waits for
   */
  constructor(log, protocol, later) {
    this.#log = log;
    this.#protocol = protocol;
    this.#later = later;
  }

  /** Callers at the same time share a recovery. @returns {Promise<number>} how many cached calls it has dropped */
  run() {
    if (this.#hasWitnesses) return this.#afterCurrent();
    this.#current ??= this.dropEverything().finally(() => {
      this.#current = undefined;
    });
    return this.#current;
  }

  /**
   * Drops everything, which is also how the first process that finds data lost recovers from it.
   * @returns {Promise<number>}
   */
  async dropEverything() {
    const log = this.#log;
    if (log.isLost && this.#hasWitnesses) return this.run();
    let sum = 0;
    for (;;) {
      const { age } = log;
      sum += await this.#protocol().invalidate([EVERYTHING]);
      if (!log.isLost) return sum;
      if (this.#hasWitnesses) return sum + (await this.run());
      if (log.age === age) await log.renew(age);
      // Once more, if the log was lost meanwhile.
      if (!log.isLost) return sum;
    }
  }

  get #hasWitnesses() {
    return this.#protocol().setting.witnesses !== undefined;
  }

  /**
   * In a Cluster of several slots an invalidation waits for one recovery that has begun after it found the loss, however
   * many there are.
   */
  #afterCurrent() {
    const begin = () => {
      this.#current = this.#next;
      this.#next = undefined;
      return this.#recoverSlots();
    };
    this.#next ??= Promise.resolve(this.#current).then(begin, begin);
    return this.#next;
  }

  /** The log says when it begins and when it ends: a process may die in between, and others go on. */
  async #recoverSlots() {
    const log = this.#log;
    const identity = await log.beginRecovery();
    const { age } = log;
    const dropped = await this.#protocol().invalidate([EVERYTHING]);
    await log.endRecovery(age, identity);
    // Lost again meanwhile: nobody else may wait for that.
    if (log.isLost) this.#later(this.run());
    return dropped;
  }
}
