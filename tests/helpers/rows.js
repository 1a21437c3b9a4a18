// Calls whose results hold user 1 and say which version of it they read.

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

/** Without a limit a test that has failed would keep its process alive for ever. */
const LONGEST_WAIT_MS = 60_000;

/** Resolves when the server has taken every invalidation. @param {import("../../js/entries/index.js").EntityCache} cache */
export async function untilTaken(cache) {
  const end = performance.now() + LONGEST_WAIT_MS;
  while ((cache.stats().pending ?? 0) > 0) {
    if (performance.now() > end) throw new Error(`the server has taken no invalidation for ${LONGEST_WAIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
