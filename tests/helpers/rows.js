// Calls whose results hold user 1 and say which version of it they read.
import { until } from "./until.js";

/**
 * @param {import("../../js/entries/index.js").EntityCache} cache
 * @param {{ version: number }} row
 * @param {object} [options]
 */
export const callsOf = (cache, row, options) =>
  cache({ entityType: "user", keyPrefix: "get", ...options })(async (/** @type {number} */ _n) => ({
    id: 1,
    version: row.version,
  }));

/** @param {any} call @param {number} count */
export async function fill(call, count, atOnce = 200) {
  for (let from = 0; from < count; from += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - from) }, (_, i) => call(from + i)));
}

/** How many of the cached calls hold an older version than the row's. @param {any} call @param {number} count @param {{ version: number }} row */
export async function countOld(call, count, row, atOnce = 100) {
  let old = 0;
  for (let from = 0; from < count; from += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - from) }, (_, i) => from + i);
    for (const found of await Promise.all(numbers.map((n) => call.peek(n))))
      if (found && found.version < row.version) old += 1;
  }
  return old;
}

/** Resolves when the server has taken every invalidation. @param {import("../../js/entries/index.js").EntityCache} cache */
export const untilTaken = (cache) => until(() => !cache.stats().pending, "the server has taken every invalidation");
