/**
 * Makes a small project for each framework, bundler and test runner, installs the packed package in it, runs it, and prints
 * what ran where:
 *
 *     node tests/frameworks/run.js [part of a row's name]
 *
 * The projects share the packages of tests/frameworks/package.json.
 */
import assert from "node:assert/strict";
import { bundlers } from "./cases/bundlers.js";
import { hono } from "./cases/hono.js";
import { jest } from "./cases/jest.js";
import { lambda } from "./cases/lambda.js";
import { nest } from "./cases/nest.js";
import { next } from "./cases/next.js";
import { nextNames } from "./cases/next-names.js";
import { orms } from "./cases/orms.js";
import { reactApp } from "./cases/react.js";
import { reload } from "./cases/reload.js";
import { runtimes } from "./cases/runtimes.js";
import { timers } from "./cases/timers.js";
import { typescript } from "./cases/typescript.js";
import { vitest } from "./cases/vitest.js";
import { yoga } from "./cases/yoga.js";
import { unread } from "./page.js";
import { EXPECTED, prepare } from "./project.js";

/**
 * @typedef {object} Case
 * @property {string} environment
 * @property {string} what
 * @property {() => Promise<unknown>} run answers with what the project saw
 * @property {unknown} [expected] default: what `USE` of project.js answers with
 */

/** @type {Case[]} */
const cases = [
  ...bundlers,
  lambda,
  hono,
  yoga,
  orms,
  ...next,
  ...nextNames,
  ...nest,
  ...jest,
  ...vitest,
  ...timers,
  ...reload,
  ...reactApp,
  ...typescript,
  ...runtimes,
];
const only = process.argv[2];

await prepare();
const chosen = cases.filter(({ environment, what }) => !only || `${environment} ${what}`.includes(only));
/** @type {string[]} */
const failures = [];
console.log(row("environment", "what was run", "result", "time"));
for (const { environment, what, run, expected = EXPECTED } of chosen) {
  const start = performance.now();
  let result = "right";
  try {
    assert.deepEqual(await run(), expected);
  } catch (error) {
    result = "FAILED";
    failures.push(`${environment}, ${what}\n${/** @type {Error} */ (error).message}`);
  }
  console.log(row(environment, what, result, `${((performance.now() - start) / 1000).toFixed(1)} s`));
}
if (!only && unread.size > 0) failures.push(`no case runs ${[...unread].map((page) => `docs/with/${page}.md`)}`);
for (const failure of failures) console.log(`\n${failure}`);
console.log(`\n${chosen.length} cases, ${failures.length} failures`);
process.exitCode = failures.length > 0 || chosen.length === 0 ? 1 : 0;

/** @param {string} environment @param {string} what @param {string} result @param {string} time */
function row(environment, what, result, time) {
  return [environment.padEnd(18), what.padEnd(82), result.padEnd(8), time.padStart(8)].join("");
}
