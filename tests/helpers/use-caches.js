// Caches for the tests of a file, each closed after the test that opened it.
import { afterEach } from "node:test";
import { makeCache } from "./cache.js";

/** Returns a function that opens a cache as `makeCache` does. */
export function useCaches() {
  /** @type {any[]} */
  const opened = [];
  afterEach(async () => {
    for (const cache of opened.splice(0)) await cache.close();
  });
  return (/** @type {any} */ backend, /** @type {any} */ options = {}) => {
    const cache = makeCache(backend, options);
    opened.push(cache);
    return cache;
  };
}
