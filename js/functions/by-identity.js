// @ts-check
/**
 * `identity`, the `key` of functions whose arguments are compared as `===` compares them: selectors of a large state, which
 * would take long to walk. Each object gets a number when it is first seen, and keeps it as long as it lives:
 *
 *     identity(state, "open")       [[1], "open"]
 *     identity(otherState, "open")  [[2], "open"]
 *
 * A number stands in an array, so that it equals no primitive argument. It means nothing in another process: whoever makes
 * keys that leave this one asks `usesOfIdentity` before and after.
 */
import { shared } from "../messages/shared.js";

/** What all copies of the package have in common. */
const known = /* @__PURE__ */ shared("identities", () => ({
  uses: 0,
  last: 0,
  /** @type {WeakMap<object, number>} */
  objects: new WeakMap(),
  // A registered symbol cannot be held weakly.
  /** @type {Map<symbol, number>} */
  symbols: new Map(),
}));

export const identity = /* @__PURE__ */ shared(
  "identity",
  () =>
    /** @param {unknown[]} args */
    function identity(...args) {
      known.uses += 1;
      // They count as absent, as in any key.
      while (args.length > 0 && args.at(-1) === undefined) args.pop();
      return args.map(compared);
    },
);

/** How often `identity` was called. */
export const usesOfIdentity = () => known.uses;

/**
 * Whether a value has a number.
 * @param {unknown} value
 * @returns {value is object}
 */
export const isCompared = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

/** @param {any} value */
function compared(value) {
  if (!isCompared(value) && typeof value !== "symbol") return value;
  const numbers = /** @type {WeakMap<any, number>} */ (typeof value === "symbol" ? known.symbols : known.objects);
  let number = numbers.get(value);
  if (number === undefined) {
    number = ++known.last;
    numbers.set(value, number);
  }
  return [number];
}
