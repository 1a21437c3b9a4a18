// @ts-check
/**
 * The conformance suite: what a backend must do for a cache on it to keep its promises. Cases are plain functions with a
 * name, for whatever test runner there is.
 */
import { cacheCases } from "./cache-cases.js";
import { commandCases } from "./command-cases.js";

/**
 * What the cases work on.
 * @typedef {object} Subject
 * @property {() => any} makeBackend
 * @property {() => string} makePrefix one that nobody has had
 * @property {(options?: object) => any} makeCache
 * @property {(ms: number) => unknown} [elapse]
 */

/** @typedef {{ name: string, run: () => Promise<void> }} Case */

/**
 * testing.d.ts says what the options are for.
 * @param {object} options
 * @param {any} options.EntityCache
 * @param {() => any} options.makeBackend
 * @param {(name: string, run: () => Promise<void>) => unknown} [options.test]
 * @param {() => number} [options.clock]
 * @param {(ms: number) => unknown} [options.elapse]
 * @returns {Case[]}
 */
export function backendSuite({ EntityCache, makeBackend, test, clock, elapse }) {
  let count = 0;
  // An earlier run over the same store may have left something.
  const suite = Math.random().toString(36).slice(2, 10);
  const makePrefix = () => `suite-${suite}-${++count}:`;

  /** @param {object} [options] */
  const makeCache = (options) =>
    new EntityCache({ backend: makeBackend(), prefix: makePrefix(), ...(clock && { clock }), ...options });

  const subject = { makeBackend, makePrefix, makeCache, elapse };
  const cases = [...commandCases(subject), ...cacheCases(subject)];
  if (test) for (const { name, run } of cases) test(name, run);
  return cases;
}
