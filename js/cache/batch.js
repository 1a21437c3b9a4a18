// @ts-check
/**
 * The ids that wait for the next run of a loader.
 *
 * The calls of one turn learn one after the other, as replies come in, which of their ids are misses. The loader runs
 * once the last id is known to be a hit or a miss. Ids that other calls have asked for meanwhile go into the same run.
 */

import { isError, isMap } from "../boundary/realms.js";
import { idOf, idText } from "../entities/ids.js";
import { describe } from "../messages/errors.js";

/** What a user gives: ids to rows. @typedef {(ids: unknown[]) => unknown} Loader */
/** A call of one id that waits for its row. @typedef {{ id: unknown, text: string, resolve: (row: unknown) => void, reject: (error: unknown) => void }} Waiting */
/** The calls of one turn: how many of their ids may still turn out to be misses. @typedef {{ open: number }} Gathering */

export class Batch {
  /** @type {Waiting[]} */
  #waiting = [];
  /** For each id, the turns in which it may still turn out to be a miss. @type {Map<string, Set<Gathering>>} */
  #gathering = new Map();
  /** The ids that wait or are being loaded: another call of such an id joins its run. @type {Set<string>} */
  #underWay = new Set();
  /** The current turn, if there was a call in it. @type {Gathering | undefined} */
  #turn;
  #isScheduled = false;
  #loader;
  #idField;
  #size;
  #copy;

  /**
   * @param {Loader} loader
   * @param {string} idField
   * @param {number} size
   * @param {(row: unknown) => unknown} copy what another call gets of a row
   */
  constructor(loader, idField, size, copy) {
    this.#loader = loader;
    this.#idField = idField;
    this.#size = size;
    this.#copy = copy;
  }

  /**
   * Begins a call of these ids. Call the returned function for each id once it turns out to be a hit, or has failed.
   * @param {Set<string>} ids
   * @returns {(id: string) => void}
   */
  gather(ids) {
    const turn = this.#turn ?? this.#begin();
    for (const id of ids) {
      if (this.#underWay.has(id)) continue;
      let turns = this.#gathering.get(id);
      if (turns === undefined) {
        turns = new Set();
        this.#gathering.set(id, turns);
      }
      if (turns.has(turn)) continue;
      turns.add(turn);
      turn.open += 1;
    }
    return (id) => {
      const turns = this.#gathering.get(id);
      if (!turns?.delete(turn)) return;
      if (turns.size === 0) this.#gathering.delete(id);
      this.#close(turn);
    };
  }

  /** @returns {Gathering} */
  #begin() {
    const turn = { open: 0 };
    this.#turn = turn;
    afterThisTurn(() => {
      this.#turn = undefined;
    });
    return turn;
  }

  /**
   * Asks for the row of an id, which is a miss. The row is `null` if the loader knows none.
   * @param {unknown} id
   */
  add(id) {
    const text = idOf(id);
    this.#underWay.add(text);
    const turns = this.#gathering.get(text);
    this.#gathering.delete(text);
    const row = new Promise((resolve, reject) => {
      this.#waiting.push({ id, text, resolve, reject });
    });
    if (turns) for (const turn of turns) this.#close(turn);
    else this.#schedule();
    return row;
  }

  /** @param {Gathering} turn */
  #close(turn) {
    turn.open -= 1;
    if (turn.open === 0) this.#schedule();
  }

  #schedule() {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    afterThisTurn(() => this.#flush());
  }

  #flush() {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#isScheduled = false;
    for (let start = 0; start < waiting.length; start += this.#size) {
      this.#load(waiting.slice(start, start + this.#size));
    }
  }

  /** @param {Waiting[]} asked */
  async #load(asked) {
    // Calls that are not cached, and refreshes, may ask for one id several times.
    const ids = new Map(asked.map(({ id, text }) => [text, id]));
    try {
      const rows = await this.#loader([...ids.values()]);
      const found = this.#match(rows, [...ids.keys()]);
      for (const { text, resolve, reject } of asked) {
        const row = found.rows.get(text) ?? found.failures.get(text) ?? found.failure ?? null;
        if (isError(row)) reject(row);
        // The first call of an id gets the row itself.
        else resolve(ids.delete(text) ? row : this.#copy(row));
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      for (const { text } of asked) this.#underWay.delete(text);
    }
  }

  /**
   * Rows by id. An Error among the rows fails the id at its place. If there are not as many rows as ids, no place says
   * which id is meant: the Error then fails every id without a row, because such a row may well exist.
   * @param {unknown} rows
   * @param {string[]} asked
   */
  #match(rows, asked) {
    if (isMap(rows)) {
      return { rows: new Map(Array.from(rows, ([id, row]) => [idText(id), row])), failures: new Map() };
    }
    if (!Array.isArray(rows)) {
      throw new TypeError(`the loader of cache.many() must return an array of rows or a Map, got ${describe(rows)}`);
    }
    const found = new Map();
    const failures = new Map();
    let failure;
    for (const [place, row] of rows.entries()) {
      if (isError(row)) {
        if (rows.length === asked.length) failures.set(asked[place], row);
        else failure ??= row;
      } else if (row !== null && row !== undefined) {
        found.set(this.#idOfRow(row, place), row);
      }
    }
    return { rows: found, failures, failure };
  }

  /**
   * The id of a row, as its JSON has it: a date or an ObjectId is an object with `toJSON`.
   * @param {any} row
   * @param {number} place
   */
  #idOfRow(row, place) {
    const id = row[this.#idField];
    const text = idText(typeof id?.toJSON === "function" ? id.toJSON() : id);
    if (text === undefined) {
      throw new TypeError(
        `a row of the loader of cache.many() has no id: "${this.#idField}" of the row at ${place} is ${describe(id)}`,
      );
    }
    return text;
  }
}

/**
 * Timers as they were when this module was loaded: a test that fakes them later does not hold back a batch. A fake of
 * @sinonjs/fake-timers (Jest, Vitest, sinon), which may have come first, has a property `clock`.
 */
const TIMER = /* @__PURE__ */ [globalThis.setImmediate, globalThis.setTimeout].find(
  (timer) => typeof timer === "function" && !("clock" in timer),
);
/** Where all timers are fake: so many microtasks give replies in memory the time to start their runs. */
const MICROTASKS = 20;

/**
 * Calls back when everything that is due now has run. Replies that arrived together have started their runs by then.
 * @param {() => void} callback
 */
async function afterThisTurn(callback) {
  if (TIMER !== undefined) {
    TIMER(callback);
    return;
  }
  await afterMicrotasks(callback);
}

/**
 * Calls back in this turn of the event loop, when what waits for nothing but promises has run.
 * @param {() => void} callback
 */
export async function afterMicrotasks(callback) {
  for (let i = 0; i < MICROTASKS; i++) await undefined;
  callback();
}
