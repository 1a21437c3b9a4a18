/**
 * What the library must do in every runtime. It takes the library as a parameter and uses nothing but the language, so
 * that it runs wherever the library does; the main programs in hosts/ say where that is.
 */
import { backendCases } from "./cases/backends.js";
import { callCases } from "./cases/calls.js";
import { errorCases } from "./cases/errors.js";
import { extractionCases } from "./cases/extraction.js";
import { invalidationCases } from "./cases/invalidation.js";
import { keyCases } from "./cases/keys.js";
import { raceCases } from "./cases/races.js";
import { syncCases } from "./cases/sync.js";
import { vectorCases } from "./cases/vectors.js";

const SUITES = {
  keys: keyCases,
  vectors: vectorCases,
  extraction: extractionCases,
  calls: callCases,
  invalidation: invalidationCases,
  sync: syncCases,
  races: raceCases,
  errors: errorCases,
  backends: backendCases,
};

/** @typedef {{ suite: string, cases: number, failures: string[], ms: number }} Outcome */

/**
 * @param {Record<string, any>} library what `cacheref` and `cacheref/testing` export
 * @param {string} [only] the name of one suite
 * @returns {Promise<Outcome[]>}
 */
export async function runSuites(library, only) {
  const outcomes = [];
  for (const [suite, makeCases] of Object.entries(SUITES)) {
    if (only !== undefined && only !== suite) continue;
    const failures = [];
    const start = performance.now();
    // The memory build takes no backend but its own.
    const cases = makeCases(library).filter(({ usesOwnBackend = false }) => !(usesOwnBackend && library.isMemoryBuild));
    for (const { name, run } of cases) {
      try {
        await run();
      } catch (error) {
        failures.push(`${name}\n  ${error?.message ?? error}`);
      }
    }
    outcomes.push({ suite, cases: cases.length, failures, ms: Math.round(performance.now() - start) });
  }
  return outcomes;
}
