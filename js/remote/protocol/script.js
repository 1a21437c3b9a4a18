// @ts-check
/**
 * The protocol where one script can touch every key: one server, or a Cluster whose prefix keeps all keys in one slot.
 *
 * A store is one script, and so is an invalidation of a few hundred cached calls. A larger one takes several, so that
 * the server is not blocked for long.
 */
import { countIn, listIn, textIn, textOf } from "../connections/reply.js";
import { BURST, sumOf } from "./bursts.js";
import { functionOf, indexesOf, isSwept, kindOf, withDependents } from "./concerns.js";
import { Indexes, indexLifetime } from "./indexes.js";
import { ADD, DROP, PLACE, SOFTEN, STORE, TIDY, VERIFY } from "./lua.js";
import { PlainProtocol } from "./plain.js";

/** @typedef {import("./plain.js").Stored} Stored */
/** @typedef {import("./plain.js").Verdict} Verdict */

/** Members that one script drops. It takes the server a third of a millisecond, and more with a million members. */
const DROP_BUDGET = 200;
/** Concerns in one script: 200 of entities, and those of the calls that depend on their types. */
const CONCERNS_PER_SCRIPT = 250;
/** Indexes that one script writes. */
const INDEXES_PER_SCRIPT = 300;
/** Characters or bytes of a value that goes through a script: Lua hashes all of it, which takes 1.4 ms for a megabyte. */
const LONGEST_VALUE = 256 * 1024;

/** Chooses the indexes that are reaped, and the place in them. */
const randomPlace = () => Math.floor(Math.random() * 2 ** 32);

/** Indexes that one script adds to. */
class ScriptIndexes extends Indexes {
  /** @type {Indexes["add"]} */
  async add(indexes, members, lifetime) {
    for (const part of partsOf(indexes, INDEXES_PER_SCRIPT)) {
      const added = await this.port.request([ADD, part, [lifetime, ...members]]);
      countIn(added, "the script that adds to indexes");
    }
  }
}

export class ScriptProtocol extends PlainProtocol {
  /**
   * @param {import("./plain.js").Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {import("./plain.js").Setting} setting
   * @param {import("./stream-log.js").StreamLog} log
   */
  constructor(port, layout, setting, log) {
    super(port, layout, setting, log, new ScriptIndexes(port, layout));
    /** @readonly */
    this.log = log;
  }

  /** @type {PlainProtocol["store"]} */
  async store(stored) {
    const { layout } = this;
    const { key, value, ttlMs, name, concerns, names } = stored;
    if (concerns.length > INDEXES_PER_SCRIPT || value.length > LONGEST_VALUE) return super.store(stored);
    const keys = [this.log.key, key, ...concerns.map((concern) => layout.key(concern))];
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
          ...names,
        ],
      ]);
      if (verdict !== "behind") return /** @type {Verdict} */ (verdict);
      // The log has more new entries than one script should read: they are read here, and the script starts behind them.
      const read = await this.check(stored, position);
      if (read.verdict !== "clear") return read.verdict;
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
      const { verdict, end } = await this.check(stored, position);
      if (verdict !== "clear") return verdict;
      position = end;
      const placed = await this.#verdict([PLACE, [this.log.key, mark, stored.key], [position.id, position.by]]);
      if (placed !== "behind") return /** @type {Verdict} */ (placed);
    }
  }

  /** @param {import("../connections/connection.js").Command} command */
  async #verdict(command) {
    return textIn(await this.port.request(command), "a script that stores", /^(stored|concerned|lost|behind)$/);
  }

  /** The check and the renaming are one step here, so nobody has to find a mark. @type {PlainProtocol["markIndexes"]} */
  markIndexes() {
    return [];
  }

  /** @type {PlainProtocol["tidy"]} */
  async tidy(key, mark, indexes) {
    const { port, layout } = this;
    for (const part of partsOf(indexes, INDEXES_PER_SCRIPT))
      await port.request([TIDY, [key, mark, ...part], [layout.memberPrefix, randomPlace()]]);
  }

  /** @type {PlainProtocol["verify"]} */
  async verify(key, concerns, asBytes) {
    if (concerns.length > INDEXES_PER_SCRIPT) return super.verify(key, concerns, asBytes);
    return this.port.request([VERIFY, [key, ...concerns.map((concern) => this.layout.key(concern))]], asBytes);
  }

  /** @type {PlainProtocol["invalidate"]} */
  async invalidate(concerns) {
    const { layout } = this;
    const swept = concerns.filter(isSwept);
    // What is swept may have indexes too, and is in the log first.
    const work = partsOf(
      concerns.filter((concern) => !isSwept(concern) || indexesOf(concern).length > 0),
      CONCERNS_PER_SCRIPT,
    ).map((part) => {
      const values = part.filter((concern) => kindOf(concern) === "call").map((concern) => layout.key(concern));
      const indexes = part.flatMap(indexesOf).map((concern) => layout.key(concern));
      // Another client of this prefix may use the plain form, whose marks only this set leads to.
      const marks = values.map((key) => layout.markIndex(key));
      return this.#drop([...indexes, ...marks], values, this.log.fields(part));
    });
    if (swept.length > 0) work.push(this.#sweep(swept));
    return sumOf(await Promise.all(work));
  }

  /**
   * The log has the entry first here too, so that a run that began before it stores nothing, neither stale nor fresh. A
   * value that is stored after the entry may become stale with the rest, which costs a refresh.
   * @type {PlainProtocol["soften"]}
   */
  async soften(concerns, windowOf) {
    const { port, layout } = this;
    const all = withDependents(concerns);
    await this.log.append(all);
    const indexes = all.flatMap(indexesOf).map((concern) => layout.key(concern));
    const listed = await Promise.all(indexes.map((index) => this.indexes.list(index)));
    const windows = new Map(listed.flat().map((key) => [key, windowOf(functionOf(layout.concern(key)))]));
    const keys = [...windows.keys()];
    let sum = 0;
    for (const part of partsOf(
      keys.filter((key) => windows.get(key) !== 0),
      DROP_BUDGET,
    )) {
      const softened = await port.request([SOFTEN, part, part.map((key) => windows.get(key) ?? 0)]);
      sum += countIn(softened, "the script that makes values stale");
    }
    return sum + (await this.#dropValues(keys.filter((key) => windows.get(key) === 0)));
  }

  /**
   * @param {string[]} indexes
   * @param {string[]} values
   * @param {string[]} fields of the entry of the log; none where the log has the entry already
   */
  async #drop(indexes, values, fields) {
    const { port, layout } = this;
    let cursor = "0";
    let sum = 0;
    for (;;) {
      const reply = await port.request([
        DROP,
        [this.log.key, ...indexes, ...values],
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

  /** Drops values in several scripts. The log has the entry already. @param {string[]} keys */
  async #dropValues(keys) {
    let sum = 0;
    for (const part of partsOf(keys, DROP_BUDGET)) sum += await this.#drop([], part, []);
    return sum;
  }

  /**
   * Drops the calls of functions, or everything, found by a look at every key.
   * @param {string[]} concerns
   */
  async #sweep(concerns) {
    await this.log.append(concerns);
    let sum = 0;
    for await (const { indexes, values, marks } of this.find(concerns)) {
      sum += await this.#dropValues([...values, ...marks]);
      for (const part of partsOf(indexes, BURST)) sum += await this.#drop(part, [], []);
    }
    return sum;
  }
}

/** @template T @param {T[]} items @param {number} size */
function partsOf(items, size) {
  const parts = [];
  for (let from = 0; from < items.length; from += size) parts.push(items.slice(from, from + size));
  return parts;
}
