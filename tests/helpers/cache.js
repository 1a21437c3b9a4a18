// Caches for tests, with what they log kept in a list.
import { EntityCache, MemoryBackend } from "../../js/entries/node.js";
import { manualClock } from "../../js/entries/testing.js";

/** A logger that keeps its lines in `lines`, as `[level, message]`. */
export function recorder() {
  /** @type {[string, string][]} */
  const lines = [];
  const write = (/** @type {string} */ level) => (/** @type {string} */ message) => void lines.push([level, message]);
  const logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  return { lines, logger };
}

/**
 * A cache whose log lines are in `lines`, as `[level, message]`.
 * @param {any} backend
 * @param {any} [options]
 */
export function makeCache(backend, options = {}) {
  const { lines, logger } = recorder();
  const cache = new EntityCache({ backend, prefix: "app:", logger, ...options });
  return Object.assign(cache, { lines });
}

/** A cache in memory, with its backend, its log lines and a manual clock. */
export function setUp(cacheOptions = {}, backendOptions = {}) {
  const clock = manualClock();
  const backend = new MemoryBackend(backendOptions);
  const cache = makeCache(backend, { clock, ...cacheOptions });
  return { cache, backend, clock, lines: cache.lines };
}
