// @ts-check
/**
 * The life of indexes in the plain form: removes members whose values are gone, and the entries of indexes that are gone
 * from the sorted set `life`.
 *
 * A writer may store a value anew at any moment. So a mark takes the place of its key in the index first; then the value is
 * looked for once more, and listed again if it is there; then the mark is removed.
 */
import { listIn, textOf } from "../connections/reply.js";
import { sendAll } from "./bursts.js";
import { REAP_MEMBERS, REAP_ONE_IN } from "./indexes.js";
import { readMark } from "./layout.js";
import { DOUBT, DUE, FORGET, REMOVE } from "./lua-plain.js";
import { repaired } from "./repair.js";
import { addMembers } from "./shared-indexes.js";

/** One store in so many looks at indexes that are due. */
const LOOK_ONE_IN = 16;
/** Members of an index that is due that are looked at. */
const LOOK_MEMBERS = 64;
const MOST_DUE = 500;
/** A mark of this age was left behind by a process that died. */
const OLD_MARK_MS = 3_600_000;
/** A large index that lives is looked at again after this time, and any other when its members have expired, or after this. */
const LOOK_AGAIN_MS = 60_000;
const SOONEST_LOOK_MS = 1000;
/** Values have expired so long after the end of their index. */
const GRACE_MS = 10;

export class Life {
  #port;
  #layout;
  #now;

  /**
   * @param {import("../connections/connection.js").Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {() => number} now milliseconds since the epoch
   */
  constructor(port, layout, now) {
    this.#port = port;
    this.#layout = layout;
    this.#now = now;
  }

  /**
   * Reaps a few members of some of the indexes, which bounds an index to about twice its live members; and looks at indexes
   * that are due, as many as the stores have listed.
   * @param {string[]} indexes that the store has written
   */
  async afterStore(indexes) {
    for (const index of indexes) {
      if (Math.random() * REAP_ONE_IN >= 1) continue;
      const members = listIn(await this.#port.request(["srandmember", [index], [REAP_MEMBERS]]), "SRANDMEMBER");
      await this.reap(index, members.map(textOf));
    }
    if (indexes.length > 0 && Math.random() * LOOK_ONE_IN < 1) await this.#look(LOOK_ONE_IN * (indexes.length + 2));
  }

  /** Looks at indexes whose end has passed. @param {number} count */
  async #look(count) {
    const port = this.#port;
    const { life } = this.#layout;
    const until = this.#now() - GRACE_MS;
    const most = Math.min(count, MOST_DUE);
    const due = port.can.scripts
      ? await port.request([DUE, [life], [until, most]])
      : await repaired(port, ["zrangebyscore", [life], ["-inf", until, "limit", 0, most]]);
    const step = port.can.scripts ? 2 : 1;
    const words = listIn(due, "ZRANGEBYSCORE").map(textOf);
    for (let i = 0; i < words.length; i += step) await this.#lookAt(words[i], words[i + 1]);
  }

  /** Looks at indexes that may be gone: those that are leave `life`. @param {string[]} indexes */
  async forgetGone(indexes) {
    const { life } = this.#layout;
    const names = indexes.map((index) => this.#layout.member(index));
    const endings = await sendAll(
      this.#port,
      names.map((name) => ["zscore", [life], [name]]),
    );
    for (const [i, name] of names.entries()) if (endings[i] !== null) await this.#lookAt(name, textOf(endings[i]));
  }

  /** @param {string} name the real name of an index @param {string | undefined} ending its score in `life` */
  async #lookAt(name, ending) {
    const port = this.#port;
    const { keyPrefix, life } = this.#layout;
    const index = name.slice(keyPrefix.length);
    const reply = await repaired(port, ["srandmember", [index], [LOOK_MEMBERS]]);
    const members = listIn(reply, "SRANDMEMBER").map(textOf);
    const { dead, longestMs } = await this.reap(index, members);
    if (members.length === dead && Number(await port.request(["scard", [index]])) === 0) {
      if (port.can.scripts) await port.request([FORGET, [life], [ending ?? "", name]]);
      else {
        await port.request(["zrem", [life], [name]]);
        // It may have been made anew between the two.
        if (Number(await port.request(["exists", [index]])) === 1)
          await port.request(["zadd", [life], [this.#now() + LOOK_AGAIN_MS, name]]);
      }
      return;
    }
    // A large index whose members are all dead stays due: the next look goes on there.
    if (members.length === LOOK_MEMBERS && dead === LOOK_MEMBERS) return;
    const isWhole = members.length < LOOK_MEMBERS;
    const later = this.#now() + (isWhole ? Math.max(SOONEST_LOOK_MS, longestMs) : LOOK_AGAIN_MS);
    await port.request(["zadd", [life], ["xx", later === Number.POSITIVE_INFINITY ? "+inf" : later, name]]);
  }

  /** Removes from `life` the indexes that are gone. */
  async clear() {
    const port = this.#port;
    const { keyPrefix, life } = this.#layout;
    let cursor = "0";
    do {
      const [next, entries] = listIn(await port.request(["zscan", [life], [cursor, "count", 200]]), "ZSCAN");
      cursor = textOf(next);
      const words = listIn(entries, "ZSCAN").map(textOf);
      const there = await sendAll(
        port,
        words.flatMap((word, i) => (i % 2 === 0 ? [["exists", [word.slice(keyPrefix.length)]]] : [])),
      );
      for (let i = 0; i < words.length; i += 2)
        if (Number(there[i / 2]) === 0) await this.#lookAt(words[i], words[i + 1]);
    } while (cursor !== "0");
  }

  /**
   * Removes from an index those of the members whose values are gone.
   * @param {string} index
   * @param {string[]} members
   * @returns {Promise<{ dead: number, longestMs: number }>} how many are gone, and for how long the others live
   */
  async reap(index, members) {
    const port = this.#port;
    const layout = this.#layout;
    /** The value key of each member in doubt, by the mark that stands for it. @type {Map<string, string>} */
    const doubts = new Map();
    /** @type {string[]} */
    const foreign = [];
    const keys = [];
    let longestMs = 0;
    for (const member of members) {
      const key = layout.keyOf(member);
      const mark = key && readMark(key);
      if (!key) foreign.push(member);
      else if (!mark) keys.push(key);
      else if (this.#now() - mark.madeAt > OLD_MARK_MS) {
        // Its writer is dead, or will find the mark gone.
        await port.request(["unlink", [key]]);
        doubts.set(key, mark.key);
      } else longestMs = OLD_MARK_MS;
    }
    if (foreign.length > 0) await this.#remove(index, foreign);
    const lefts = await this.#lefts(keys);
    for (const left of lefts.values()) longestMs = Math.max(longestMs, left === -1 ? Number.POSITIVE_INFINITY : left);
    const dead = keys.filter((key) => lefts.get(key) === -2);
    for (const [mark, key] of await this.#doubt(index, dead)) doubts.set(mark, key);
    if (doubts.size > 0) {
      const again = await this.#lefts([...doubts.values()]);
      await this.#settle(index, doubts, (key) => again.get(key) !== -2);
    }
    return { dead: foreign.length + doubts.size, longestMs };
  }

  /**
   * Removes a value key from indexes that listed an earlier value of it, unless the value is another one by now.
   * @param {string[]} indexes
   * @param {string} key
   * @param {string | Uint8Array} value the one that these indexes should not list
   */
  async leaveFormer(indexes, key, value) {
    for (const index of indexes) {
      const doubts = await this.#doubt(index, [key]);
      if (doubts.size === 0) continue;
      const there = await this.#port.request(["get", [key]], typeof value !== "string");
      await this.#settle(index, doubts, () => there !== null && String(there) !== String(value));
    }
  }

  /**
   * Puts a mark in the place of each key in an index.
   * @param {string} index
   * @param {string[]} keys
   * @returns {Promise<Map<string, string>>} the keys by their marks
   */
  async #doubt(index, keys) {
    const port = this.#port;
    const layout = this.#layout;
    /** @type {Map<string, string>} */
    const doubts = new Map();
    if (keys.length === 0) return doubts;
    const marks = keys.map((key) => layout.mark(key, this.#now()));
    let swapped = keys.map(() => 1);
    if (port.can.scripts) {
      const words = keys.flatMap((key, i) => [layout.member(marks[i]), layout.member(key)]);
      swapped = listIn(await port.request([DOUBT, [index, layout.lock(index)], words]), "the script that reaps");
    } else {
      await port.request(["sadd", [index], marks.map((mark) => layout.member(mark))]);
      await port.request(["srem", [index], keys.map((key) => layout.member(key))]);
    }
    for (const [i, key] of keys.entries()) if (Number(swapped[i]) === 1) doubts.set(marks[i], key);
    return doubts;
  }

  /**
   * Lists the keys that are needed again, and removes the marks.
   * @param {string} index
   * @param {Map<string, string>} doubts
   * @param {(key: string) => boolean} isNeeded
   */
  async #settle(index, doubts, isNeeded) {
    const needed = [...doubts.values()].filter(isNeeded);
    if (needed.length > 0)
      await addMembers(
        this.#port,
        [index],
        needed.map((key) => this.#layout.member(key)),
      );
    await this.#remove(
      index,
      [...doubts.keys()].map((mark) => this.#layout.member(mark)),
    );
  }

  /** @param {string} index @param {string[]} members */
  #remove(index, members) {
    return this.#port.can.scripts
      ? this.#port.request([REMOVE, [index, this.#layout.lock(index)], members])
      : this.#port.request(["srem", [index], members]);
  }

  /** For how many milliseconds values live. -1: for good; -2: not there. @param {string[]} keys */
  async #lefts(keys) {
    const replies = await sendAll(
      this.#port,
      keys.map((key) => ["pttl", [key]]),
    );
    return new Map(keys.map((key, i) => [key, Number(replies[i])]));
  }
}
