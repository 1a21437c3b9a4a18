// @ts-check
/**
 * The protocol for backends that keep no streams: the log is this process' own, so the rule holds within the process.
 *
 * No mark is needed here. An invalidation waits for the stores that had already passed their check, and then drops what
 * they wrote.
 */
import { indexLifetime, PlainProtocol, setCommand } from "./plain.js";

export class OwnLogProtocol extends PlainProtocol {
  #log;

  /**
   * @param {import("../guard.js").Port} connection
   * @param {import("./layout.js").Layout} layout
   * @param {import("./plain.js").Setting} setting
   * @param {import("./own-log.js").OwnLog} log
   */
  constructor(connection, layout, setting, log) {
    super(connection, layout, setting);
    this.#log = log;
  }

  /** @type {PlainProtocol["position"]} */
  async position() {
    return this.#log.end;
  }

  /** @type {PlainProtocol["since"]} */
  async since(position) {
    return this.#log.since(position);
  }

  /** @type {PlainProtocol["append"]} */
  async append(concerns) {
    const position = this.#log.append(concerns);
    await Promise.allSettled([...this.#log.writes]);
    return position;
  }

  /** @type {PlainProtocol["store"]} */
  async store(stored) {
    const { stores } = this.#log;
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
    const { connection, layout, setting } = this;
    const { key, value, ttlMs, concerns } = stored;
    const indexes = concerns.map((concern) => layout.key(concern));
    await this.add(indexes, [layout.member(key)], indexLifetime(ttlMs));
    let end = stored.position;
    do {
      const read = await this.readOn(stored, end);
      if (read.verdict !== "stored") return read.verdict;
      end = read.end;
      // An entry may have come in the very step between the reading and its answer.
    } while (end !== this.#log.end);
    // Nothing is awaited between the check and this: an invalidation finds the write in the set, or the check found it.
    const write = connection.request(setCommand(key, value, ttlMs));
    this.#log.writes.add(write);
    try {
      await write;
    } finally {
      this.#log.writes.delete(write);
    }
    if (connection.canReap) setting.later(this.reapSome(indexes));
    return "stored";
  }

  /**
   * Where single members cannot be taken out, the whole index goes, if no store has touched it since it was read.
   * @type {PlainProtocol["dropMembers"]}
   */
  async dropMembers(index) {
    const { stores } = this.#log;
    const { begun, underWay } = stores;
    const dropped = await super.dropMembers(index);
    if (!this.connection.canReap && underWay === 0 && stores.begun === begun) await this.unlink([index]);
    return dropped;
  }

  markIndexes() {
    return [];
  }
}
