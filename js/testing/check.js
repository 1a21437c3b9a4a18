// @ts-check
/** The few assertions of the suite. With them it needs no test runner. */

/**
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {string} what
 */
export function equal(actual, expected, what) {
  const [left, right] = [show(actual), show(expected)];
  if (left !== right) throw new Error(`${what}: expected ${right}, got ${left}`);
}

/**
 * Checks that both have the same members, in any order.
 * @param {Iterable<unknown>} actual
 * @param {unknown[]} expected
 * @param {string} what
 */
export function sameMembers(actual, expected, what) {
  equal([...actual].map(String).sort(), expected.map(String).sort(), what);
}

/** @param {unknown} value */
function show(value) {
  return JSON.stringify(value) ?? String(value);
}
