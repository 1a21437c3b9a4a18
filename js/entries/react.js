"use client";

// @ts-check
/**
 * `cacheref/react`: hooks for React 19 and later, which the user installs. It contains nothing of the cache: it is given
 * functions that a cache has wrapped.
 */
export { useCached, useInvalidates } from "../react/hooks.js";
