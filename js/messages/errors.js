// @ts-check
/**
 * The errors that this package throws. Only misuse throws: a failing backend, serializer or extractor is logged, and
 * the call goes on without the cache.
 */

/** The base of every error of this package: `instanceof CacheRefError` and a stable `code`. */
export class CacheRefError extends Error {
  /**
   * @param {string} code `ERR_CACHEREF_…`
   * @param {string} message
   * @param {{ cause?: unknown }} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    /** @readonly */
    this.code = code;
  }

  // Not `this.constructor.name`: minifiers change that.
  get name() {
    return "CacheRefError";
  }
}

/** A misuse: an option, a rule, a name or an argument that cannot work. Told at once, with what is allowed. */
export class ConfigError extends CacheRefError {
  get name() {
    return "ConfigError";
  }
}

/** What a backend did not do: it failed, or did not answer within `operationTimeout`. Never leaves a wrapped call. */
export class BackendError extends CacheRefError {
  get name() {
    return "BackendError";
  }
}

/**
 * What was given, for a message: its type, and its value where that is short.
 * @param {unknown} value
 */
export function describe(value) {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string")
    return value.length > 60 ? `a string of ${value.length} characters` : JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "function") return value.name ? `the function ${value.name}` : "an anonymous function";
  if (typeof value === "symbol") return "a symbol";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const names = Object.keys(value).slice(0, 5);
  return names.length === 0 ? "an object without properties" : `an object (${names.join(", ")})`;
}

/**
 * What an error says; anything may be thrown.
 * @param {any} error
 * @returns {string}
 */
export function messageOf(error) {
  try {
    return typeof error?.message === "string" && error.message !== "" ? error.message : String(error);
  } catch {
    return "an error that cannot be printed";
  }
}

/**
 * Throws what is said of an option, or of an argument, that cannot be used: "X must be Y, got Z".
 * @param {string} name
 * @param {string} allowed what it may be, as the end of "must be"
 * @param {unknown} value
 * @returns {never}
 */
export function refuse(name, allowed, value) {
  throw new ConfigError("ERR_CACHEREF_OPTION", `${name} must be ${allowed}, got ${describe(value)}`);
}
