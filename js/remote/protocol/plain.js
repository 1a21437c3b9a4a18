// @ts-check
/**
 * The protocol in single commands: for a Cluster whose keys lie in many slots, and where scripts may not be run.
 *
 * A value is written under a mark of its own, indexed, checked against the log, and only then renamed to its key. An
 * invalidation that the check could not see yet finds the mark in an index and deletes it, so that the renaming fails:
 * nothing stale is visible even for a moment, and a writer that dies leaves a key that nobody reads.
 *
 * Such an invalidation never takes members out of an index: between its look and its deed another writer may have
 * stored the same key anew. Members whose values are gone are taken out by the stores, some at a time, with a mark
 * holding the place of each while its value is looked for.
 *
 * js/remote/protocol/script.js builds on this and does with one script what one script can do.
 */
import { escapeGlob } from "../connections/glob.js";
import { countIn, listIn, textIn, textOf } from "../connections/reply.js";
import { EVERYTHING, isMarkIndex, readMark } from "./layout.js";
import { PAGE, readSince, writeFields } from "./log.js";
import { ADD, POSITION, SINCE } from "./lua.js";

/** @typedef {import("./log.js").Position} Position */
/** @typedef {import("../connections/connection.js").Command} Command */

/**
 * What is to be stored.
 * @typedef {object} Stored
 * @property {string} key
 * @property {string | Uint8Array} value
 * @property {number} ttlMs 0: for good
 * @property {string} name of the function
 * @property {string[]} concerns of the indexes that list it
 * @property {Position} position where the log ended before the function ran
 */
/**
 * What became of it: an invalidation concerns it, or the log does not say, or its mark was gone. An invalidation deleted
 * that, or the renaming was done already, and its reply lost: a client may send a command twice.
 * @typedef {"stored" | "concerned" | "lost" | "gone"} Verdict
 */

/**
 * What the protocol is told by its owner.
 * @typedef {object} Setting
 * @property {() => string} writer who writes an entry of the log: different at each call
 * @property {() => number} now milliseconds since the epoch
 * @property {(text: string) => boolean} isArgumentPart whether a text is what follows the function name in a value key
 * @property {boolean} isStrict whether a value counts only while its indexes list it
 * @property {(work: Promise<unknown>) => void} later takes work that no call waits for
 */

/** Entries that the log keeps, about. A run that outlasts them is not stored. */
const LOG_LENGTH = 100_000;
/** Commands sent at once, and concerns in one entry of the log. */
export const BURST = 200;
const MEMBERS_PER_PAGE = 500;
/** Indexes that are worked on at the same time. */
const AT_A_TIME = 50;
/** Values kept for good have indexes that last a hundred years: an expiry that others can compare theirs with. */
const FOR_GOOD_MS = 100 * 365 * 86_400_000;
/** An index outlives its values by this much, whichever is written first. */
const INDEX_MARGIN_MS = 60_000;
/** The id of an entry of the log. */
const ID = /^\d+-\d+$/;
/** One index in so many is looked at for members whose values are gone, so many members at a time. */
const REAP_ONE_IN = 16;
const REAP_MEMBERS = 32;
/** A mark of this age was left behind by a process that died. */
const OLD_MARK_MS = 3_600_000;

/** @param {number} ttlMs of a value; 0: for good */
export const indexLifetime = (ttlMs) => (ttlMs === 0 ? FOR_GOOD_MS : Math.ceil(ttlMs) + INDEX_MARGIN_MS);

/** @param {string} key @param {string | Uint8Array} value @param {number} ttlMs @returns {Command} */
export const setCommand = (key, value, ttlMs) => [
  "set",
  [key],
  ttlMs === 0 ? [value] : [value, "px", Math.ceil(ttlMs)],
];

export class PlainProtocol {
  /** Whether the server knows EXPIRE's GT and NX: Redis 7 and later. Taken for granted until it says no. */
  #hasConditionalExpiry;

  /**
   * @param {import("../guard.js").Port} connection
   * @param {import("./layout.js").Layout} layout
   * @param {Setting} setting
   */
  constructor(connection, layout, setting) {
    this.connection = connection;
    this.layout = layout;
    this.setting = setting;
    this.#hasConditionalExpiry = connection.hasLog;
  }

  /** Where the log ends. An empty log gets a first entry. @returns {Promise<Position>} */
  async position() {
    const { connection, layout } = this;
    const by = this.setting.writer();
    if (connection.hasScripts) {
      const [id, writer] = listIn(await connection.request([POSITION, [layout.log], [by]]), "the position script");
      return { id: textOf(id), by: textOf(writer) };
    }
    const [last] = listIn(await connection.request(["xrevrange", [layout.log], ["+", "-", "count", 1]]), "XREVRANGE");
    if (last) return { id: textOf(last[0]), by: textOf(last[1][1]) };
    return { id: textIn(await connection.request(["xadd", [layout.log], ["*", "by", by]]), "XADD", ID), by };
  }

  /**
   * What the log says since a position. A script where possible: a client that reads from replicas sends XRANGE there.
   * @param {Position} position
   */
  async since(position) {
    const { connection, layout } = this;
    const count = PAGE + 1;
    const reply = connection.hasScripts
      ? await connection.request([SINCE, [layout.log], [position.id, count]])
      : await connection.request(["xrange", [layout.log], [position.id, "+", "count", count]]);
    return readSince(position, listIn(reply, "XRANGE"), count);
  }

  /**
   * Writes to the log, and answers with the position of the entry.
   * @param {string[]} concerns
   * @returns {Promise<Position>}
   */
  async append(concerns) {
    const by = this.setting.writer();
    const words = ["maxlen", "~", LOG_LENGTH, "*", ...writeFields(by, concerns)];
    return { id: textIn(await this.connection.request(["xadd", [this.layout.log], words]), "XADD", ID), by };
  }

  /**
   * Stores a value, unless something has happened since its position that concerns it.
   * @param {Stored} stored
   * @returns {Promise<Verdict>}
   */
  async store(stored) {
    const { layout, setting } = this;
    const { key, value, ttlMs } = stored;
    const mark = layout.mark(key, setting.now());
    // A strict cache takes a membership for a proof: it comes only when the value is there.
    const members = setting.isStrict ? [layout.member(mark)] : [layout.member(mark), layout.member(key)];
    const indexes = stored.concerns.map((concern) => layout.key(concern));
    const lifetime = indexLifetime(ttlMs);
    await Promise.all([
      this.connection.request(setCommand(mark, value, ttlMs)),
      this.add(indexes, members, lifetime),
      this.add(this.markIndexes(key), [layout.member(mark)], lifetime),
    ]);
    const verdict = await this.place(stored, mark);
    setting.later(this.tidy(key, mark, indexes, lifetime, verdict === "stored" || verdict === "gone"));
    return verdict;
  }

  /**
   * Gives the value its name if the log allows it.
   * @param {Stored} stored
   * @param {string} mark
   * @returns {Promise<Verdict>}
   */
  async place(stored, mark) {
    const { verdict } = await this.readOn(stored, stored.position);
    if (verdict !== "stored") return verdict;
    try {
      textIn(await this.connection.request(["rename", [mark, stored.key]]), "RENAME", /^OK$/);
      return "stored";
    } catch (error) {
      if (error instanceof Error && error.message.includes("no such key")) return "gone";
      throw error;
    }
  }

  /**
   * Reads the log from a position to its end and says what that means for a value.
   * @param {Stored} stored
   * @param {Position} position
   * @returns {Promise<{ verdict: Verdict, end: Position }>}
   */
  async readOn({ key, name, concerns }, position) {
    const own = new Set([...concerns, this.layout.concern(key), `f:${name}`, EVERYTHING]);
    for (;;) {
      const { isThere, isWhole, entries, end } = await this.since(position);
      if (!isThere) return { verdict: "lost", end: position };
      if (entries.some((entry) => entry.concerns.some((concern) => own.has(concern))))
        return { verdict: "concerned", end: position };
      if (isWhole) return { verdict: "stored", end: end ?? position };
      position = end ?? position;
    }
  }

  /**
   * The set in which the marks of one value key are found: no index leads from a call to its marks.
   * @param {string} key
   * @returns {string[]}
   */
  markIndexes(key) {
    return [this.layout.markIndex(key)];
  }

  /**
   * Adds members to indexes, whose expiries may only grow.
   * @param {string[]} indexes
   * @param {string[]} members
   * @param {number} lifetime milliseconds
   */
  async add(indexes, members, lifetime) {
    const { connection } = this;
    for (let from = 0; from < indexes.length; from += BURST) {
      const part = indexes.slice(from, from + BURST);
      if (connection.hasScripts) {
        const added = await this.send(part.map((index) => [ADD, [index], [lifetime, ...members]]));
        for (const count of added) countIn(count, "the script that adds to an index");
      } else await Promise.all(part.map((index) => this.#addWithoutScript(index, members, lifetime)));
    }
  }

  /** @param {string} index @param {string[]} members @param {number} lifetime */
  async #addWithoutScript(index, members, lifetime) {
    const { connection } = this;
    if (this.#hasConditionalExpiry) {
      try {
        // NX before GT: whoever else has just made the set, and with whatever expiry, the longest one stands.
        countIn(await connection.request(["sadd", [index], members]), "SADD");
        await connection.request(["pexpire", [index], [lifetime, "nx"]]);
        await connection.request(["pexpire", [index], [lifetime, "gt"]]);
        return;
      } catch (error) {
        if (!(error instanceof Error && /ERR .*(arguments|syntax|unsupported option)/i.test(error.message)))
          throw error;
        this.#hasConditionalExpiry = false;
      }
    }
    const left = countIn(await connection.request(["pttl", [index]]), "PTTL");
    countIn((await connection.request(["sadd", [index], members])) ?? members.length, "SADD");
    // Two stores at once may leave the shorter expiry: without conditions and scripts there is no better way.
    if (left < lifetime) await connection.request(["pexpire", [index], [lifetime]]);
  }

  /**
   * What a store leaves to be done: its mark goes, and indexes that it has touched are looked through.
   * @param {string} key
   * @param {string} mark
   * @param {string[]} indexes
   * @param {number} lifetime
   * @param {boolean} isStored whether the value may be there
   */
  async tidy(key, mark, indexes, lifetime, isStored) {
    const { connection, layout } = this;
    await connection.request(["unlink", [mark]]);
    // The mark may be all that has kept the membership: the value's own comes first, and the mark goes then.
    if (isStored) await this.add(indexes, [layout.member(key)], lifetime);
    const marked = [...indexes, ...this.markIndexes(key)];
    await this.send(marked.map((index) => ["srem", [index], [layout.member(mark)]]));
    await this.reapSome(indexes);
  }

  /**
   * Looks at a few members of some of the indexes, so that they stay bounded by about twice their living members.
   * @param {string[]} indexes
   */
  async reapSome(indexes) {
    for (const index of indexes) {
      if (Math.random() * REAP_ONE_IN >= 1) continue;
      const members = listIn(await this.connection.request(["srandmember", [index], [REAP_MEMBERS]]), "SRANDMEMBER");
      await this.reap(index, members.map(textOf));
    }
  }

  /**
   * Takes those members out of an index whose values are gone.
   * @param {string} index
   * @param {string[]} members
   */
  async reap(index, members) {
    const { connection, layout, setting } = this;
    /** The value key of each member in doubt, by the mark that holds its place. @type {Map<string, string>} */
    const doubts = new Map();
    /** @type {string[]} */
    const foreign = [];
    const keys = [];
    for (const member of members) {
      const key = layout.keyOf(member);
      const mark = key && readMark(key);
      if (!key) foreign.push(member);
      else if (!mark) keys.push(key);
      else if (setting.now() - mark.madeAt > OLD_MARK_MS) {
        // Its writer is dead or will find it gone.
        await connection.request(["unlink", [key]]);
        doubts.set(key, mark.key);
      }
    }
    if (foreign.length > 0) await connection.request(["srem", [index], foreign]);
    const dead = await this.#missing(keys);
    if (dead.length > 0) {
      const marks = dead.map((key) => layout.mark(key, setting.now()));
      // With an expiry to outlast this, lest the index vanish half way.
      await this.add(
        [index],
        marks.map((mark) => layout.member(mark)),
        INDEX_MARGIN_MS,
      );
      await connection.request(["srem", [index], dead.map((key) => layout.member(key))]);
      for (const [i, key] of dead.entries()) doubts.set(marks[i], key);
    }
    if (doubts.size === 0) return;
    const missing = new Set(await this.#missing([...doubts.values()]));
    const alive = [...doubts.values()].filter((key) => !missing.has(key));
    if (alive.length > 0)
      await this.add(
        [index],
        alive.map((key) => layout.member(key)),
        INDEX_MARGIN_MS,
      );
    await connection.request(["srem", [index], [...doubts.keys()].map((mark) => layout.member(mark))]);
  }

  /** @param {string[]} keys */
  async #missing(keys) {
    const replies = await this.send(keys.map((key) => ["exists", [key]]));
    return keys.filter((_, i) => Number(replies[i]) === 0);
  }

  /**
   * The value, if it is in all the indexes that should list it; else `null`. It is read after they were looked at: one
   * read before could be stale, and stored anew with its indexes by the time of the look.
   * @param {string} key
   * @param {string[]} concerns
   * @param {boolean} asBytes
   */
  async verify(key, concerns, asBytes) {
    const member = this.layout.member(key);
    const replies = await this.send(concerns.map((concern) => ["sismember", [this.layout.key(concern)], [member]]));
    return replies.every((reply) => Number(reply) === 1) ? this.connection.request(["get", [key]], asBytes) : null;
  }

  /**
   * Drops what the concerns name, after the log has it.
   * @param {string[]} concerns
   * @returns {Promise<number>} how many cached calls that were
   */
  async invalidate(concerns) {
    for (let from = 0; from < concerns.length; from += BURST) await this.append(concerns.slice(from, from + BURST));
    const counts = await inBursts(concerns, async (concern) => {
      const key = this.layout.key(concern);
      if (concern[0] === "e" || concern[0] === "l") return this.dropMembers(key);
      if (concern[0] !== "c") return 0;
      const ofMarks = await Promise.all(this.markIndexes(key).map((index) => this.dropMembers(index)));
      return sumOf([...ofMarks, await this.unlink([key])]);
    });
    let sum = sumOf(counts);
    const scanned = concerns.filter((concern) => concern[0] === "f" || concern[0] === "a");
    if (scanned.length > 0) sum += await this.#sweep(scanned);
    return sum;
  }

  /** Deletes the values that an index lists. @param {string} index */
  async dropMembers(index) {
    let sum = 0;
    for await (const members of this.#members(index)) {
      const keys = new Set();
      for (const member of members) {
        const key = this.layout.keyOf(member);
        const mark = key && readMark(key);
        // The mark first: once it is gone its value cannot get its name any more.
        if (mark) await this.unlink([key]);
        if (key) keys.add(mark ? mark.key : key);
      }
      sum += await this.unlink([...keys]);
    }
    return sum;
  }

  /** @param {string} index @returns {AsyncGenerator<string[]>} */
  async *#members(index) {
    let cursor = "0";
    do {
      const page = await this.connection.request(["sscan", [index], [cursor, "count", MEMBERS_PER_PAGE]]);
      const [next, members] = listIn(page, "SSCAN");
      cursor = textIn(next, "SSCAN", /^\d+$/);
      yield listIn(members, "SSCAN").map(textOf);
    } while (cursor !== "0");
  }

  /**
   * Makes the values that entities or lists concern stale, where one step can do that, and drops the others. Here all: a
   * value that waits under its mark has no expiry that could be shortened.
   * @param {string[]} concerns
   * @param {(name: string) => number} _windowOf how long the values of a function may be served stale, in ms
   */
  soften(concerns, _windowOf) {
    return this.invalidate(concerns);
  }

  /** The value keys that an index lists. @param {string} index */
  async list(index) {
    const keys = new Set();
    for await (const members of this.#members(index)) {
      for (const member of members) {
        const key = this.layout.keyOf(member);
        if (key) keys.add(readMark(key)?.key ?? key);
      }
    }
    return [...keys];
  }

  /** @param {string[]} keys */
  async unlink(keys) {
    const counts = await this.send(keys.map((key) => ["unlink", [key]]));
    return sumOf(counts.map((count) => countIn(count, "UNLINK")));
  }

  /**
   * Drops what is found by looking at every key. Marks in a pass of their own: a single one could miss a mark that is
   * given its name behind the cursor.
   * @param {string[]} concerns
   */
  async #sweep(concerns) {
    let sum = 0;
    for await (const { marks } of this.found(concerns)) await this.unlink(marks);
    for await (const { values, indexes } of this.found(concerns)) {
      sum += await this.unlink(values);
      const counts = await inBursts(indexes, async (index) => {
        const dropped = await this.dropMembers(index);
        if (this.connection.canReap) for await (const members of this.#members(index)) await this.reap(index, members);
        return dropped;
      });
      sum += sumOf(counts);
    }
    return sum;
  }

  /**
   * The keys that `f:` and `a:` concerns name, page by page.
   * @param {string[]} concerns
   * @returns {AsyncGenerator<{ indexes: string[], values: string[], marks: string[] }>}
   */
  async *found(concerns) {
    const { layout } = this;
    const isAll = concerns.includes(EVERYTHING);
    const names = concerns.map((concern) => concern.slice(2));
    const patterns = isAll
      ? [`${escapeGlob(layout.prefix)}[cel]:*`]
      : names.map((name) => `${escapeGlob(layout.key(`c:${name}:`))}*`);
    for (const [i, pattern] of patterns.entries()) {
      for await (const keys of this.connection.scan(pattern)) {
        /** @type {{ indexes: string[], values: string[], marks: string[] }} */
        const page = { indexes: [], values: [], marks: [] };
        for (const key of keys) {
          const concern = layout.concern(key);
          const mark = readMark(concern);
          // It is not enough that a key begins with the name: `user` must not take the calls of `user:list`.
          const isOf = () => this.setting.isArgumentPart((mark?.key ?? concern).slice(names[i].length + 3));
          if (concern[0] !== "c") page.indexes.push(key);
          else if (!isMarkIndex(key) && (isAll || isOf())) {
            (mark ? page.marks : page.values).push(key);
          }
        }
        yield page;
      }
    }
  }

  /**
   * Sends commands in bursts, and throws if one of them failed.
   * @param {Command[]} commands
   */
  async send(commands) {
    const replies = [];
    for (let from = 0; from < commands.length; from += BURST) {
      for (const reply of await this.connection.send(commands.slice(from, from + BURST))) {
        if (reply instanceof Error) throw reply;
        replies.push(reply);
      }
    }
    return replies;
  }
}

/** @param {number[]} counts */
const sumOf = (counts) => counts.reduce((sum, count) => sum + count, 0);

/**
 * Does the same to each item, to a few at a time.
 * @template T, R
 * @param {T[]} items
 * @param {(item: T) => Promise<R>} act
 * @returns {Promise<R[]>}
 */
async function inBursts(items, act) {
  const results = [];
  for (let from = 0; from < items.length; from += AT_A_TIME) {
    results.push(...(await Promise.all(items.slice(from, from + AT_A_TIME).map(act))));
  }
  return results;
}
