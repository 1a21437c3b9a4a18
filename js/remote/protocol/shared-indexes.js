// @ts-check
/**
 * Indexes on a server with streams, which many processes share. They have no expiry, so that no server evicts one before
 * its values. The sorted set `life` lists each with the latest end of its members (js/remote/protocol/life.js).
 */
import { BackendError } from "../../messages/errors.js";
import { countIn, listIn, textIn, textOf } from "../connections/reply.js";
import { BURST, inBursts, sendAll, unlink } from "./bursts.js";
import { Indexes } from "./indexes.js";
import { readMark } from "./layout.js";
import { PAGE } from "./lua-drop.js";
import { ADD_TO_INDEX } from "./lua-plain.js";
import { repaired } from "./repair.js";

/** How often the walk through an index begins anew before it is given up, and tried again later. */
const MOST_RESTARTS = 20;
/** Entries of `life` that one command writes. */
const NOTED_AT_ONCE = 500;

export class SharedIndexes extends Indexes {
  #now;

  /**
   * @param {import("../connections/connection.js").Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {() => number} now milliseconds since the epoch
   */
  constructor(port, layout, now) {
    super(port, layout);
    this.#now = now;
  }

  /**
   * Adds members to indexes. `life` lists the indexes first: a writer that dies in between leaves an entry without an index,
   * which goes, and no index that nobody looks at.
   * @type {Indexes["add"]}
   */
  async add(indexes, members, ttlMs) {
    if (indexes.length === 0) return;
    await Promise.all([this.#noteInLife(indexes, ttlMs), addMembers(this.port, indexes, members)]);
  }

  /** @param {string[]} indexes @param {number} ttlMs */
  async #noteInLife(indexes, ttlMs) {
    const step = Math.max(1, Math.floor(ttlMs / 8));
    // Rounded up, so that most stores leave the sorted set as it is.
    const ending = ttlMs === 0 ? "+inf" : Math.ceil((this.#now() + ttlMs) / step) * step;
    for (let from = 0; from < indexes.length; from += NOTED_AT_ONCE) {
      const part = indexes.slice(from, from + NOTED_AT_ONCE);
      const words = part.flatMap((index) => [ending, this.layout.member(index)]);
      await repaired(this.port, ["zadd", [this.layout.life], ["gt", ...words]]);
    }
  }

  /** A small index comes in one page, and a large one under a walk lock. @type {Indexes["walk"]} */
  async *walk(index) {
    const { port, layout } = this;
    if (!port.can.scripts) {
      yield listIn(await repaired(port, ["smembers", [index]]), "SMEMBERS").map(textOf);
      return;
    }
    const keys = [index, layout.lock(index)];
    const token = Math.random().toString(36).slice(2);
    let [cursor, held, run] = ["0", "", ""];
    let isRepeated = false;
    let restarts = 0;
    for (;;) {
      const page = await port.request([PAGE, keys, [cursor, held, run, token]]);
      const [members, next, lock, runId] = listIn(page, "the script that reads an index");
      yield listIn(members, "the script that reads an index").map(textOf);
      cursor = textIn(next, "the script that reads an index", /^\d+$/);
      const hasBegunAnew = held !== "" && (held !== textOf(lock) || run !== textOf(runId));
      if (hasBegunAnew && ++restarts > MOST_RESTARTS)
        throw new BackendError("ERR_CACHEREF_TOPOLOGY", `each look at ${index} began anew`);
      held = textOf(lock);
      run = textOf(runId);
      // Where the server does not say which run it is, a second walk outlasts one restart.
      if (cursor === "0" && held !== "" && run === "" && !isRepeated) isRepeated = true;
      else if (cursor === "0") return;
    }
  }

  /**
   * Deletes the values that indexes list. All pages are read first, then the marks go, then the values: a value on the
   * first page may get its name, and its mark leave a later page, between the two. Members stay: another writer may have
   * stored the same key anew.
   * @type {Indexes["dropAll"]}
   */
  async dropAll(indexes) {
    const { marks, values } = await this.#members(indexes);
    await unlink(this.port, [...marks]);
    return unlink(this.port, [...values]);
  }

  /** @type {Indexes["dropMarks"]} */
  async dropMarks(indexes) {
    await unlink(this.port, [...(await this.#members(indexes)).marks]);
  }

  /** The marks that indexes list, and the values that they lead to. @param {string[]} indexes */
  async #members(indexes) {
    /** @type {Set<string>} */
    const marks = new Set();
    /** @type {Set<string>} */
    const values = new Set();
    await inBursts(indexes, async (index) => {
      for await (const members of this.walk(index)) {
        for (const member of members) {
          const key = this.layout.keyOf(member);
          const mark = key && readMark(key);
          if (mark) marks.add(key);
          if (key) values.add(mark ? mark.key : key);
        }
      }
    });
    return { marks, values };
  }
}

/**
 * Adds members to indexes that `life` lists already.
 * @param {import("../connections/connection.js").Port} port
 * @param {string[]} indexes
 * @param {string[]} members
 */
export async function addMembers(port, indexes, members) {
  for (let from = 0; from < indexes.length; from += BURST) {
    const part = indexes.slice(from, from + BURST);
    if (port.can.scripts)
      await sendAll(
        port,
        part.map((index) => [ADD_TO_INDEX, [index], members]),
      );
    else await Promise.all(part.map((index) => addWithoutScript(port, index, members)));
  }
}

/** @param {import("../connections/connection.js").Port} port @param {string} index @param {string[]} members */
async function addWithoutScript(port, index, members) {
  // In this order: an index that expires in between does not take the new members with it.
  await port.request(["persist", [index]]);
  countIn(await repaired(port, ["sadd", [index], members]), "SADD");
}
