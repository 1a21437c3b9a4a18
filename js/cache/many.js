// @ts-check
/**
 * Batches: a loader that takes a list of ids, cached id by id.
 *
 * Each id is a call of one wrapped function, so hits, joined runs, ttl and invalidations are those of any call. Only its
 * runs are special: they wait for the end of the turn and become one run of the loader. A run's place in the invalidation
 * log is older than the loader's start, so waiting makes nothing stale.
 */

import { idOf, idText } from "../entities/ids.js";
import { ConfigError, describe } from "../messages/errors.js";
import { checkFunction, standFor } from "./wrap.js";

/** What a user gives: ids to rows. @typedef {(ids: unknown[]) => unknown} Loader */
/** @typedef {{ id: unknown, text: string, resolve: (row: unknown) => void, reject: (error: unknown) => void }} Waiting */

/** Many databases take a few thousand values in one query; a batch stays well below. */
const BATCH_SIZE = 1000;

/**
 * @param {(entityType: any, options: any) => (fn: Function) => any} cache
 * @param {string} entityType
 * @param {any} given the options of a wrapped function, and `batchSize`
 * @param {Loader} loader
 */
export function wrapMany(cache, entityType, given, loader) {
  const { batchSize = BATCH_SIZE, ...options } = given ?? {};
  const { idField = "id", entities = {} } = options;
  check(entityType, loader, batchSize, idField);

  const batch = new Batch(loader, idField, batchSize);
  /** @param {unknown} id */
  const run = (id) => batch.add(id);
  Object.defineProperty(run, "name", { value: loader.name });
  const one = cache(entityType, {
    // 42 and "42" are one entity, hence one entry here.
    key: idOf,
    ...options,
    idField: undefined,
    // Not the row's id: a row that is missing is `null`, and is to be dropped when it comes to be.
    entities: { ...entities, [entityType]: (/** @type {unknown} */ _row, /** @type {unknown[]} */ [id]) => id },
    entityType: undefined,
  })(run);

  /** @param {unknown[]} ids */
  const many = async (ids) => {
    if (!Array.isArray(ids)) {
      throw new ConfigError("ERR_CACHEREF_IDS", `expected an array of ids, got ${describe(ids)}`);
    }
    const isDecided = batch.gather(new Set(ids.map(idOf)));
    return Promise.all(ids.map((id) => load(id, isDecided)));
  };
  /**
   * @param {unknown} id
   * @param {(id: string) => void} isDecided
   */
  const load = (id, isDecided) => {
    const row = one(id);
    const decide = () => isDecided(idOf(id));
    row.then(decide, decide);
    return row;
  };
  /** @param {unknown} id */
  const single = async (id) => load(id, batch.gather(new Set([idOf(id)])));
  Object.defineProperties(single, Object.getOwnPropertyDescriptors(one));
  Object.defineProperty(many, "name", { value: loader.name });
  standFor(single, one);
  standFor(many, one);
  return Object.assign(many, { one: single, original: loader });
}

/** The calls of one turn: how many of their ids may still turn out to be misses. @typedef {{ open: number }} Gathering */

/**
 * The ids that wait for the next run of the loader.
 *
 * The misses of the calls of one turn are known one after the other, as replies come in. They are gathered: the loader
 * runs when the last id is known to be a hit or a miss. What others have asked for meanwhile goes with it.
 */
class Batch {
  /** @type {Waiting[]} */
  #waiting = [];
  /** The turns that gather an id. @type {Map<string, Set<Gathering>>} */
  #gathering = new Map();
  /** The ids that wait or are being loaded: a call of one joins its run. @type {Set<string>} */
  #underWay = new Set();
  /** This turn, if there was a call in it. @type {Gathering | undefined} */
  #turn;
  #isScheduled = false;
  #loader;
  #idField;
  #size;

  /**
   * @param {Loader} loader
   * @param {string} idField
   * @param {number} size
   */
  constructor(loader, idField, size) {
    this.#loader = loader;
    this.#idField = idField;
    this.#size = size;
  }

  /**
   * Begins a call of these ids. What it returns is to be told of each id that needs no run any more.
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
   * The row of an id; `null` if the loader knows none.
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
    try {
      const rows = await this.#loader(asked.map(({ id }) => id));
      const found = this.#match(rows, asked);
      for (const { text, resolve, reject } of asked) {
        const row = found.rows.get(text) ?? found.failures.get(text) ?? found.failure ?? null;
        if (row instanceof Error) reject(row);
        else resolve(row);
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      for (const { text } of asked) this.#underWay.delete(text);
    }
  }

  /**
   * Rows by id. An Error among them fails the id in whose place it stands; where places tell nothing, it fails every id
   * without a row, since a row that could not be loaded is not a row that does not exist.
   * @param {unknown} rows
   * @param {Waiting[]} asked
   */
  #match(rows, asked) {
    if (rows instanceof Map) {
      return { rows: new Map(Array.from(rows, ([id, row]) => [idText(id), row])), failures: new Map() };
    }
    if (!Array.isArray(rows)) {
      throw new TypeError(`the loader of cache.many() must return an array of rows or a Map, got ${describe(rows)}`);
    }
    const found = new Map();
    const failures = new Map();
    let failure;
    for (const [place, row] of rows.entries()) {
      if (row instanceof Error) {
        if (rows.length === asked.length) failures.set(asked[place].text, row);
        else failure ??= row;
      } else if (row !== null && row !== undefined) {
        found.set(idText(row[this.#idField]), row);
      }
    }
    return { rows: found, failures, failure };
  }
}

/**
 * Calls back when everything that is due now has run: replies that arrived together have then started their runs.
 * @param {() => void} callback
 */
function afterThisTurn(callback) {
  if (typeof setImmediate === "function") setImmediate(callback);
  else setTimeout(callback, 0);
}

/**
 * @param {unknown} entityType
 * @param {unknown} loader
 * @param {unknown} batchSize
 * @param {unknown} idField
 */
function check(entityType, loader, batchSize, idField) {
  if (typeof entityType !== "string") {
    throw new ConfigError(
      "ERR_CACHEREF_OPTION",
      `cache.many() needs an entity type (a string), got ${describe(entityType)}`,
    );
  }
  checkFunction(loader, "cache.many()");
  if (!Number.isInteger(batchSize) || /** @type {number} */ (batchSize) < 1) {
    throw new ConfigError("ERR_CACHEREF_OPTION", `batchSize must be a whole number >= 1, got ${describe(batchSize)}`);
  }
  if (typeof idField !== "string" || idField.startsWith("$")) {
    throw new ConfigError(
      "ERR_CACHEREF_OPTION",
      `idField must be the name of a field, by which cache.many() tells the rows apart; got ${describe(idField)}`,
    );
  }
}
