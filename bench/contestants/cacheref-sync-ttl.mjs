import { make as makeWithout } from "./cacheref-sync.mjs";

/** `cache.sync` with a ttl of an hour, which is the default: each hit reads the clock. */
export const make = ({ maxEntries }) => makeWithout({ maxEntries, ttl: 3600 });
