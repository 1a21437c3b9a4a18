// @ts-check
/**
 * Logging by level. The user's logger may be console, pino, winston or tslog. If it throws, nothing breaks. Messages name
 * keys, types and ids, never payloads.
 */
import { ConfigError, describe } from "./errors.js";

/** @typedef {{ debug: (message: string) => void, info: (message: string) => void, warn: (message: string) => void, error: (message: string) => void }} UserLogger */

const LEVELS = /** @type {const} */ (["debug", "info", "warn", "error"]);
const nothing = () => {};
/** So many messages that are logged once are remembered. */
const REMEMBERED = 10_000;

/** @type {UserLogger} */
const warningsToConsole = {
  debug: nothing,
  info: nothing,
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};

/** @type {UserLogger} */
const allToConsole = {
  ...warningsToConsole,
  debug: (message) => console.debug(message),
  info: (message) => console.info(message),
};

/** Calls the user's logger, and remembers the messages that are logged only once. */
export class Logger {
  #target;
  /** @type {Set<string>} */
  #said = new Set();

  /**
   * @param {UserLogger | undefined} logger default: warnings and errors to the console, with `debug` everything
   * @param {boolean} debug whether there are DEBUG lines
   */
  constructor(logger, debug) {
    if (logger !== undefined) {
      const missing = LEVELS.find((level) => typeof logger?.[level] !== "function");
      if (missing) {
        throw new ConfigError(
          "ERR_CACHEREF_OPTION",
          `logger must have the methods debug, info, warn and error; ${describe(logger)} has no ${missing}`,
        );
      }
    }
    this.#target = logger ?? (debug ? allToConsole : warningsToConsole);
    /** @readonly */
    this.isDebug = debug;
  }

  /** @param {string} message */
  debug(message) {
    if (this.isDebug) this.#write("debug", message);
  }

  /** @param {string} message */
  info(message) {
    this.#write("info", message);
  }

  /** @param {string} message */
  warn(message) {
    this.#write("warn", message);
  }

  /** @param {string} message */
  error(message) {
    this.#write("error", message);
  }

  /**
   * A WARNING that is logged once for each `subject`.
   * @param {string} subject
   * @param {string} message
   */
  warnOnce(subject, message) {
    if (this.#said.has(subject)) return;
    // Subjects may name what callers send, so there is no end of them: the oldest is forgotten.
    if (this.#said.size === REMEMBERED) this.#said.delete(/** @type {string} */ (this.#said.values().next().value));
    this.#said.add(subject);
    this.warn(message);
  }

  /**
   * @param {typeof LEVELS[number]} level
   * @param {string} message
   */
  #write(level, message) {
    try {
      const answer = /** @type {any} */ (this.#target[level](`cacheref: ${message}`));
      if (typeof answer?.then === "function") answer.then(undefined, nothing);
    } catch {
      // A logger that throws must not break the call that it logs.
    }
  }
}
