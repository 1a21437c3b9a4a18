// @ts-check
/**
 * The protocol in single commands: for a Cluster whose keys lie in many slots, and where scripts may not be run.
 *
 * A value is written under a mark, indexed, checked against the log, and only then renamed to its key. With the prefix
 * `app:`, the call `getUser(42)` whose result holds user 42 is stored so:
 *
 *     position   (script)                                          the run begins: the log ends at 7-0
 *     1  SET     app:c:getUser:[42]~0sv3k1a00f9q2xy '{"id":42}'      the value, under its mark: nobody reads it
 *        ZADD    app:life GT 1700000060000 app:e:user:42 …           until when the indexes have members
 *        SADD    app:e:user:42  …[42]~0sv3k1a00f9q2xy                the index lists the mark, which stands for the value
 *        SADD    app:c:getUser:[42]~~  …[42]~0sv3k1a00f9q2xy         the marks of this key: `invalidateKey` finds them here
 *     2  XRANGE  app:log 7-0 +                                       does an entry after 7-0 concern it? Then it ends here
 *     3  RENAME  app:c:getUser:[42]~0sv3k1a00f9q2xy app:c:getUser:[42]
 *     4  UNLINK  the mark; SADD app:e:user:42 …[42]; SREM the mark   in the background
 *
 * An invalidation of user 42 appends `e:user:42` to the log, reads all of `app:e:user:42`, deletes the marks that it lists,
 * and then the values. If step 2 came before that entry, the invalidation finds the mark and deletes it, so that step 3
 * fails (`no such key`), or deletes the value, if step 3 is done. So nothing stale is visible even for a moment, and a
 * writer that dies leaves a key that nobody reads.
 *
 * Such an invalidation never removes members from an index: between its reading and its deleting, another writer may have
 * stored the same key anew. js/remote/protocol/life.js removes members whose values are gone.
 */
import { isError } from "../../boundary/realms.js";
import { isReply, textIn } from "../connections/reply.js";
import { BURST, sendAll, unlink } from "./bursts.js";
import { EVERYTHING, indexesOf, isSwept, kindOf, wellFormedConcern, withDependents } from "./concerns.js";
import { FormerIndexes } from "./former.js";
import { Life } from "./life.js";
import { readToEnd } from "./log.js";
import { REMOVE, TIDY_INDEX } from "./lua-plain.js";
import { SharedIndexes } from "./shared-indexes.js";
import { findKeys, sweep } from "./sweep.js";

/** @typedef {import("./log.js").Log} Log */
/** @typedef {import("./log.js").Position} Position */
/** @typedef {import("../connections/connection.js").Command} Command */
/** @typedef {import("../connections/connection.js").Port} Port */

/**
 * What is to be stored.
 * @typedef {object} Stored
 * @property {string} key
 * @property {string | Uint8Array} value
 * @property {number} ttlMs 0: no expiry
 * @property {string} name of the function
 * @property {string[]} concerns of the indexes that list it
 * @property {string[]} names what else concerns it, besides its call, its function and everything
 * @property {Position} position where the log ended before the function ran
 * @property {boolean} [hasWaited] whether its call has waited in vain for a run, whose store may have ended with its request
 */
/**
 * What became of it:
 * - `stored`;
 * - `concerned`: an invalidation since the position concerns it;
 * - `lost`: the log does not reach back to the position;
 * - `gone`: its mark was gone at the renaming. An invalidation deleted the mark; or the renaming was done, its reply was
 *   lost, and the client sent it again. Nobody can say whose the value is then, so it is withdrawn;
 * - `late`: another operation on the key is overdue, and may still take effect.
 * @typedef {"stored" | "concerned" | "lost" | "gone" | "late"} Verdict
 */

/**
 * @typedef {object} Setting
 * @property {() => number} now milliseconds since the epoch
 * @property {(text: string) => boolean} isArgumentPart whether a text is what follows the function name in a value key
 * @property {number} waitMs how long an operation waits for another one of this process
 * @property {import("./leases.js").Leases} [leases] of near caches; none where the log is that of the process
 * @property {import("./witnesses.js").Witnesses} [witnesses] of slots; none where a node cannot lose an index and keep the log
 * @property {boolean | undefined} isStrict whether a value counts only while its indexes list it; undefined: the server's eviction policy decides
 * @property {(work: Promise<unknown>) => void} later looks after work that no call waits for
 */

/** @param {string} concern */
const isType = (concern) => kindOf(concern) === "type";

/** @param {string} key @param {string | Uint8Array} value @param {number} ttlMs @returns {Command} */
export const setCommand = (key, value, ttlMs) => [
  "set",
  [key],
  ttlMs === 0 ? [value] : [value, "px", Math.ceil(ttlMs)],
];

export class PlainProtocol {
  /**
   * @param {Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {Setting} setting
   * @param {Log} log
   * @param {import("./indexes.js").Indexes} [indexes]
   */
  constructor(port, layout, setting, log, indexes = new SharedIndexes(port, layout, setting.now)) {
    this.port = port;
    this.layout = layout;
    this.setting = setting;
    this.log = log;
    this.indexes = indexes;
    this.life = new Life(port, layout, setting.now);
    this.former = new FormerIndexes();
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
    // Each once: at a second look an index would lack the mark.
    const indexes = [...new Set(stored.concerns.map((concern) => layout.key(concern)))];
    if (setting.witnesses && !(await setting.witnesses.arm(indexes, stored.position))) return "lost";
    // A strict cache takes membership as proof: the value key is listed only when its value is there.
    const writes = [
      this.port.request(setCommand(mark, value, ttlMs)),
      this.indexes.add([...indexes, ...this.markIndexes(key)], [layout.member(mark)], ttlMs),
    ];
    const former = this.former.of(key, indexes);
    /** @type {Verdict} */
    let verdict;
    try {
      await Promise.all(writes);
      verdict = await this.place(stored, mark, former);
    } catch (error) {
      // Where the server has not answered, it would not answer what follows either: the mark is reaped like a dead writer's.
      if (isReply(error)) setting.later(Promise.allSettled(writes).then(() => this.withdraw(stored, mark, indexes)));
      throw error;
    }
    if (verdict === "stored") this.former.note(key, indexes);
    setting.later(this.tidy(stored, mark, indexes, verdict === "stored" ? former : [], verdict));
    return verdict;
  }

  /**
   * Renames the mark to its value key if the log allows it.
   * @param {Stored} stored
   * @param {string} mark
   * @param {string[]} _former the indexes that should not list the key any more
   * @returns {Promise<Verdict>}
   */
  async place(stored, mark, _former) {
    const { verdict } = await this.check(stored, stored.position);
    if (verdict !== "clear") return verdict;
    try {
      textIn(await this.port.request(["rename", [mark, stored.key]]), "RENAME", /^OK$/);
      return "stored";
    } catch (error) {
      if (isError(error) && error.message.includes("no such key")) return "gone";
      throw error;
    }
  }

  /**
   * Whether an entry of the log after a position concerns a value.
   * @param {Stored} stored
   * @param {Position} position
   */
  check({ key, name, concerns, names }, position) {
    const own = new Set([
      ...concerns,
      ...names,
      this.layout.concern(key),
      wellFormedConcern.function(name),
      EVERYTHING,
    ]);
    return readToEnd(this.log, position, own);
  }

  /**
   * Appends an entry of its own about a call, and deletes what earlier runs of it have staged: none of them is stored behind
   * the run that begins now.
   * @param {string} key
   * @returns {Promise<Position>}
   */
  async supersede(key) {
    const position = await this.log.append([this.layout.concern(key)]);
    await this.indexes.dropMarks(this.markIndexes(key));
    return position;
  }

  /**
   * The set that holds the marks of one value key: no index leads from a call to its marks.
   * @param {string} key
   * @returns {string[]}
   */
  markIndexes(key) {
    return [this.layout.markIndex(key)];
  }

  /**
   * Cleans up after a store: the value key takes the place of its mark in the indexes, and leaves those that it does not
   * belong into any more. A value whose mark is gone from an index is withdrawn: an invalidation may have passed by it.
   * @param {Stored} stored
   * @param {string} mark
   * @param {string[]} indexes
   * @param {string[]} former
   * @param {Verdict | "refused"} verdict
   */
  async tidy({ key, value }, mark, indexes, former, verdict) {
    const { port, layout } = this;
    await port.request(["unlink", [mark]]);
    // While the mark is listed: an invalidation must find the value until it is withdrawn.
    if (verdict === "gone") await port.request(["unlink", [key]]);
    const marked = this.markIndexes(key);
    let isLost;
    if (port.can.scripts) {
      const words = [verdict, layout.member(mark), layout.member(key)];
      const lost = await this.send([
        ...marked.map((index) => /** @type {Command} */ ([REMOVE, [index, layout.lock(index)], [layout.member(mark)]])),
        ...indexes.map((index) => /** @type {Command} */ ([TIDY_INDEX, [index, layout.lock(index)], words])),
      ]);
      isLost = lost.slice(marked.length).some((reply) => Number(reply) === 1);
    } else {
      // The mark may be the only member that leads to the value, so the value key is added before the mark is removed.
      if (verdict === "stored") await this.send(indexes.map((index) => ["sadd", [index], [layout.member(key)]]));
      const removed = await this.send([...indexes, ...marked].map((index) => ["srem", [index], [layout.member(mark)]]));
      isLost = verdict === "stored" && removed.slice(0, indexes.length).some((reply) => Number(reply) === 0);
    }
    if (isLost) await port.request(["unlink", [key]]);
    await this.life.leaveFormer(former, key, value);
    await this.life.afterStore(marked.length === 0 ? indexes : [...indexes, ...marked]);
  }

  /**
   * Cleans up after a store that the server has refused: no index lists its mark, and those that list nothing are forgotten.
   * @param {Stored} stored
   * @param {string} mark
   * @param {string[]} indexes
   */
  async withdraw(stored, mark, indexes) {
    await this.tidy(stored, mark, indexes, [], "refused");
    await this.life.forgetGone([...indexes, ...this.markIndexes(stored.key)]);
  }

  /**
   * The value, if all the indexes that should list it do; else `null`. The value is read after the indexes: one read
   * before could be stale, and stored anew with its indexes when they are read.
   * @param {string} key
   * @param {string[]} concerns
   * @param {boolean} asBytes
   */
  async verify(key, concerns, asBytes) {
    const member = this.layout.member(key);
    const replies = await this.send(concerns.map((concern) => ["sismember", [this.layout.key(concern)], [member]]));
    return replies.every((reply) => Number(reply) === 1) ? this.port.request(["get", [key]], asBytes) : null;
  }

  /**
   * Appends the concerns to the log, and then drops what they name.
   * @param {string[]} concerns
   * @returns {Promise<number>} how many cached calls that were
   */
  async invalidate(concerns) {
    let sum = 0;
    let entry;
    try {
      entry = await this.append(concerns);
    } catch (error) {
      // A server that is full takes no entry until something has gone.
      if (!(isError(error) && error.message.includes("OOM"))) throw error;
      sum = await this.#drop(concerns);
      entry = await this.append(concerns);
    }
    sum += await this.#drop(concerns);
    await Promise.all([this.close(concerns), this.#checkWitnesses(concerns, entry)]);
    return sum;
  }

  /**
   * @param {string[]} concerns
   * @param {Position | undefined} entry the first one of the invalidation
   */
  async #checkWitnesses(concerns, entry) {
    const { witnesses } = this.setting;
    // A sweep of everything needs no index.
    if (witnesses === undefined || entry === undefined || concerns.includes(EVERYTHING)) return;
    const indexes = concerns.flatMap(indexesOf).map((concern) => this.layout.key(concern));
    await witnesses.check(indexes, concerns.some(isType), entry);
  }

  /** @param {string[]} concerns */
  async #drop(concerns) {
    const { layout, port } = this;
    const calls = concerns.filter((concern) => kindOf(concern) === "call").map((concern) => layout.key(concern));
    const indexes = concerns.flatMap(indexesOf).map((concern) => layout.key(concern));
    let sum = await this.indexes.dropAll([...indexes, ...calls.flatMap((key) => this.markIndexes(key))]);
    sum += await unlink(port, calls);
    const swept = concerns.filter(isSwept);
    if (swept.length === 0) return sum;
    const isAll = swept.includes(EVERYTHING);
    sum += await sweep(port, this.setting, this.indexes, this.life, () => this.find(swept), isAll);
    if (isAll) await this.life.clear();
    return sum;
  }

  /**
   * Ends an invalidation of several steps, for the near caches. A log of this process has none.
   * @param {string[]} concerns
   */
  async close(concerns) {
    await this.setting.leases?.close(concerns);
  }

  /**
   * Appends concerns to the log, in entries of a bounded size.
   * @param {string[]} concerns
   * @returns {Promise<Position | undefined>} the first entry
   */
  async append(concerns) {
    let first;
    for (let from = 0; from < concerns.length; from += BURST) {
      const entry = await this.log.append(concerns.slice(from, from + BURST));
      first ??= entry;
    }
    return first;
  }

  /** The keys that a sweep for these concerns drops. @param {string[]} concerns */
  find(concerns) {
    return findKeys(this.port, this.layout, this.setting.isArgumentPart, concerns);
  }

  /**
   * Makes values of entities, lists or types stale, where one step can do that, and drops the others. Here it drops all: the
   * expiry of a value that waits under its mark cannot be shortened.
   * @param {string[]} concerns
   * @param {(name: string) => number} _windowOf how long the values of a function may be served stale, in ms
   */
  soften(concerns, _windowOf) {
    return this.invalidate(withDependents(concerns));
  }

  /**
   * Sends commands, and throws if one of them failed.
   * @param {Command[]} commands
   */
  send(commands) {
    return sendAll(this.port, commands);
  }
}
