// @ts-check
/**
 * Indexes: a set for each entity and for each type of list, whose members are the value keys, or marks, of the calls that
 * an invalidation must find.
 */
import { listIn, textIn, textOf } from "../connections/reply.js";
import { readMark } from "./layout.js";

const MEMBERS_PER_PAGE = 500;
/** One index in so many is reaped after a store, so many members at a time. */
export const REAP_ONE_IN = 16;
export const REAP_MEMBERS = 32;
/** The expiry of the indexes of a value without one: a hundred years, which other expiries can be compared with. */
const FOR_GOOD_MS = 100 * 365 * 86_400_000;
/** An index outlives its values by this much, whichever is written first. */
const INDEX_MARGIN_MS = 60_000;

/** The expiry of an index, where indexes have one. @param {number} ttlMs of a value; 0: no expiry */
export const indexLifetime = (ttlMs) => (ttlMs === 0 ? FOR_GOOD_MS : Math.ceil(ttlMs) + INDEX_MARGIN_MS);

export class Indexes {
  /**
   * @param {import("../connections/connection.js").Port} port
   * @param {import("./layout.js").Layout} layout
   */
  constructor(port, layout) {
    this.port = port;
    this.layout = layout;
  }

  /**
   * Adds members to indexes.
   * @abstract
   * @param {string[]} _indexes
   * @param {string[]} _members
   * @param {number} _ttlMs of the members; 0: no expiry
   * @returns {Promise<void>}
   */
  async add(_indexes, _members, _ttlMs) {}

  /**
   * Deletes the values that indexes list. Returns how many there were.
   * @abstract
   * @param {string[]} _indexes
   */
  async dropAll(_indexes) {
    return 0;
  }

  /**
   * Deletes what the marks in indexes stand for before it gets its name. Where nobody makes marks there is nothing.
   * @param {string[]} _indexes
   */
  async dropMarks(_indexes) {}

  /** The value keys that an index lists. @param {string} index @returns {Promise<string[]>} */
  async keysIn(index) {
    /** @type {Set<string>} */
    const keys = new Set();
    for await (const page of this.keyPages(index)) for (const key of page) keys.add(key);
    return [...keys];
  }

  /** The value keys that an index lists, page by page; a key may come twice. @param {string} index */
  async *keyPages(index) {
    for await (const members of this.walk(index)) {
      const keys = [];
      for (const member of members) {
        const key = this.layout.keyOf(member);
        if (key) keys.push(readMark(key)?.key ?? key);
      }
      yield keys;
    }
  }

  /** All members that an index has now, page by page. @param {string} index @returns {AsyncGenerator<string[]>} */
  walk(index) {
    return this.pages(index);
  }

  /** The members of an index, page by page. @param {string} index @returns {AsyncGenerator<string[]>} */
  async *pages(index) {
    let cursor = "0";
    do {
      const page = await this.port.request(["sscan", [index], [cursor, "count", MEMBERS_PER_PAGE]]);
      const [next, members] = listIn(page, "SSCAN");
      cursor = textIn(next, "SSCAN", /^\d+$/);
      yield listIn(members, "SSCAN").map(textOf);
    } while (cursor !== "0");
  }
}
