// @ts-check
/**
 * The options of a cache and of a wrapped function: checked once, completed with defaults, durations in milliseconds.
 *
 * A wrong option throws at once. The message says what is allowed and what was given. The core checks entity rules and
 * key rules when it compiles them.
 */
import { checkType } from "../entities/ids.js";
import { isPage } from "../entities/rules.js";
import { duration, wallClock } from "../functions/duration.js";
import { isIdentity } from "../functions/identity.js";
import { PYTHON_NAMING } from "../functions/naming.js";
import { checkPrefix } from "../functions/prefix.js";
import { ConfigError, refuse } from "../messages/errors.js";
import { nearest } from "../messages/nearest.js";

/** @typedef {(value: any, name: string) => any} Check */

/** @type {(kind: "string" | "boolean" | "function") => Check} */
const ofType = (kind) => (value, name) => (typeof value === kind ? value : refuse(name, `a ${kind}`, value));
const boolean = ofType("boolean");
const string = ofType("string");
const callable = ofType("function");

/** @type {Check} */
const text = (value, name) =>
  typeof value === "string" && value !== "" ? value : refuse(name, "a non-empty string", value);

/** @type {Check} */
function prefix(value, name) {
  checkPrefix(string(value, name), name);
  return value;
}

/** @type {Check} */
const keyPrefix = (value, name) =>
  typeof value === "string" && isIdentity(value)
    ? refuse(name, "a name that does not end in ~ and ten letters or digits, as names of functions in keys do", value)
    : text(value, name);

/** @type {Check} */
const anything = (value) => value;

/** @type {(...allowed: string[]) => Check} */
const oneOf =
  (...allowed) =>
  (value, name) =>
    allowed.includes(value) ? value : refuse(name, allowed.map((word) => `"${word}"`).join(", "), value);

/** @type {(from: number, to: number, what: string) => Check} */
const numberBetween = (from, to, what) => (value, name) =>
  typeof value === "number" && value >= from && value <= to ? value : refuse(name, what, value);

/** @type {Check} */
const names = (value, name) =>
  Array.isArray(value) &&
  value.every((item) => typeof item === "string" && item !== "") &&
  new Set(value).size === value.length
    ? value
    : refuse(name, "an array of different non-empty strings", value);

/** @type {Check} */
const pages = (value, name) =>
  value === false || (Array.isArray(value) && value.every(isPage))
    ? value
    : refuse(name, 'false, or an array of the names of fields such as "data" or "edges[*].node"', value);

/** @type {Check} */
const types = (value, name) => {
  if (!Array.isArray(value)) refuse(name, "an array of entity types", value);
  return [...new Set(value.map(checkType))];
};

/** @type {Check} */
const ttl = (value, name) => (typeof value === "function" ? value : duration(value, name));

/** @type {Check} */
function breaker(value, name) {
  if (value === null || typeof value !== "object") refuse(name, "an object { failures, cooldown }", value);
  const { failures = 5, cooldown = 5000, ...rest } = value;
  checkNames(rest, ["failures", "cooldown"], name);
  if (!Number.isInteger(failures) || failures < 1) refuse(`${name}.failures`, "a whole number >= 1", failures);
  if (!(typeof cooldown === "number" && cooldown >= 0))
    refuse(`${name}.cooldown`, "a number of milliseconds >= 0", cooldown);
  return { failures, cooldown };
}

/** @type {Check} */
const limit = (value, name) => {
  const ms = duration(value, name);
  return ms > 0 ? ms : refuse(name, "longer than 0 seconds (Infinity: no limit)", value);
};

const NEAR_DEFAULTS = { lease: 2000, maxTtl: 300_000, coherence: "exact" };
const SHORTEST_LEASE_MS = 100;
/** Renewals in one lease. */
const RENEWALS = 4;

/** @type {Check} */
function near(value, name) {
  if (value === false) return undefined;
  if (value !== true && (value === null || typeof value !== "object"))
    refuse(name, "true, false, or an object of options", value);
  const given = value === true ? {} : value;
  checkNames(given, ["maxEntries", "maxBytes", "values", "maxTtl", "coherence", "lease"], name);
  const {
    lease = NEAR_DEFAULTS.lease,
    maxTtl = NEAR_DEFAULTS.maxTtl,
    coherence = NEAR_DEFAULTS.coherence,
    ...limits
  } = given;
  const leaseMs = given.lease === undefined ? lease : duration(lease, `${name}.lease`);
  if (!(leaseMs >= SHORTEST_LEASE_MS && leaseMs <= 60_000))
    refuse(`${name}.lease`, "from 100 ms to a minute: it is renewed four times in that time", lease);
  const maxTtlMs = given.maxTtl === undefined ? maxTtl : limit(maxTtl, `${name}.maxTtl`);
  return { leaseMs, maxTtlMs, maxStalenessMs: maxStaleness(coherence, leaseMs, name), limits };
}

/**
 * @param {any} coherence
 * @param {number} leaseMs
 * @param {string} name
 */
function maxStaleness(coherence, leaseMs, name) {
  if (coherence === "exact") return undefined;
  if (coherence === null || typeof coherence !== "object" || coherence.maxStaleness === undefined)
    refuse(`${name}.coherence`, '"exact" or { maxStaleness }', coherence);
  checkNames(coherence, ["maxStaleness"], `${name}.coherence`);
  const ms = duration(coherence.maxStaleness, `${name}.coherence.maxStaleness`);
  if (ms >= leaseMs / RENEWALS) return ms;
  return refuse(
    `${name}.coherence.maxStaleness`,
    `at least ${leaseMs / RENEWALS} ms, the time between two renewals of the lease (a shorter lease allows less)`,
    coherence.maxStaleness,
  );
}

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

/** @type {Record<string, Check>} */
const CACHE = {
  ...SHARED,
  backend: anything,
  prefix,
  debug: boolean,
  logger: anything,
  enabled: boolean,
  operationTimeout: numberBetween(1, 2 ** 31 - 1, "a number of milliseconds from 1 to 2147483647"),
  breaker,
  waitUntil: callable,
  clock: callable,
  strict: boolean,
  python: oneOf(...Object.keys(PYTHON_NAMING)),
  broadcast: text,
  near,
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

/**
 * @param {object} given
 * @param {string[]} allowed
 * @param {string} where
 */
function checkNames(given, allowed, where) {
  for (const name of Object.keys(given)) {
    if (allowed.includes(name)) continue;
    const suggestion = nearest(name, allowed);
    throw new ConfigError(
      "ERR_CACHEREF_OPTION",
      `${where} has no option "${name}"${suggestion ? `; did you mean "${suggestion}"?` : `; it has ${allowed.join(", ")}`}`,
    );
  }
}

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
 * @returns {any}
 */
export function readCacheOptions(given = {}) {
  const options = read(given, CACHE, "EntityCache");
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
export function readSoftOptions(given = {}, where) {
  return read(given, SOFT, where);
}

/**
 * The options of `cache.invalidate(entities, options)`.
 * @param {any} given
 * @returns {any}
 */
export function readInvalidateOptions(given = {}) {
  return read(given, INVALIDATE, "invalidate()");
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
