// @ts-check
/**
 * The protocol for Workers KV, which has neither streams nor sets nor any step that is atomic.
 *
 * The log and the locks are this isolate's own, so the guarantee holds within the isolate; elsewhere KV's own delay (about a
 * minute) bounds how long a stale value is served. An index is a number of keys, `{index}|{suffix}`: an *entry* for each
 * time that a call is stored. An invalidation deletes those that it has listed before it took the lock of their value key:
 * each later store has an entry of its own.
 */
import { BackendError } from "../../messages/errors.js";
import { readGlob } from "../connections/glob.js";
import { setOfName } from "../connections/kv.js";
import { inBursts, sendAll } from "./bursts.js";
import { EVERYTHING, indexesOf, isSwept, kindOf } from "./concerns.js";
import { Indexes, indexLifetime } from "./indexes.js";
import { OwnLogProtocol } from "./own.js";
import { findKeys } from "./sweep.js";

/** How many operations on KV one invocation of a Worker may make: https://developers.cloudflare.com/kv/platform/limits/ */
const OPERATIONS = 1000;
/** Those that a call makes besides storing its indexes. */
const OTHER_OPERATIONS = 20;
/** A Worker has six connections, and the rest waits: so many surely have a reply within one time-out. */
const AT_ONCE = 30;
/** After so long an overdue operation is given up: its request has ended, and its promise with it. */
const GIVEN_UP_MS = 60_000;
/** The name under which the value keys that were written lately are kept. */
const VALUES = "";

/** @typedef {{ name: string, member: string }} Entry */
/** @typedef {import("./own-log.js").OwnLog} OwnLog */
/** @typedef {import("./plain.js").Port} Port */
/** @typedef {import("../connections/connection.js").Command} Command */

class KVIndexes extends Indexes {
  #recent;
  #now;

  /** @param {Port} port @param {import("./layout.js").Layout} layout @param {OwnLog} log @param {() => number} now */
  constructor(port, layout, log, now) {
    super(port, layout);
    this.#recent = log.recent;
    this.#now = now;
  }

  /** @type {Indexes["add"]} */
  async add(indexes, [member], ttlMs) {
    if (indexes.length > OPERATIONS - OTHER_OPERATIONS) {
      throw new BackendError(
        "ERR_CACHEREF_KV_OPERATIONS",
        `a result with ${indexes.length} entities needs more operations than the ${OPERATIONS} that KV allows a Worker`,
      );
    }
    const lifetime = indexLifetime(ttlMs);
    const names = await sendAll(
      this.port,
      indexes.map((index) => ["add-member", [index], [member, lifetime]]),
      AT_ONCE,
    );
    for (const [i, name] of names.entries()) this.#recent.add(indexes[i], name, member, this.#now());
  }

  /** @type {Indexes["keysIn"]} */
  async keysIn(index) {
    return [...(await this.entries(index)).keys()];
  }

  /**
   * The entries of an index: their names, by the value keys of their members.
   * @param {string} index
   */
  async entries(index) {
    /** @type {Map<string, Set<string>>} */
    const entries = new Map();
    const add = (/** @type {Entry} */ { name, member }) => {
      const key = this.layout.keyOf(member) ?? member;
      entries.set(key, (entries.get(key) ?? new Set()).add(name));
    };
    let cursor;
    do {
      const page = await this.port.request(["list-members", [index], cursor === undefined ? [] : [cursor]]);
      page.members.forEach(add);
      cursor = page.cursor;
    } while (cursor !== undefined);
    this.#recent.of(index).forEach(add);
    return entries;
  }
}

export class KVProtocol extends OwnLogProtocol {
  /**
   * @param {Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {import("./plain.js").Setting} setting
   * @param {OwnLog} log
   */
  constructor(port, layout, setting, log) {
    const indexes = new KVIndexes(port, layout, log, setting.now);
    super(port, layout, setting, log, indexes);
    /** @readonly */
    this.indexes = indexes;
  }

  /** @type {OwnLogProtocol["store"]} */
  async store(stored) {
    const { key } = stored;
    const { locks, recent } = this.log;
    const overdueSince = locks.holder(key)?.overdueSince;
    if (overdueSince !== undefined && this.setting.now() - overdueSince >= GIVEN_UP_MS) {
      await this.port.request(["unlink", [key]]);
      locks.revoke(key);
    }
    // Before it is written, and however that ends.
    recent.add(VALUES, key, key, this.setting.now());
    return super.store(stored);
  }

  /** KV does not say whether a deleted key existed, so the keys that were found are counted. @type {OwnLogProtocol["invalidate"]} */
  async invalidate(concerns) {
    const { log, layout } = this;
    const { begun } = log.stores;
    const isBusy = log.stores.adding > 0;
    await this.append(concerns);
    /** @type {Set<string>} */
    const dropped = new Set();
    for (const concern of concerns) {
      for (const index of indexesOf(concern)) await this.#dropIndex(layout.key(index), dropped);
      if (kindOf(concern) !== "call") continue;
      const key = layout.key(concern);
      if ((await this.port.request(["get", [key]])) !== null) dropped.add(key);
      await this.dropKey(key, []);
    }
    const swept = concerns.filter(isSwept);
    if (swept.length === 0) return dropped.size;
    await this.awaitStores();
    const isAll = swept.includes(EVERYTHING);
    /** @type {Set<string>} */
    const indexesOfTypes = new Set();
    for await (const { values, indexes } of this.find(swept)) {
      await inBursts(values, (key) => this.dropKey(key, []));
      for (const key of values) dropped.add(key);
      if (!isAll) for (const name of indexes) indexesOfTypes.add(setOfName(name));
      // A store that has begun since may have written one of these entries. Those that are left expire.
      else if (!isBusy && log.stores.begun === begun) await this.send(indexes.map((name) => ["drop-name", [name]]));
    }
    for await (const { values, indexes } of this.#findRecent(swept)) {
      const unlisted = values.filter((key) => !dropped.has(key));
      await inBursts(unlisted, (key) => this.dropKey(key, []));
      if (!isAll) for (const index of indexes) indexesOfTypes.add(index);
    }
    for (const index of indexesOfTypes) await this.#dropIndex(index, dropped);
    return dropped.size;
  }

  /** What was written lately, of that which a sweep drops. @param {string[]} concerns */
  #findRecent(concerns) {
    const { layout, log, setting } = this;
    /** @type {Port["scan"]} */
    const scan = async function* (pattern) {
      const { matches } = readGlob(pattern);
      yield [...log.recent.of(VALUES).map(({ name }) => name), ...log.recent.sets()].filter(matches);
    };
    return findKeys({ scan }, layout, setting.isArgumentPart, concerns);
  }

  /** @type {OwnLogProtocol["send"]} */
  send(commands) {
    return sendAll(this.port, commands, AT_ONCE);
  }

  /** KV evicts nothing, so the indexes of a value are always there. @type {OwnLogProtocol["verify"]} */
  verify(key, _concerns, asBytes) {
    return this.port.request(["get", [key]], asBytes);
  }

  /**
   * Values first: if this ends half way, the entries that are left still lead to their values.
   * @param {string} index
   * @param {Set<string>} dropped
   */
  async #dropIndex(index, dropped) {
    await inBursts([...(await this.indexes.entries(index))], async ([key, names]) => {
      /** @type {Command[]} */
      const removal = [...names].map((name) => ["drop-name", [name]]);
      if ((await this.dropKey(key, removal)) === 0) return;
      dropped.add(key);
      for (const name of names) this.log.recent.delete(name);
    });
  }
}
