// @ts-check
/**
 * What stands in for the backends of servers where only memory is: cacheref/memory. The classes are there, so that code
 * which also runs on a server can be built for a page.
 */
import { ConfigError, refuse } from "../messages/errors.js";

/** @param {string} name */
function refuseBackend(name) {
  throw new ConfigError(
    "ERR_CACHEREF_BACKEND",
    `${name} is not in the browser build: a page keeps its entries in memory; on a server import "cacheref"`,
  );
}

export class RedisBackend {
  constructor() {
    refuseBackend("RedisBackend");
  }
}

export class WorkersKVBackend {
  constructor() {
    refuseBackend("WorkersKVBackend");
  }
}

/**
 * Takes a MemoryBackend, and nothing else, as the option `backend`.
 * @param {any} given
 */
export function adapt(given) {
  if (given?.isCacheBackend === true) return given;
  return refuse(
    "backend",
    "a MemoryBackend: clients of servers are not in the browser build",
    given,
    "ERR_CACHEREF_BACKEND",
  );
}

/** @param {any} value */
const unchecked = (value) => value;

/** Has the names of the options that only shared backends use. A page may be built from code that sets them. */
export const serverChecks = {
  breaker: unchecked,
  strict: unchecked,
  python: unchecked,
  near: (/** @type {any} */ value) => (value === false ? undefined : value),
};
