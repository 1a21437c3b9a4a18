// @ts-check
/**
 * Locks of keys, for backends whose log is in this process: one key, one writer.
 *
 * A lock is held until the backend itself has answered all that was sent under it, even when the time limit of that has
 * passed: until then an operation may still take effect. A holder is *overdue* when somebody has waited for it in vain. A key
 * is *late* while what an overdue operation may still write is old: nobody reads it.
 */
import { within } from "../../functions/within.js";

/** @typedef {import("../connections/connection.js").Port} Port */
/** @typedef {import("../connections/connection.js").Command} Command */

/** A lock that is held. */
export class Hold {
  #free;
  #underWay = 1;
  /** Since when it is overdue: somebody has waited in vain for it. @type {number | undefined} */
  overdueSince = undefined;
  /** The indexes that list what a store writes. @type {string[]} */
  indexes = [];

  /**
   * @param {boolean} isStore whether a store holds it
   * @param {(hold: Hold) => void} free called when it is released and nothing is under way any more
   */
  constructor(isStore, free) {
    this.isStore = isStore;
    this.#free = free;
    /** @type {() => void} */
    let resolve = () => {};
    /** Resolves when the key is free. @type {Promise<void>} */
    this.freed = new Promise((settle) => {
      resolve = settle;
    });
    /** Lets those go on who wait for the key. @readonly */
    this.wake = resolve;
  }

  /**
   * Sends a command under the lock.
   * @param {Port} port
   * @param {Command} command
   */
  send(port, command) {
    const { reply, settled } = port.follow(command);
    this.until(settled);
    return reply;
  }

  /** Keeps the lock until `work` is done. @param {Promise<unknown>} work never rejects */
  until(work) {
    this.#underWay += 1;
    work.then(() => this.#end());
  }

  release() {
    this.#end();
  }

  #end() {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#free(this);
  }
}

export class Locks {
  /** @type {Map<string, Hold>} */
  #held = new Map();
  /** The late keys, each with the time since which it is late. @type {Map<string, number>} */
  late = new Map();

  /**
   * Takes a lock that is free.
   * @param {string} key
   * @param {boolean} [isStore]
   * @returns {Hold | undefined}
   */
  take(key, isStore = false) {
    if (this.#held.has(key)) return undefined;
    const hold = new Hold(isStore, (hold) => this.#free(key, hold));
    this.#held.set(key, hold);
    return hold;
  }

  /**
   * Takes a lock as soon as it is free; `undefined` if it is not free after `ms` milliseconds. Then its holder is overdue,
   * and nobody waits for it again: in a Worker it may have ended with its request, without a word.
   * @param {string} key
   * @param {number} ms
   * @param {number} now milliseconds since the epoch
   * @param {boolean} [isStore]
   * @returns {Promise<Hold | undefined>}
   */
  async wait(key, ms, now, isStore = false) {
    const hold = this.take(key, isStore);
    if (hold !== undefined) return hold;
    const holder = /** @type {Hold} */ (this.#held.get(key));
    if (holder.overdueSince !== undefined) return undefined;
    let isOver = false;
    const taking = async () => {
      for (;;) {
        await this.#held.get(key)?.freed;
        const hold = isOver ? undefined : this.take(key, isStore);
        if (hold !== undefined || isOver) return hold;
      }
    };
    return within(taking(), ms, () => {
      isOver = true;
      if (this.#held.get(key) === holder) holder.overdueSince ??= now;
      return undefined;
    });
  }

  /** Who holds the lock of a key. @param {string} key */
  holder(key) {
    return this.#held.get(key);
  }

  /** The keys whose values are being stored. */
  stored() {
    return [...this.#held].filter(([, hold]) => hold.isStore).map(([key]) => key);
  }

  /** The keys of the stores under way that an index lists. @param {string} index */
  storedIn(index) {
    return [...this.#held].filter(([, hold]) => hold.indexes.includes(index)).map(([key]) => key);
  }

  /**
   * Marks a key as late until its lock is free.
   * @param {string} key
   * @param {number} now milliseconds since the epoch
   */
  setLate(key, now) {
    const hold = this.#held.get(key);
    if (hold === undefined) return;
    hold.overdueSince ??= now;
    if (!this.late.has(key)) this.late.set(key, now);
  }

  /** Frees a key whose holder will never be heard of again. @param {string} key */
  revoke(key) {
    const hold = this.#held.get(key);
    if (hold !== undefined) this.#free(key, hold);
  }

  /** @param {string} key @param {Hold} hold */
  #free(key, hold) {
    if (this.#held.get(key) !== hold) return;
    this.#held.delete(key);
    this.late.delete(key);
    hold.wake();
  }
}
