// @ts-check
/**
 * Makes a backend of what the option `backend` was given: one of ours as it is, a raw client or namespace by what
 * it can do. Anything else is a ConfigError that names what it lacks.
 */
import { refuse } from "../messages/errors.js";
import { RedisBackend } from "./redis.js";
import { WorkersKVBackend } from "./workers-kv.js";

/** @param {any} given */
export function adapt(given) {
  if (given === null || (typeof given !== "object" && typeof given !== "function")) {
    refuse("backend", "a backend, a Redis-like client or a KV namespace", given, "ERR_CACHEREF_BACKEND");
  }
  if (given.isCacheBackend === true) return given;
  return typeof given.getWithMetadata === "function" && typeof given.list === "function"
    ? new WorkersKVBackend(given)
    : new RedisBackend(given);
}
