// @ts-check
/**
 * The protocol where one script can touch every key: one server, or a Cluster whose prefix keeps all keys in one slot.
 *
 * A store is one script, and so is an invalidation of a few hundred cached calls. A larger one takes several, so that
 * the server is not blocked for long.
 */
import { countIn, listIn, textIn, textOf } from "../connections/reply.js";
import { BURST, inBursts, sumOf } from "./bursts.js";
import { EVERYTHING, functionOf, indexesOf, isSwept, kindOf, withDependents } from "./concerns.js";
import { PLACE } from "./lua.js";
import { DROP, SOFTEN } from "./lua-drop.js";
import { ADD, CLEAR_LIFE, LOOK_AT_LIFE, STORE, TIDY, VERIFY } from "./lua-store.js";
import { PlainProtocol } from "./plain.js";
import { SharedIndexes } from "./shared-indexes.js";
import { wholePass } from "./sweep.js";

/** @typedef {import("./plain.js").Stored} Stored */
/** @typedef {import("./plain.js").Verdict} Verdict */

/** Members that one script drops. It takes the server a third of a millisecond, and more with a million members. */
const DROP_BUDGET = 200;
/** Concerns in one script: 200 of entities, and those of the calls that depend on their types. */
const CONCERNS_PER_SCRIPT = 250;
/** The most members that one script drops, where new ones come faster than scripts of `DROP_BUDGET` take them. */
const MOST_DROPPED = 5000;
/** Walks through the same index until more members are dropped at a time. */
const PATIENT_WALKS = 10;
/** Indexes that one script looks at because their end has passed. */
const MOST_DUE = 32;
/** Indexes that one script writes. */
const INDEXES_PER_SCRIPT = 300;
/** Characters or bytes of a value that goes through a script: Lua hashes all of it, which takes 1.4 ms for a megabyte. */
const LONGEST_VALUE = 256 * 1024;

/** Bytes of values after which a script makes no further value stale. It takes the server two milliseconds. */
const BYTES_PER_SCRIPT = 512 * 1024;

/** Chooses the indexes that are reaped, and the place in them. */
const randomPlace = () => Math.floor(Math.random() * 2 ** 32);

/** Indexes that one script adds to. */
class ScriptIndexes extends SharedIndexes {
  /** @type {SharedIndexes["add"]} */
  async add(indexes, members, ttlMs) {
    for (const part of partsOf(indexes, INDEXES_PER_SCRIPT)) {
      const added = await this.port.request([ADD, [this.layout.life, ...part], [Math.ceil(ttlMs), ...members]]);
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
    super(port, layout, setting, log, new ScriptIndexes(port, layout, setting.now));
    /** @readonly */
    this.log = log;
  }

  /** @type {PlainProtocol["store"]} */
  async store(stored) {
    const { layout } = this;
    const { key, value, ttlMs, name, concerns, names } = stored;
    if (concerns.length > INDEXES_PER_SCRIPT || value.length > LONGEST_VALUE) return super.store(stored);
    const indexes = concerns.map((concern) => layout.key(concern));
    const former = this.former.of(key, indexes);
    const keys = [this.log.key, key, layout.life, ...indexes, ...former];
    const due = Math.min(indexes.length + 1, MOST_DUE);
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
          randomPlace(),
          former.length,
          layout.concernOffset,
          name,
          layout.memberPrefix,
          due,
          ...names,
        ],
      ]);
      if (verdict === "stored" || verdict === "more") {
        this.former.note(key, indexes);
        if (due === MOST_DUE && verdict === "more") this.setting.later(this.#look(indexes.length));
        return "stored";
      }
      if (verdict !== "behind") return /** @type {Verdict} */ (verdict);
      // The log has more new entries than one script should read: they are read here, and the script starts behind them.
      const read = await this.check(stored, position);
      if (read.verdict !== "clear") return read.verdict;
      position = read.end;
    }
  }

  /** Looks at indexes whose end has passed, as many as a store has listed. @param {number} count */
  async #look(count) {
    const { port, layout } = this;
    for (let looked = 0; looked < count; looked += MOST_DUE) {
      const due = await port.request([LOOK_AT_LIFE, [layout.life], [MOST_DUE, layout.memberPrefix]]);
      if (countIn(due, "the script that looks at indexes") < MOST_DUE) return;
    }
  }

  /**
   * For a value with more indexes than one script should write, or a long one.
   * @type {PlainProtocol["place"]}
   */
  async place(stored, mark, former) {
    let { position } = stored;
    const keys = [this.log.key, mark, stored.key, ...former.slice(0, INDEXES_PER_SCRIPT)];
    for (;;) {
      const { verdict, end } = await this.check(stored, position);
      if (verdict !== "clear") return verdict;
      position = end;
      const placed = await this.#verdict([PLACE, keys, [position.id, position.by]]);
      if (placed !== "behind") return /** @type {Verdict} */ (placed);
    }
  }

  /** @param {import("../connections/connection.js").Command} command */
  async #verdict(command) {
    return textIn(
      await this.port.request(command),
      "a script that stores",
      /^(stored|more|concerned|lost|gone|behind)$/,
    );
  }

  /** The check and the renaming are one step here, so nobody has to find a mark. @type {PlainProtocol["markIndexes"]} */
  markIndexes() {
    return [];
  }

  /** @type {PlainProtocol["tidy"]} */
  async tidy({ key }, mark, indexes, _former, verdict) {
    const { port, layout } = this;
    const parts = indexes.length === 0 ? [[]] : partsOf(indexes, INDEXES_PER_SCRIPT);
    for (const part of parts)
      await port.request([TIDY, [key, mark, ...part], [verdict, layout.memberPrefix, randomPlace()]]);
    if (indexes.length > 0) await this.#look(indexes.length);
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
      return this.#drop([...indexes, ...marks], values, part);
    });
    if (swept.length > 0) work.push(this.#sweep(swept));
    return work.length === 1 ? work[0] : sumOf(await Promise.all(work));
  }

  /**
   * The log has the entry first here too, so that a run that began before it stores nothing, neither stale nor fresh. A
   * value that is stored after the entry may become stale with the rest, which costs a refresh.
   * @type {PlainProtocol["soften"]}
   */
  async soften(concerns, windowOf) {
    const { layout } = this;
    const all = withDependents(concerns);
    await this.log.append(all);
    /** @type {Set<string>} */
    const seen = new Set();
    const soften = async (/** @type {string[]} */ indexes) =>
      sumOf(await inBursts(indexes, (index) => this.#softenIndex(index, seen, windowOf)));
    let sum = await soften(all.flatMap(indexesOf).map((concern) => layout.key(concern)));
    const swept = all.filter(isSwept);
    if (swept.length > 0)
      await wholePass(this.port, this.setting, async () => {
        for await (const { indexes } of this.find(swept)) sum += await soften(indexes);
      });
    await this.close(all);
    return sum;
  }

  /**
   * Makes the values that an index lists stale, page by page.
   * @param {string} index
   * @param {Set<string>} seen the keys whose values are stale already; those of the index are added
   * @param {(name: string) => number} windowOf
   */
  async #softenIndex(index, seen, windowOf) {
    let sum = 0;
    for await (const page of this.indexes.keyPages(index)) {
      const windows = new Map();
      for (const key of page) if (!seen.has(key)) windows.set(key, windowOf(functionOf(this.layout.concern(key))));
      for (const key of windows.keys()) seen.add(key);
      sum += await this.#softenValues(windows);
    }
    return sum;
  }

  /** @param {Map<string, number>} windows how long each value may be served stale, in ms; 0: it is dropped */
  async #softenValues(windows) {
    const keys = [...windows.keys()];
    let sum = await this.#dropValues(keys.filter((key) => windows.get(key) === 0));
    const kept = keys.filter((key) => windows.get(key) !== 0);
    for (let from = 0; from < kept.length; ) {
      const part = kept.slice(from, from + DROP_BUDGET);
      const words = [BYTES_PER_SCRIPT, ...part.map((key) => windows.get(key) ?? 0)];
      const [there, looked] = listIn(
        await this.port.request([SOFTEN, part, words]),
        "the script that makes values stale",
      );
      sum += countIn(there, "the script that makes values stale");
      from += Math.max(1, countIn(looked, "the script that makes values stale"));
    }
    return sum;
  }

  /**
   * @param {string[]} indexes
   * @param {string[]} values
   * @param {string[]} concerns of the entry of the log; none where the log has the entry already
   */
  async #drop(indexes, values, concerns) {
    const { port, layout, log, setting } = this;
    let entry = concerns.length === 0 ? undefined : log.entry(concerns);
    let cursor = "0";
    let sum = 0;
    let walks = 0;
    for (;;) {
      const budget = Math.min(MOST_DROPPED, DROP_BUDGET * 2 ** Math.max(0, walks - PATIENT_WALKS));
      const reply = await port.request([
        DROP,
        [log.key, layout.life, ...indexes, ...values],
        [values.length, budget, cursor, layout.memberPrefix, ...(entry?.words ?? [])],
      ]);
      // Elements are read by index: invalidations are rare, so V8 does not compile this code, and destructuring would be slow.
      const answer = listIn(reply, "the script that drops");
      const end = entry === undefined ? "" : log.noteText(entry, textOf(answer[3]));
      sum += countIn(answer[0], "the script that drops");
      const next = countIn(answer[1], "the script that drops");
      if (next === 0) {
        // One script: nobody reads anything between its entry and its end.
        if (entry === undefined) await this.close(concerns);
        else {
          const settled = setting.leases?.settle(end, answer.slice(4), concerns);
          if (settled !== undefined) await settled;
        }
        return sum;
      }
      entry = undefined;
      indexes = indexes.slice(next - 1);
      values = [];
      cursor = textOf(answer[2]);
      if (cursor === "0") walks = next === 1 ? walks + 1 : 0;
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
    await wholePass(this.port, this.setting, async () => {
      for await (const { indexes, values, marks } of this.find(concerns)) {
        sum += await this.#dropValues([...values, ...marks]);
        for (const part of partsOf(indexes, BURST)) sum += await this.#drop(part, [], []);
      }
    });
    if (concerns.includes(EVERYTHING)) await this.#clearLife();
    await this.close(concerns);
    return sum;
  }

  /** Removes from `life` the indexes that are gone. */
  async #clearLife() {
    let cursor = "0";
    do {
      const next = await this.port.request([CLEAR_LIFE, [this.layout.life], [cursor]]);
      cursor = textIn(next, "the script that clears", /^\d+$/);
    } while (cursor !== "0");
  }
}

/** @template T @param {T[]} items @param {number} size */
function partsOf(items, size) {
  const parts = [];
  for (let from = 0; from < items.length; from += size) parts.push(items.slice(from, from + size));
  return parts;
}
