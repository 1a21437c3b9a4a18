// @ts-check
/**
 * Reaping: removes those members of an index whose values are gone.
 *
 * A writer may store such a value anew at any moment. So a mark is added to the index first and stands for the value;
 * then the member is removed; then the value is looked for once more, and listed again if it is there.
 */
import { listIn, textOf } from "../connections/reply.js";
import { sendAll } from "./bursts.js";
import { INDEX_MARGIN_MS } from "./indexes.js";
import { readMark } from "./layout.js";

/** One index in so many is reaped after a store, so many members at a time. */
const REAP_ONE_IN = 16;
const REAP_MEMBERS = 32;
/** A mark of this age was left behind by a process that died. */
const OLD_MARK_MS = 3_600_000;

export class Reaper {
  #port;
  #layout;
  #indexes;
  #now;

  /**
   * @param {import("../connections/connection.js").Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {import("./indexes.js").Indexes} indexes
   * @param {() => number} now milliseconds since the epoch
   */
  constructor(port, layout, indexes, now) {
    this.#port = port;
    this.#layout = layout;
    this.#indexes = indexes;
    this.#now = now;
  }

  /**
   * Reaps a few members of some of the indexes, which bounds an index to about twice its live members.
   * @param {string[]} indexes
   */
  async some(indexes) {
    for (const index of indexes) {
      if (Math.random() * REAP_ONE_IN >= 1) continue;
      const members = listIn(await this.#port.request(["srandmember", [index], [REAP_MEMBERS]]), "SRANDMEMBER");
      await this.reap(index, members.map(textOf));
    }
  }

  /**
   * Removes from an index those of the members whose values are gone.
   * @param {string} index
   * @param {string[]} members
   */
  async reap(index, members) {
    const port = this.#port;
    const layout = this.#layout;
    /** The value key of each member in doubt, by the mark that stands for it. @type {Map<string, string>} */
    const doubts = new Map();
    /** @type {string[]} */
    const foreign = [];
    const keys = [];
    for (const member of members) {
      const key = layout.keyOf(member);
      const mark = key && readMark(key);
      if (!key) foreign.push(member);
      else if (!mark) keys.push(key);
      else if (this.#now() - mark.madeAt > OLD_MARK_MS) {
        // Its writer is dead, or will find the mark gone.
        await port.request(["unlink", [key]]);
        doubts.set(key, mark.key);
      }
    }
    if (foreign.length > 0) await port.request(["srem", [index], foreign]);
    const dead = await this.#missing(keys);
    if (dead.length > 0) {
      const marks = dead.map((key) => layout.mark(key, this.#now()));
      // With an expiry that outlasts this method, so that the index does not expire half way.
      await this.#add(index, marks);
      await port.request(["srem", [index], dead.map((key) => layout.member(key))]);
      for (const [i, key] of dead.entries()) doubts.set(marks[i], key);
    }
    if (doubts.size === 0) return;
    const missing = new Set(await this.#missing([...doubts.values()]));
    const alive = [...doubts.values()].filter((key) => !missing.has(key));
    if (alive.length > 0) await this.#add(index, alive);
    await port.request(["srem", [index], [...doubts.keys()].map((mark) => layout.member(mark))]);
  }

  /** @param {string} index @param {string[]} keys */
  #add(index, keys) {
    return this.#indexes.add(
      [index],
      keys.map((key) => this.#layout.member(key)),
      INDEX_MARGIN_MS,
    );
  }

  /** @param {string[]} keys */
  async #missing(keys) {
    const replies = await sendAll(
      this.#port,
      keys.map((key) => ["exists", [key]]),
    );
    return keys.filter((_, i) => Number(replies[i]) === 0);
  }
}
