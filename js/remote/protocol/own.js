// @ts-check
/**
 * The protocol for backends that keep no streams. The log is this process' own, so the guarantee holds within the process.
 *
 * No mark is needed: an invalidation waits for the writes that have passed their check, and then drops what they wrote.
 */
import { unlink } from "./bursts.js";
import { Indexes, indexLifetime } from "./indexes.js";
import { PlainProtocol, setCommand } from "./plain.js";

/** @typedef {import("./own-log.js").OwnLog} OwnLog */
/** @typedef {import("./plain.js").Port} Port */
/** @typedef {import("./layout.js").Layout} Layout */

class OwnIndexes extends Indexes {
  #log;

  /** @param {Port} port @param {Layout} layout @param {OwnLog} log */
  constructor(port, layout, log) {
    super(port, layout);
    this.#log = log;
  }

  /**
   * Where single members cannot be removed, the whole index is deleted, unless a store has run since it was read.
   * @type {Indexes["drop"]}
   */
  async drop(index) {
    const { stores } = this.#log;
    const { begun, underWay } = stores;
    const dropped = await super.drop(index);
    if (!this.port.can.reap && underWay === 0 && stores.begun === begun) await unlink(this.port, [index]);
    return dropped;
  }
}

export class OwnLogProtocol extends PlainProtocol {
  /**
   * @param {Port} port
   * @param {Layout} layout
   * @param {import("./plain.js").Setting} setting
   * @param {OwnLog} log
   * @param {Indexes} [indexes]
   */
  constructor(port, layout, setting, log, indexes = new OwnIndexes(port, layout, log)) {
    super(port, layout, setting, log, indexes);
    /** @readonly */
    this.log = log;
  }

  /** @type {PlainProtocol["store"]} */
  async store(stored) {
    const { stores } = this.log;
    stores.begun += 1;
    stores.underWay += 1;
    try {
      return await this.#store(stored);
    } finally {
      stores.underWay -= 1;
    }
  }

  /**
   * @param {import("./plain.js").Stored} stored
   * @returns {Promise<import("./plain.js").Verdict>}
   */
  async #store(stored) {
    const { port, layout, log, setting } = this;
    const { key, value, ttlMs, concerns } = stored;
    const indexes = concerns.map((concern) => layout.key(concern));
    await this.indexes.add(indexes, [layout.member(key)], indexLifetime(ttlMs));
    let end = stored.position;
    do {
      const read = await this.check(stored, end);
      if (read.verdict !== "clear") return read.verdict;
      end = read.end;
      // An entry may have been appended between the reading and its answer.
    } while (end !== log.end);
    // Nothing is awaited between the check and this line. So the check has seen an invalidation, or it waits for the write.
    const write = port.request(setCommand(key, value, ttlMs));
    log.writes.add(write);
    try {
      await write;
    } finally {
      log.writes.delete(write);
    }
    if (port.can.reap) setting.later(this.reaper.some(indexes));
    return "stored";
  }

  markIndexes() {
    return [];
  }
}
