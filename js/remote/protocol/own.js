// @ts-check
/**
 * The protocol for backends that keep no streams. The log is this process' own, so the guarantee holds within the process.
 *
 * No mark is needed: each value key has a lock (js/remote/protocol/locks.js). A store holds it from before the key is
 * listed until the value is written, an invalidation from before the value is deleted until the key is out of the index.
 * With the prefix `app:`, the call `getUser(42)` whose result holds user 42 is stored so:
 *
 *     1  lock    app:c:getUser:[42]
 *     2  sadd    app:e:user:42  app:c:getUser:[42]                the index lists the value key
 *     3  does an entry of the log concern it? Then it ends here
 *     4  setex   app:c:getUser:[42] '{"id":42}'                   sent in the turn of step 3
 *     5  the backend has answered, in time or late
 *     6  sadd    app:e:user:42  app:c:getUser:[42]                once more; if that fails, the value is deleted
 *     7  does an entry of the log concern it by now? Then it is deleted
 *     8  unlock
 *
 * Step 6 is for other clients of the prefix, whose entries this log does not have: one that sweeps between the steps 2 and 4
 * takes the key out of its indexes. One that sweeps later deletes the value.
 *
 * An invalidation appends to the log, reads the index, and takes the lock of each value key that the index lists, or that a
 * store of this process is about to list. So it finds the value written, or step 3 sees its entry. A write that is late keeps
 * its lock: the invalidation leaves the key to step 7, and nobody in this process reads the key until then.
 */
import { BackendError } from "../../messages/errors.js";
import { countIn, listIn, textOf } from "../connections/reply.js";
import { BURST, inBursts, sumOf } from "./bursts.js";
import { EVERYTHING, indexesOf, isSwept, kindOf } from "./concerns.js";
import { Indexes, indexLifetime, REAP_MEMBERS, REAP_ONE_IN } from "./indexes.js";
import { readMark } from "./layout.js";
import { PlainProtocol, setCommand } from "./plain.js";

/** @typedef {import("./own-log.js").OwnLog} OwnLog */
/** @typedef {import("./locks.js").Hold} Hold */
/** @typedef {import("./plain.js").Port} Port */
/** @typedef {import("./plain.js").Stored} Stored */
/** @typedef {import("./plain.js").Verdict} Verdict */
/** @typedef {import("../connections/connection.js").Command} Command */

/** How long to wait before a value that must go is deleted again, at first and at most. */
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1000;

const isTrue = () => true;
const isFalse = () => false;

export class OwnIndexes extends Indexes {
  #log;
  #setting;

  /** @param {Port} port @param {import("./layout.js").Layout} layout @param {OwnLog} log @param {import("./plain.js").Setting} setting */
  constructor(port, layout, log, setting) {
    super(port, layout);
    this.#log = log;
    this.#setting = setting;
  }

  /** @type {Indexes["add"]} */
  async add(indexes, members, ttlMs) {
    const lifetime = indexLifetime(ttlMs);
    for (let from = 0; from < indexes.length; from += BURST) {
      const part = indexes.slice(from, from + BURST);
      await Promise.all(part.map((index) => this.#addTo(index, members, lifetime)));
    }
  }

  /** @param {string} index @param {string[]} members @param {number} lifetime */
  async #addTo(index, members, lifetime) {
    const { port } = this;
    const { locks, expiries } = this.#log;
    // Whoever deletes the index as a whole holds its lock.
    if (locks.holder(index) !== undefined) {
      const { waitMs, now } = this.#setting;
      const hold = await locks.wait(index, waitMs, now());
      if (hold === undefined)
        throw new BackendError("ERR_CACHEREF_TIMEOUT", `${index} was not free within ${waitMs} ms`);
      hold.release();
    }
    const expiry = expiries.get(index) ?? { longest: 0, underWay: 0 };
    expiries.set(index, expiry);
    expiry.longest = Math.max(expiry.longest, lifetime);
    expiry.underWay += 1;
    try {
      const left = countIn(await port.request(["pttl", [index]]), "PTTL");
      countIn((await port.request(["sadd", [index], members])) ?? members.length, "SADD");
      if (left < lifetime) await this.#prolong(index, expiry);
    } finally {
      this.#end(index, expiry);
    }
  }

  /**
   * Sets the expiry of an index. Two stores at once must not leave the shorter one, in whatever order their commands land.
   * @param {string} index
   * @param {import("./own-log.js").Expiry} expiry
   * @returns {Promise<any>}
   */
  #prolong(index, expiry) {
    const { longest } = expiry;
    const { reply, settled } = this.port.follow(["pexpire", [index], [longest]]);
    expiry.underWay += 1;
    settled.then(() => {
      if (expiry.longest > longest) this.#prolong(index, expiry).catch(() => {});
      this.#end(index, expiry);
    });
    return reply;
  }

  /** @param {string} index @param {import("./own-log.js").Expiry} expiry */
  #end(index, expiry) {
    expiry.underWay -= 1;
    if (expiry.underWay === 0) this.#log.expiries.delete(index);
  }

  /** @type {Indexes["keysIn"]} */
  async keysIn(index) {
    const keys = new Set();
    for (const member of listIn(await this.port.request(["smembers", [index]]), "SMEMBERS")) {
      const key = this.layout.keyOf(textOf(member));
      if (key) keys.add(readMark(key)?.key ?? key);
    }
    return [...keys];
  }
}

export class OwnLogProtocol extends PlainProtocol {
  /**
   * @param {Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {import("./plain.js").Setting} setting
   * @param {OwnLog} log
   * @param {Indexes} [indexes]
   */
  constructor(port, layout, setting, log, indexes = new OwnIndexes(port, layout, log, setting)) {
    super(port, layout, setting, log, indexes);
    /** @readonly */
    this.log = log;
  }

  /** @type {PlainProtocol["store"]} */
  async store(stored) {
    const { setting, log } = this;
    const { key } = stored;
    const { locks } = log;
    const hold = await locks.wait(key, stored.hasWaited ? 0 : setting.waitMs, setting.now(), true);
    if (hold === undefined) return "late";
    try {
      const indexes = stored.concerns.map((concern) => this.layout.key(concern));
      hold.indexes = indexes;
      const verdict = await this.#store(stored, indexes, hold);
      if (verdict === "stored" && this.port.can.reap) setting.later(this.#reapSome(indexes));
      return verdict;
    } catch (error) {
      locks.setLate(key, setting.now());
      throw error;
    } finally {
      hold.release();
    }
  }

  /**
   * @param {Stored} stored
   * @param {string[]} indexes
   * @param {Hold} hold
   * @returns {Promise<Verdict>}
   */
  async #store(stored, indexes, hold) {
    const { port, log } = this;
    const { key, value, ttlMs } = stored;
    await this.#list(stored, indexes);
    let end = stored.position;
    do {
      const read = await this.check(stored, end);
      if (read.verdict !== "clear") return read.verdict;
      end = read.end;
      // An entry may have been appended between the reading and its answer.
    } while (end !== log.end);
    // Nothing is awaited between the check and this line, so a later entry is seen when the write has ended.
    const { reply, settled } = port.follow(setCommand(key, value, ttlMs));
    const ended = settled.then(() => this.#endOfWrite(stored, indexes, end, hold));
    hold.until(ended);
    await reply;
    return ended;
  }

  /** @param {Stored} stored @param {string[]} indexes */
  async #list({ key, ttlMs }, indexes) {
    const { stores } = this.log;
    stores.begun += 1;
    stores.adding += 1;
    try {
      await this.indexes.add(indexes, [this.layout.member(key)], ttlMs);
    } finally {
      stores.adding -= 1;
    }
  }

  /**
   * When a write has ended: lists the value once more, looks at the log once more, and deletes the value if an entry
   * concerns it by now, or if an index may not list it. Nobody else writes to the indexes in Workers KV.
   * @param {Stored} stored
   * @param {string[]} indexes
   * @param {import("./log.js").Position} end the position that the write has seen
   * @param {Hold} hold
   * @returns {Promise<Verdict>}
   */
  async #endOfWrite(stored, indexes, end, hold) {
    const { port, log, setting } = this;
    const isListed = !port.can.sets || (await this.#list(stored, indexes).then(isTrue, isFalse));
    const read = await this.check(stored, end);
    const verdict = read.verdict === "clear" ? "gone" : read.verdict;
    if (isListed && read.verdict === "clear") return "stored";
    // Nobody reads it until it is deleted, however often that must be tried.
    log.locks.setLate(stored.key, setting.now());
    for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, LONGEST_DELAY_MS)) {
      if (log.locks.holder(stored.key) !== hold) return verdict;
      const { reply, settled } = port.follow(["unlink", [stored.key]]);
      reply.catch(() => {});
      if (await settled) return verdict;
      await new Promise((resolve) => {
        /** @type {any} */ (setTimeout(resolve, delay)).unref?.();
      });
    }
  }

  /** @type {PlainProtocol["invalidate"]} */
  async invalidate(concerns) {
    const { layout } = this;
    await this.append(concerns);
    const counts = await inBursts(concerns, async (concern) => {
      const isCall = kindOf(concern) === "call";
      const dropped = await Promise.all(indexesOf(concern).map((index) => this.#dropIndex(layout.key(index))));
      return sumOf(dropped) + (isCall ? await this.dropKey(layout.key(concern), []) : 0);
    });
    const swept = concerns.filter(isSwept);
    return sumOf(counts) + (swept.length === 0 ? 0 : await this.#sweep(swept));
  }

  /** @param {string[]} concerns */
  async #sweep(concerns) {
    await this.awaitStores();
    let sum = 0;
    const leavesIndexes = concerns.includes(EVERYTHING) && (await this.#hasOthers());
    for await (const { values, indexes } of this.find(concerns)) {
      sum += sumOf(await inBursts(values, (key) => this.dropKey(key, [])));
      if (!leavesIndexes) sum += sumOf(await inBursts(indexes, (index) => this.#dropIndex(index)));
    }
    return sum;
  }

  /**
   * Whether Redis clients use the prefix: they keep a sorted set of indexes. They store a value and list it in one step, and
   * what is taken out of the index after that step would be missing there, so they clean up their indexes themselves.
   */
  async #hasOthers() {
    for await (const keys of this.port.scan(this.layout.pattern("life"))) if (keys.length > 0) return true;
    return false;
  }

  /** Waits for the stores under way: a look at every key would miss a value that is just being written. */
  async awaitStores() {
    const { log, setting } = this;
    await Promise.all(
      log.locks.stored().map(async (key) => {
        const hold = await log.locks.wait(key, setting.waitMs, setting.now());
        if (hold === undefined) log.locks.setLate(key, setting.now());
        else hold.release();
      }),
    );
  }

  /**
   * Deletes the values that an index lists, and takes them out of it. Returns how many there were.
   * @param {string} index
   */
  async #dropIndex(index) {
    const { port, layout, log } = this;
    const { begun, adding } = log.stores;
    const listed = await this.indexes.keysIn(index);
    const keys = [...new Set([...listed, ...log.locks.storedIn(index)])];
    const counts = await inBursts(keys, (key) =>
      this.dropKey(key, port.can.remove ? [["srem", [index], [layout.member(key)]]] : []),
    );
    if (!port.can.remove && keys.length > 0 && adding === 0) await this.#deleteIndex(index, keys, begun);
    return sumOf(counts);
  }

  /**
   * Deletes an index as a whole, unless a store may have added to it since it was read, or writes what it lists.
   * @param {string} index
   * @param {string[]} keys that it listed
   * @param {number} begun how many stores had begun when it was read
   */
  async #deleteIndex(index, keys, begun) {
    const { locks, stores } = this.log;
    const hold = locks.take(index);
    if (hold === undefined) return;
    try {
      if (stores.begun === begun && !keys.some((key) => locks.holder(key)))
        await hold.send(this.port, ["unlink", [index]]);
    } finally {
      hold.release();
    }
  }

  /**
   * Deletes a value and then sends what takes its key out of its indexes. Returns how many values there were.
   * @param {string} key
   * @param {Command[]} removal
   */
  async dropKey(key, removal) {
    const { port, setting } = this;
    const { locks } = this.log;
    const hold = await locks.wait(key, setting.waitMs, setting.now());
    if (hold === undefined) {
      const isStore = locks.holder(key)?.isStore === true;
      // Its store looks at the log when its write has ended. What lies there now is old too, and other processes read it.
      if (isStore) locks.setLate(key, setting.now());
      const count = countIn(await port.request(["unlink", [key]]), "UNLINK");
      return isStore ? 0 : count;
    }
    try {
      const count = countIn(await hold.send(port, ["unlink", [key]]), "UNLINK");
      await Promise.all(removal.map((command) => hold.send(port, command)));
      return count;
    } finally {
      hold.release();
    }
  }

  /** Takes a few members out whose values are gone. @param {string[]} indexes */
  async #reapSome(indexes) {
    for (const index of indexes) {
      if (Math.random() * REAP_ONE_IN >= 1) continue;
      const members = listIn(await this.port.request(["srandmember", [index], [REAP_MEMBERS]]), "SRANDMEMBER");
      for (const member of members) await this.#reap(index, textOf(member));
    }
  }

  /** @param {string} index @param {string} member */
  async #reap(index, member) {
    const { port } = this;
    const hold = this.log.locks.take(this.layout.keyOf(member) ?? member);
    if (hold === undefined) return;
    try {
      const key = this.layout.keyOf(member);
      const isDead = key === undefined || Number(await hold.send(port, ["exists", [key]])) === 0;
      if (isDead) await hold.send(port, ["srem", [index], [member]]);
    } finally {
      hold.release();
    }
  }
}
