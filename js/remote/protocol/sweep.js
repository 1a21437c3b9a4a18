// @ts-check
/** Sweeping: an invalidation of a function, or of everything, looks at every key of the prefix. */
import { BackendError } from "../../messages/errors.js";
import { inBursts, unlink } from "./bursts.js";
import { argumentPartOf, EVERYTHING, kindOf, patterns } from "./concerns.js";
import { isMarkIndex, readMark } from "./layout.js";

/** @typedef {import("../connections/connection.js").Port} Port */
/** @typedef {{ indexes: string[], values: string[], marks: string[] }} Page */

/**
 * The keys that concerns of functions, of types, or of everything, name, page by page.
 * @param {Pick<Port, "scan">} port
 * @param {import("./layout.js").Layout} layout
 * @param {(text: string) => boolean} isArgumentPart
 * @param {string[]} concerns
 * @returns {AsyncGenerator<Page>}
 */
export async function* findKeys(port, layout, isArgumentPart, concerns) {
  const isAll = concerns.includes(EVERYTHING);
  const names = concerns.map((concern) => concern.slice(2));
  const patternOf = (/** @type {string} */ name, /** @type {number} */ i) =>
    kindOf(concerns[i]) === "type" ? patterns.entitiesOf(name) : patterns.callsOf(name);
  for (const [i, pattern] of (isAll ? [patterns.keys] : names.map(patternOf)).entries()) {
    for await (const keys of port.scan(layout.pattern(pattern))) {
      /** @type {Page} */
      const page = { indexes: [], values: [], marks: [] };
      for (const key of keys) {
        const concern = layout.concern(key);
        if (concern === "") continue;
        const mark = readMark(concern);
        // That a key begins with the name is not enough: `user` must not drop the calls of `user:list`.
        const isOf = () => isArgumentPart(argumentPartOf(mark?.key ?? concern, names[i]));
        if (kindOf(concern) !== "call") page.indexes.push(key);
        else if (!isMarkIndex(key) && (isAll || isOf())) (mark ? page.marks : page.values).push(key);
      }
      yield page;
    }
  }
}

/** Passes, and time-outs of an operation, after which a sweep is given up, and tried again later. */
const MOST_PASSES = 20;
const MOST_TIMEOUTS = 10;

/**
 * Looks at all keys, until it can be sure that none was missed: a cursor means nothing after a restart, and keys move
 * between the servers of a Cluster. A pass counts if the servers, their runs and their slots were the same before and after.
 * While slots are on the move, two passes in a row count: a key moves only once, so one of them has seen it.
 *
 * A pass takes as long as it takes. No other one begins when the time of the sweep is over.
 * @param {Port} port
 * @param {{ now: () => number, waitMs: number }} setting
 * @param {() => Promise<unknown>} pass
 */
export async function wholePass(port, { now, waitMs }, pass) {
  const end = now() + MOST_TIMEOUTS * waitMs;
  let before = await port.topology();
  let passes = 0;
  for (let i = 0; i < MOST_PASSES && (i === 0 || now() < end); i++) {
    await pass();
    const after = await port.topology();
    // Where the servers do not say what they are, a second pass outlasts one restart.
    const isSure = before !== undefined && after !== undefined && !before.isMoving && !after.isMoving;
    const isSame = before?.text === after?.text && before?.isWhole !== false && after?.isWhole !== false;
    passes = isSame ? passes + 1 : 0;
    if (isSame && (isSure || passes === 2)) return;
    before = after;
  }
  throw new BackendError("ERR_CACHEREF_TOPOLOGY", "the servers changed during each look at all keys");
}

/**
 * Deletes the keys that `pages` finds, in single commands. Returns how many values there were.
 *
 * The marks have a pass of their own: in a single pass, a mark that is renamed behind the cursor would be missed.
 * @param {Port} port
 * @param {{ now: () => number, waitMs: number }} setting
 * @param {import("./indexes.js").Indexes} indexes
 * @param {import("./life.js").Life} life
 * @param {() => AsyncGenerator<Page>} pages
 * @param {boolean} isAll whether everything is dropped, so that no member of an index lives
 */
export async function sweep(port, setting, indexes, life, pages, isAll) {
  let sum = 0;
  await wholePass(port, setting, async () => {
    for await (const { marks } of pages()) await unlink(port, marks);
  });
  await wholePass(port, setting, async () => {
    for await (const page of pages()) {
      sum += await unlink(port, page.values);
      if (!isAll) {
        sum += await indexes.dropAll(page.indexes);
        continue;
      }
      // All values are found by their own names, so the indexes need not lead to them.
      await inBursts(page.indexes, async (index) => {
        for await (const members of indexes.pages(index)) await life.reap(index, members);
      });
    }
  });
  return sum;
}
