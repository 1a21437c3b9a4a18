// @ts-check
/**
 * The conformance suite: what a backend must do so that a cache on it keeps its promises. A case is a plain function with
 * a name, for any test runner.
 */
import { cacheCases } from "./cache-cases.js";
import { commandCases } from "./command-cases.js";

/**
 * What the cases test.
 * @typedef {object} Subject
 * @property {() => any} makeBackend
 * @property {() => string} makePrefix makes a prefix that nobody has used
 * @property {(options?: object) => any} makeCache
 * @property {(ms: number) => unknown} [elapse]
 */

/** @typedef {{ name: string, run: () => Promise<void> }} Case */

/**
 * js/entries/testing.d.ts describes the options.
 * @param {object} options
 * @param {any} options.EntityCache
 * @param {() => any} options.makeBackend
 * @param {(name: string, run: () => Promise<void>) => unknown} [options.test]
 * @param {() => number} [options.clock]
 * @param {(ms: number) => unknown} [options.elapse]
 * @param {(given: any) => any} adapt makes a backend of a client
 * @returns {Case[]}
 */
export function suite({ EntityCache, makeBackend, test, clock, elapse }, adapt) {
  let count = 0;
  // An earlier run over the same store may have left something.
  const run = Math.random().toString(36).slice(2, 10);
  const makePrefix = () => `suite-${run}-${++count}:`;

  /** @param {object} [options] */
  const makeCache = (options) =>
    new EntityCache({ backend: makeBackend(), prefix: makePrefix(), ...(clock && { clock }), ...options });

  // A client as it is has commands of its own. A backend has those of the suite.
  const subject = { makeBackend: () => adapt(makeBackend()), makePrefix, makeCache, elapse };
  const cases = [...commandCases(subject), ...cacheCases(subject)];
  if (test) for (const { name, run } of cases) test(name, run);
  return cases;
}
