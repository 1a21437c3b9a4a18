// @ts-check
/**
 * The protocol where one script can touch every key: one server, or a Cluster whose prefix keeps all keys in one slot.
 *
 * A store is one script, and so is an invalidation of a few hundred cached calls. What is larger takes several, so that
 * the server does not stand still.
 */
import { countIn, listIn, textIn, textOf } from "../connections/reply.js";
import { functionOf } from "./layout.js";
import { writeFields } from "./log.js";
import { ADD, DROP, PLACE, SOFTEN, STORE, TIDY, VERIFY } from "./lua.js";
import { BURST, indexLifetime, PlainProtocol } from "./plain.js";

/** @typedef {import("./plain.js").Stored} Stored */
/** @typedef {import("./plain.js").Verdict} Verdict */

/** Members that one script drops: a third of a millisecond of the server's time, and more where a million are listed. */
const DROP_BUDGET = 200;
/** Indexes that one script writes. */
const INDEXES_PER_SCRIPT = 300;
/** Characters or bytes of a value that goes through a script: Lua hashes all of it, which takes 1.4 ms for a megabyte. */
const LONGEST_VALUE = 256 * 1024;

/** Which of the indexes are looked through, and where in them. */
const randomPlace = () => Math.floor(Math.random() * 2 ** 32);

export class ScriptProtocol extends PlainProtocol {
  /** @type {PlainProtocol["store"]} */
  async store(stored) {
    const { layout } = this;
    const { key, value, ttlMs, name, concerns } = stored;
    if (concerns.length > INDEXES_PER_SCRIPT || value.length > LONGEST_VALUE) return super.store(stored);
    const keys = [layout.log, key, ...concerns.map((concern) => layout.key(concern))];
    let { position } = stored;
    for (;;) {
      const verdict = await this.#verdict([
        STORE,
        keys,
        [
          position.id,
          position.by,
          value,
          Math.ceil(ttlMs),
          indexLifetime(ttlMs),
          layout.concernOffset,
          name,
          randomPlace(),
          layout.memberPrefix,
        ],
      ]);
      if (verdict !== "behind") return /** @type {Verdict} */ (verdict);
      // More has happened than one script should read: read it here, and go on from there.
      const read = await this.readOn(stored, position);
      if (read.verdict !== "stored") return read.verdict;
      position = read.end;
    }
  }

  /**
   * For a value with more indexes than one script should write, or a long one.
   * @type {PlainProtocol["place"]}
   */
  async place(stored, mark) {
    let { position } = stored;
    for (;;) {
      const { verdict, end } = await this.readOn(stored, position);
      if (verdict !== "stored") return verdict;
      position = end;
      const placed = await this.#verdict([PLACE, [this.layout.log, mark, stored.key], [position.id, position.by]]);
      if (placed !== "behind") return /** @type {Verdict} */ (placed);
    }
  }

  /** @param {import("../connections/connection.js").Command} command */
  async #verdict(command) {
    return textIn(await this.connection.request(command), "a script that stores", /^(stored|concerned|lost|behind)$/);
  }

  /** Check and renaming are one step here, so nobody has to find a mark. @type {PlainProtocol["markIndexes"]} */
  markIndexes() {
    return [];
  }

  /** @type {PlainProtocol["add"]} */
  async add(indexes, members, lifetime) {
    for (let from = 0; from < indexes.length; from += INDEXES_PER_SCRIPT) {
      const part = indexes.slice(from, from + INDEXES_PER_SCRIPT);
      const added = await this.connection.request([ADD, part, [lifetime, ...members]]);
      countIn(added, "the script that adds to indexes");
    }
  }

  /** @type {PlainProtocol["tidy"]} */
  async tidy(key, mark, indexes) {
    const { connection, layout } = this;
    for (let from = 0; from < indexes.length; from += INDEXES_PER_SCRIPT) {
      await connection.request([
        TIDY,
        [key, mark, ...indexes.slice(from, from + INDEXES_PER_SCRIPT)],
        [layout.memberPrefix, randomPlace()],
      ]);
    }
  }

  /** @type {PlainProtocol["verify"]} */
  async verify(key, concerns, asBytes) {
    if (concerns.length > INDEXES_PER_SCRIPT) return super.verify(key, concerns, asBytes);
    return this.connection.request([VERIFY, [key, ...concerns.map((concern) => this.layout.key(concern))]], asBytes);
  }

  /** @type {PlainProtocol["invalidate"]} */
  async invalidate(concerns) {
    const { layout } = this;
    const direct = concerns.filter((concern) => "ecl".includes(concern[0]));
    const scanned = concerns.filter((concern) => !"ecl".includes(concern[0]));
    const work = [];
    for (let from = 0; from < direct.length; from += BURST) {
      const part = direct.slice(from, from + BURST);
      const keysOf = (/** @type {boolean} */ isValue) =>
        part.filter((concern) => (concern[0] === "c") === isValue).map((concern) => layout.key(concern));
      // The plain form, which another client of this prefix may use, has marks that only such a set leads to.
      const marks = keysOf(true).map((key) => layout.markIndex(key));
      work.push(this.#drop([...keysOf(false), ...marks], keysOf(true), writeFields(this.setting.writer(), part)));
    }
    if (scanned.length > 0) work.push(this.#sweep(scanned));
    return (await Promise.all(work)).reduce((sum, count) => sum + count, 0);
  }

  /**
   * The entry of the log comes first here too: a run that began before it stores nothing, stale or fresh. What is stored
   * fresh after that may be made stale with the rest, which costs a refresh.
   * @type {PlainProtocol["soften"]}
   */
  async soften(concerns, windowOf) {
    const { connection, layout } = this;
    await this.append(concerns);
    const listed = await Promise.all(concerns.map((concern) => this.list(layout.key(concern))));
    const windows = new Map(listed.flat().map((key) => [key, windowOf(functionOf(layout.concern(key)))]));
    const keys = [...windows.keys()];
    const soft = keys.filter((key) => windows.get(key) !== 0);
    const hard = keys.filter((key) => windows.get(key) === 0);
    let sum = 0;
    for (let from = 0; from < soft.length; from += DROP_BUDGET) {
      const part = soft.slice(from, from + DROP_BUDGET);
      const softened = await connection.request([SOFTEN, part, part.map((key) => windows.get(key) ?? 0)]);
      sum += countIn(softened, "the script that makes values stale");
    }
    for (let from = 0; from < hard.length; from += DROP_BUDGET)
      sum += await this.#drop([], hard.slice(from, from + DROP_BUDGET), []);
    return sum;
  }

  /**
   * @param {string[]} indexes
   * @param {string[]} values
   * @param {string[]} fields of the entry of the log; none when the log has it already
   */
  async #drop(indexes, values, fields) {
    const { connection, layout } = this;
    let cursor = "0";
    let sum = 0;
    for (;;) {
      const reply = await connection.request([
        DROP,
        [layout.log, ...indexes, ...values],
        [values.length, DROP_BUDGET, cursor, layout.memberPrefix, ...fields],
      ]);
      const [dropped, next, nextCursor] = listIn(reply, "the script that drops");
      sum += countIn(dropped, "the script that drops");
      if (countIn(next, "the script that drops") === 0) return sum;
      indexes = indexes.slice(Number(next) - 2);
      values = [];
      fields = [];
      cursor = textOf(nextCursor);
    }
  }

  /**
   * Drops what is found by looking at every key: the calls of functions, or everything.
   * @param {string[]} concerns
   */
  async #sweep(concerns) {
    await this.append(concerns);
    let sum = 0;
    for await (const { indexes, values, marks } of this.found(concerns)) {
      const keys = [...values, ...marks];
      for (let from = 0; from < keys.length; from += DROP_BUDGET)
        sum += await this.#drop([], keys.slice(from, from + DROP_BUDGET), []);
      for (let from = 0; from < indexes.length; from += BURST)
        sum += await this.#drop(indexes.slice(from, from + BURST), [], []);
    }
    return sum;
  }
}
