// @ts-check
/**
 * The protocol for backends that keep no streams: the log is this process' own, so the rule holds within the process.
 *
 * No mark is needed here. An invalidation waits for the stores that had already passed their check, and then drops what
 * they wrote.
 */
import { compareIds } from "./log.js";
import { indexLifetime, PlainProtocol, setCommand } from "./plain.js";

/** @typedef {import("./log.js").Entry} Entry */

/** Entries kept. A run that outlasts them is not stored. */
const LENGTH = 10_000;

export class OwnLogProtocol extends PlainProtocol {
  /** @type {Entry[]} */
  #entries = [{ id: "0-0", by: "", concerns: [] }];
  #next = 1;
  /** Stores that are past their check. @type {Set<Promise<unknown>>} */
  #writes = new Set();

  /** @type {PlainProtocol["position"]} */
  async position() {
    return /** @type {Entry} */ (this.#entries.at(-1));
  }

  /** @type {PlainProtocol["since"]} */
  async since(position) {
    const isThere = compareIds(this.#entries[0].id, position.id) <= 0;
    const entries = isThere
      ? this.#entries.slice(Number(position.id.slice(2)) - Number(this.#entries[0].id.slice(2)) + 1)
      : [];
    return { isThere, isWhole: isThere, entries, end: this.#entries.at(-1) };
  }

  /** @type {PlainProtocol["append"]} */
  async append(concerns) {
    this.#entries.push({ id: `0-${this.#next++}`, by: "", concerns });
    if (this.#entries.length > LENGTH * 1.1) this.#entries.splice(0, this.#entries.length - LENGTH);
    await Promise.allSettled([...this.#writes]);
  }

  /** @type {PlainProtocol["store"]} */
  async store(stored) {
    const { connection, layout, setting } = this;
    const { key, value, ttlMs, concerns } = stored;
    const indexes = concerns.map((concern) => layout.key(concern));
    await this.add(indexes, [layout.member(key)], indexLifetime(ttlMs));
    const { verdict } = await this.readOn(stored, stored.position);
    if (verdict !== "stored") return verdict;
    // Nothing is awaited between the check and this: an invalidation finds the write in the set, or the check found it.
    const write = connection.request(setCommand(key, value, ttlMs));
    this.#writes.add(write);
    try {
      await write;
    } finally {
      this.#writes.delete(write);
    }
    if (connection.canReap) setting.later(this.reapSome(indexes));
    return "stored";
  }

  markIndexes() {
    return [];
  }
}
