// @ts-check
/**
 * `cacheref/testing`: the conformance suite for backends, a backend that fails on demand, and a clock that stands still.
 * It needs no test runner, so it runs wherever the library does.
 */
import { adapt } from "../backends/detect.js";
import { suite } from "../testing/suite.js";

export { chaosBackend } from "../testing/chaos.js";
export { manualClock } from "../testing/clock.js";

/** @param {Parameters<typeof suite>[0]} options */
export const backendSuite = (options) => suite(options, adapt);
