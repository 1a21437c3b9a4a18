// Caches for tests, with what they log kept in a list.
import { EntityCache } from "../../js/entries/node.js";

/**
 * A cache whose log lines are in `lines`, as `[level, message]`.
 * @param {any} backend
 * @param {any} [options]
 */
export function makeCache(backend, options = {}) {
  /** @type {[string, string][]} */
  const lines = [];
  const write = (/** @type {string} */ level) => (/** @type {string} */ message) => lines.push([level, message]);
  const logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const cache = new EntityCache({ backend, prefix: "app:", logger, ...options });
  return Object.assign(cache, { lines });
}

/**
 * A function that counts its runs, and whose result a test can hold back.
 * @param {(...args: any[]) => any} compute
 */
export function counted(compute) {
  const fn = async function counted(/** @type {any[]} */ ...args) {
    fn.runs += 1;
    return compute(...args);
  };
  fn.runs = 0;
  return fn;
}

/** A promise and its `resolve`. @template T @returns {{ promise: Promise<T>, resolve: (value: T) => void }} */
export function gate() {
  /** @type {any} */
  const made = {};
  made.promise = new Promise((resolve) => {
    made.resolve = resolve;
  });
  return made;
}
