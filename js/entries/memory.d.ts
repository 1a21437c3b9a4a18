/**
 * `cacheref/memory`: the same API for pages, in little more than half the size. Entries are in memory only: `RedisBackend`
 * and `WorkersKVBackend` are there, so that code for both sides builds, and throw a ConfigError when they are constructed.
 *
 * Bundlers for browsers take it for `cacheref` too, by the condition `browser`.
 */
export * from "./index.js";
