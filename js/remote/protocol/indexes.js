// @ts-check
/**
 * Indexes: a set for each entity and for each type of list, whose members are the value keys, or marks, of the calls that
 * an invalidation must find.
 */
import { isError } from "../../boundary/realms.js";
import { countIn, listIn, textIn, textOf } from "../connections/reply.js";
import { BURST, sendAll, unlink } from "./bursts.js";
import { readMark } from "./layout.js";
import { ADD } from "./lua.js";

const MEMBERS_PER_PAGE = 500;
/** The expiry of the indexes of a value without one: a hundred years, which other expiries can be compared with. */
const FOR_GOOD_MS = 100 * 365 * 86_400_000;
/** An index outlives its values by this much, whichever is written first. */
export const INDEX_MARGIN_MS = 60_000;

/** @param {number} ttlMs of a value; 0: no expiry */
export const indexLifetime = (ttlMs) => (ttlMs === 0 ? FOR_GOOD_MS : Math.ceil(ttlMs) + INDEX_MARGIN_MS);

export class Indexes {
  /** Whether the server knows EXPIRE's GT and NX (Redis 7 and later). Assumed until it refuses. */
  #hasConditionalExpiry;

  /**
   * @param {import("../connections/connection.js").Port} port
   * @param {import("./layout.js").Layout} layout
   */
  constructor(port, layout) {
    this.port = port;
    this.layout = layout;
    this.#hasConditionalExpiry = port.can.log;
  }

  /**
   * Adds members to indexes. The expiry of an index may only grow.
   * @param {string[]} indexes
   * @param {string[]} members
   * @param {number} lifetime milliseconds
   */
  async add(indexes, members, lifetime) {
    const { port } = this;
    for (let from = 0; from < indexes.length; from += BURST) {
      const part = indexes.slice(from, from + BURST);
      if (port.can.scripts) {
        const added = await sendAll(
          port,
          part.map((index) => [ADD, [index], [lifetime, ...members]]),
        );
        for (const count of added) countIn(count, "the script that adds to an index");
      } else await Promise.all(part.map((index) => this.#addWithoutScript(index, members, lifetime)));
    }
  }

  /** @param {string} index @param {string[]} members @param {number} lifetime */
  async #addWithoutScript(index, members, lifetime) {
    const { port } = this;
    if (this.#hasConditionalExpiry) {
      try {
        // NX before GT: the longest expiry wins, even if another process has just made the set.
        countIn(await port.request(["sadd", [index], members]), "SADD");
        await port.request(["pexpire", [index], [lifetime, "nx"]]);
        await port.request(["pexpire", [index], [lifetime, "gt"]]);
        return;
      } catch (error) {
        if (!(isError(error) && /ERR .*(arguments|syntax|unsupported option)/i.test(error.message))) throw error;
        this.#hasConditionalExpiry = false;
      }
    }
    const left = countIn(await port.request(["pttl", [index]]), "PTTL");
    countIn((await port.request(["sadd", [index], members])) ?? members.length, "SADD");
    // Two stores at once may leave the shorter expiry: without conditions and scripts there is no better way.
    if (left < lifetime) await port.request(["pexpire", [index], [lifetime]]);
  }

  /** The value keys that an index lists. @param {string} index @returns {Promise<string[]>} */
  async list(index) {
    const keys = new Set();
    for await (const members of this.pages(index)) {
      for (const member of members) {
        const key = this.layout.keyOf(member);
        if (key) keys.add(readMark(key)?.key ?? key);
      }
    }
    return [...keys];
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

  /** Deletes the values that an index lists. Returns how many there were. @param {string} index */
  async drop(index) {
    let sum = 0;
    for await (const members of this.pages(index)) {
      const keys = new Set();
      for (const member of members) {
        const key = this.layout.keyOf(member);
        const mark = key && readMark(key);
        // The mark first: once it is gone, it cannot be renamed to its value key any more.
        if (mark) await unlink(this.port, [key]);
        if (key) keys.add(mark ? mark.key : key);
      }
      sum += await unlink(this.port, [...keys]);
    }
    return sum;
  }
}
