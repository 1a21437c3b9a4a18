// @ts-check
/**
 * The errors of this package. Only misuse throws. A failing backend, serializer or extractor is logged, and the call
 * continues without the cache.
 *
 * The classes are shared by all copies of the package, so that `instanceof` is true for an error of any of them.
 */
import { shared } from "./shared.js";

/** The base of every error of this package: `instanceof CacheRefError` and a stable `code`. */
export const CacheRefError = /* @__PURE__ */ shared(
  "CacheRefError",
  () =>
    class CacheRefError extends Error {
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

      // Minifiers change `this.constructor.name`.
      get name() {
        return "CacheRefError";
      }
    },
);

/** A misuse: an option, a rule, a name or an argument that cannot work. Thrown at once; the message says what is allowed. */
export const ConfigError = /* @__PURE__ */ shared(
  "ConfigError",
  () =>
    class ConfigError extends CacheRefError {
      get name() {
        return "ConfigError";
      }
    },
);

/** A backend failed, or did not answer within `operationTimeout`. Never thrown by a wrapped call. */
export const BackendError = /* @__PURE__ */ shared(
  "BackendError",
  () =>
    class BackendError extends CacheRefError {
      get name() {
        return "BackendError";
      }
    },
);

const UNPRINTABLE = "an error that cannot be printed";

/**
 * A value in a few words, for a message: its type, or the value itself where that is short.
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
 * The message of what was thrown, which may be anything.
 * @param {any} error
 * @returns {string}
 */
export function messageOf(error) {
  try {
    return typeof error?.message === "string" && error.message !== "" ? error.message : String(error);
  } catch {
    return UNPRINTABLE;
  }
}

/**
 * Anything as a text. Symbols, and objects without a prototype, have none of their own in a template.
 * @param {unknown} value
 */
export function textOf(value) {
  try {
    return String(value);
  } catch {
    return UNPRINTABLE;
  }
}

/**
 * Throws the ConfigError for a value that cannot be used: "X must be Y, got Z".
 * @param {string} name of the option or argument
 * @param {string} allowed what it may be, as the end of "must be"
 * @param {unknown} value
 * @param {string} [code]
 * @returns {never}
 */
export function refuse(name, allowed, value, code = "ERR_CACHEREF_OPTION") {
  throw new ConfigError(code, `${name} must be ${allowed}, got ${describe(value)}`);
}
