// @ts-check
/**
 * The options of a cache and of a wrapped function: checked once, completed with defaults, durations in milliseconds.
 *
 * A wrong option throws at once. The message says what is allowed and what was given. The core checks entity rules and
 * key rules when it compiles them.
 */
import { duration, wallClock } from "../functions/duration.js";
import { PYTHON_NAMING } from "../functions/naming.js";
import { refuse } from "../messages/errors.js";
import {
  anything,
  boolean,
  callable,
  checkNames,
  keyPrefix,
  limit,
  names,
  numberBetween,
  oneOf,
  pages,
  prefix,
  string,
  text,
  ttl,
  types,
} from "./checks.js";

/** @typedef {import("./checks.js").Check} Check */
/** @typedef {typeof import("./server-options.js").serverChecks} ServerChecks */

/** The options that both a cache and a function have. The option of the function wins. */
const SHARED = {
  ttl,
  nullTtl: duration,
  jitter: numberBetween(0, 1, "a number from 0 to 1"),
  earlyRefresh: duration,
  runTimeout: limit,
  serializer: callable,
  deserializer: callable,
  staleWhileRevalidate: duration,
  staleIfError: duration,
  extractEntityIds: callable,
  pages,
  requireIds: boolean,
};

/** Without those of servers. @type {Record<string, Check>} */
const CACHE = {
  ...SHARED,
  backend: anything,
  prefix,
  debug: boolean,
  logger: anything,
  enabled: boolean,
  operationTimeout: numberBetween(1, 2 ** 31 - 1, "a number of milliseconds from 1 to 2147483647"),
  waitUntil: callable,
  clock: callable,
  broadcast: text,
};

/** @type {Record<string, Check>} */
const FUNCTION = {
  ...SHARED,
  entityType: string,
  entities: anything,
  idField: anything,
  typeField: text,
  list: boolean,
  dependsOn: types,
  keyPrefix,
  normalizeArgs: boolean,
  params: names,
  key: callable,
  version: (value, name) =>
    (typeof value === "string" && value !== "") || Number.isFinite(value)
      ? String(value)
      : refuse(name, "a non-empty string or a number", value),
  keyFormat: oneOf("readable", "hashed", "python"),
  skip: callable,
  signal: boolean,
};

const {
  staleWhileRevalidate: _revalidate,
  earlyRefresh: _early,
  runTimeout: _run,
  signal: _signal,
  ...SYNC
} = FUNCTION;

/** @type {Record<string, Check>} */
const SOFT = { soft: boolean };

/** @type {Record<string, Check>} */
const INVALIDATE = { lists: types, types, soft: boolean, detail: boolean };

/** @type {Record<string, Check>} */
const INVALIDATES = {
  entityType: string,
  entities: anything,
  idField: anything,
  typeField: text,
  from: (value, name) =>
    value === "result" || value === "args" || typeof value === "function"
      ? value
      : refuse(name, '"result", "args" or a function', value),
  created: boolean,
};

const DEFAULTS = {
  prefix: "cache:",
  ttl: 3_600_000,
  debug: false,
  enabled: true,
  operationTimeout: 1000,
  breaker: { failures: 5, cooldown: 5000 },
  staleWhileRevalidate: 0,
  staleIfError: 0,
  jitter: 0,
  earlyRefresh: 0,
  runTimeout: 30_000,
  strict: undefined,
  requireIds: false,
  clock: wallClock,
};

const NONE_GIVEN = Object.freeze({});

/**
 * @param {any} given
 * @param {Record<string, Check>} checks
 * @param {string} where
 */
function read(given, checks, where) {
  if (given === null || typeof given !== "object" || Array.isArray(given)) refuse(where, "an object of options", given);
  checkNames(given, Object.keys(checks), where);
  /** @type {Record<string, any>} */
  const options = {};
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) options[name] = checks[name](value, name);
  }
  return options;
}

/**
 * The options of `new EntityCache(options)`, complete.
 * @param {any} given
 * @param {ServerChecks} serverChecks
 * @returns {any}
 */
export function readCacheOptions(given = {}, serverChecks) {
  const options = read(given, { ...CACHE, ...serverChecks }, "EntityCache");
  pairSerializers(options, {});
  /** @type {Record<string, any>} */
  const complete = { ...DEFAULTS, ...options };
  // A Python RedisBackend without key_prefix has none. Its keys have a name of their own all the same.
  if (complete.prefix === "" && !PYTHON_NAMING[complete.python]?.other) refuse("prefix", "a non-empty string", "");
  checkEarlyRefresh(complete);
  return complete;
}

/**
 * The options of `cache(entityType, options)` or `cache(options)`, completed with those of the cache.
 * @param {any} cacheOptions
 * @param {any} entityType
 * @param {any} given
 * @returns {any}
 */
export function readFunctionOptions(cacheOptions, entityType, given) {
  return completed(cacheOptions, withEntityType("cache()", FUNCTION, entityType, given));
}

/**
 * The options of `cache.sync(entityType, options)` or `cache.sync(options)`, completed with those of the cache. A function
 * that answers at once has no background in which a stale value is refreshed, and nothing joins its runs.
 * @param {any} cacheOptions
 * @param {any} entityType
 * @param {any} given
 * @returns {any}
 */
export function readSyncOptions(cacheOptions, entityType, given) {
  const own = { ...cacheOptions, staleWhileRevalidate: 0, earlyRefresh: 0 };
  return completed(own, withEntityType("cache.sync()", SYNC, entityType, given));
}

/**
 * @param {any} cacheOptions
 * @param {any} options of a function
 */
function completed(cacheOptions, options) {
  pairSerializers(options, cacheOptions);
  const shared = Object.fromEntries(Object.keys(SHARED).map((name) => [name, cacheOptions[name]]));
  const complete = { ...shared, ...options };
  checkEarlyRefresh(complete);
  return complete;
}

/**
 * The options of `cache.invalidates(entityType, options)` or `cache.invalidates(options)`, complete.
 * @param {any} entityType
 * @param {any} given
 * @returns {any}
 */
export function readInvalidatesOptions(entityType, given) {
  const options = withEntityType("cache.invalidates()", INVALIDATES, entityType, given);
  if (options.entityType === undefined && options.entities === undefined) {
    refuse("cache.invalidates()", "given an entity type, or the option entities", undefined);
  }
  return { from: "result", isFromGiven: options.from !== undefined, created: false, ...options };
}

/**
 * The options of an invalidation that may be soft.
 * @param {any} given
 * @param {string} where
 * @returns {any}
 */
export function readSoftOptions(given, where) {
  return given === undefined ? NONE_GIVEN : read(given, SOFT, where);
}

/**
 * The options of `cache.invalidate(entities, options)`.
 * @param {any} given
 * @returns {any}
 */
export function readInvalidateOptions(given) {
  return given === undefined ? NONE_GIVEN : read(given, INVALIDATE, "invalidate()");
}

/**
 * Options that come as `(entityType, options)` or as `(options)`.
 * @param {string} where
 * @param {Record<string, Check>} checks
 * @param {any} entityType
 * @param {any} given
 */
function withEntityType(where, checks, entityType, given) {
  const isObject = entityType !== null && typeof entityType === "object";
  if (isObject && given !== undefined) refuse(`an object of options for ${where}`, "its only argument", given);
  const options = read(isObject ? entityType : given === undefined ? {} : given, checks, where);
  if (isObject || entityType === undefined) return options;
  if (typeof entityType !== "string")
    refuse(`the first argument of ${where}`, "an entity type (a string) or an object of options", entityType);
  if ((options.entityType ?? entityType) !== entityType)
    refuse("entityType", `"${entityType}", as it was given first`, options.entityType);
  return { ...options, entityType };
}

/**
 * Refuses an `earlyRefresh` as long as the ttl: every hit would refresh.
 * @param {any} options complete
 */
function checkEarlyRefresh({ earlyRefresh, jitter, ...options }) {
  if (earlyRefresh === 0) return;
  for (const name of ["ttl", "nullTtl"]) {
    const ms = options[name];
    if (typeof ms !== "number" || ms === 0 || earlyRefresh < ms * (1 - jitter)) continue;
    const most = jitter > 0 ? `what a jitter of ${jitter} leaves of ${name}` : name;
    refuse("earlyRefresh", `shorter than ${most} (${ms} ms), or every hit would refresh`, earlyRefresh);
  }
}

/**
 * Refuses a serializer without a deserializer: nobody could read what it stores.
 * @param {any} options
 * @param {any} inherited
 */
function pairSerializers(options, inherited) {
  if (options.serializer && !options.deserializer && !inherited.deserializer) {
    refuse("deserializer", "given together with serializer", undefined);
  }
}
