// @ts-check
/** Sweeping: an invalidation of a function, or of everything, looks at every key of the prefix. */
import { escapeGlob } from "../connections/glob.js";
import { inBursts, sumOf, unlink } from "./bursts.js";
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
export async function* find(port, layout, isArgumentPart, concerns) {
  const isAll = concerns.includes(EVERYTHING);
  const names = concerns.map((concern) => concern.slice(2));
  const patternOf = (/** @type {string} */ name, /** @type {number} */ i) =>
    kindOf(concerns[i]) === "type" ? patterns.entitiesOf(name) : patterns.callsOf(name);
  for (const [i, pattern] of (isAll ? [patterns.keys] : names.map(patternOf)).entries()) {
    for await (const keys of port.scan(escapeGlob(layout.prefix) + pattern)) {
      /** @type {Page} */
      const page = { indexes: [], values: [], marks: [] };
      for (const key of keys) {
        const concern = layout.concern(key);
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

/**
 * Deletes the keys that `pages` finds, in single commands. Returns how many values there were.
 *
 * The marks have a pass of their own: in a single pass, a mark that is renamed behind the cursor would be missed.
 * @param {Port} port
 * @param {import("./indexes.js").Indexes} indexes
 * @param {import("./reap.js").Reaper} reaper
 * @param {() => AsyncGenerator<Page>} pages
 */
export async function sweep(port, indexes, reaper, pages) {
  let sum = 0;
  for await (const { marks } of pages()) await unlink(port, marks);
  for await (const page of pages()) {
    sum += await unlink(port, page.values);
    const counts = await inBursts(page.indexes, async (index) => {
      const dropped = await indexes.drop(index);
      if (port.can.reap) for await (const members of indexes.pages(index)) await reaper.reap(index, members);
      return dropped;
    });
    sum += sumOf(counts);
  }
  return sum;
}
