// @ts-check
/**
 * `cacheref/testing`: the conformance suite for backends, a backend that fails on demand, and a clock that stands still.
 * It needs no test runner, so it runs wherever the library does.
 */
export { chaosBackend } from "../testing/chaos.js";
export { manualClock } from "../testing/clock.js";
export { backendSuite } from "../testing/suite.js";
