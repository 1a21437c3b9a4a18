/**
 * Many calls of one row: the first worker fills them, invalidates them at one stroke and looks at each of them; the
 * others refresh some, and so provoke races.
 * @param {string[]} ways
 * @param {{ calls: number, atOnce?: number }} size
 */
export const rounds =
  (ways, { calls, atOnce }) =>
  (/** @type {number} */ worker, /** @type {number} */ seconds) =>
    worker === 0
      ? { kind: "bulk", shapes: ["nth"], ids: 1, slowest: 60, calls, seconds, ways, atOnce }
      : { shapes: ["nth"], ids: 1, calls, writers: 0, refreshes: 12, rest: 10 };
