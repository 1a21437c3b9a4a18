// @ts-check
/**
 * Counters and events of one cache.
 *
 * Counting is always on and costs an addition. An event object is made only if somebody sees it (`isWatched`): a listener,
 * the DEBUG log, or a subscriber of the diagnostics channel "cacheref". Through that channel OpenTelemetry and the like
 * see the events of all caches in the process.
 */
import { ConfigError, describe, refuse, textOf } from "./errors.js";

/** The names that `on` accepts. */
export const EVENT_NAMES = /** @type {const} */ ([
  "hit",
  "miss",
  "join",
  "store",
  "skip",
  "stale",
  "invalidate",
  "evict",
  "error",
  "breaker",
]);

/** @typedef {typeof EVENT_NAMES[number]} EventName */
/** @typedef {(event: any) => any} Listener */

export class Events {
  /** @type {Map<EventName, Set<Listener>>} */
  #listeners = new Map();
  #logger;

  #channel = diagnosticsChannel();
  #isHeard;

  /** @param {import("./logger.js").Logger} logger */
  constructor(logger) {
    this.#logger = logger;
    this.#isHeard = logger.isDebug;
    this.counts = {
      hits: 0,
      misses: 0,
      joins: 0,
      stores: 0,
      skips: 0,
      stale: 0,
      invalidations: 0,
      dropped: 0,
      errors: 0,
    };
  }

  /** Whether anybody sees events. Hot paths ask before they make one. */
  get isWatched() {
    return this.#isHeard || this.#channel?.hasSubscribers === true;
  }

  /**
   * @param {EventName} name
   * @param {Listener} listener
   */
  on(name, listener) {
    check(name, listener);
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    this.#isHeard = true;
  }

  /**
   * @param {EventName} name
   * @param {Listener} listener
   */
  off(name, listener) {
    check(name, listener);
    const listeners = this.#listeners.get(name);
    if (listeners?.delete(listener) && listeners.size === 0) this.#listeners.delete(name);
    this.#isHeard = this.#logger.isDebug || this.#listeners.size > 0;
  }

  /**
   * Hands `event` to the DEBUG log, to the listeners of `name` and, with its name, to the diagnostics channel.
   * @param {EventName} name
   * @param {Record<string, unknown>} event
   */
  emit(name, event) {
    if (!this.isWatched) return;
    if (this.#logger.isDebug) {
      const details = Object.entries(event).flatMap(([field, value]) =>
        value === undefined ? [] : [`${field}=${Array.isArray(value) ? JSON.stringify(value) : textOf(value)}`],
      );
      this.#logger.debug(`${name} ${details.join(" ")}`);
    }
    // If a subscriber throws, the channel reports the error outside of this call.
    if (this.#channel?.hasSubscribers) this.#channel.publish({ name, ...event });
    for (const listener of this.#listeners.get(name) ?? []) {
      callListener(listener, event, (error) => this.#logger.warn(`a listener of "${name}" threw ${textOf(error)}`));
    }
  }
}

/**
 * Calls a listener, which may throw and may be asynchronous.
 * @param {Listener} listener
 * @param {object} event
 * @param {(error: unknown) => void} warn
 */
export function callListener(listener, event, warn) {
  try {
    const answer = listener(event);
    if (typeof answer?.then === "function") answer.then(undefined, warn);
  } catch (error) {
    warn(error);
  }
}

/**
 * @param {EventName} name
 * @param {Listener} listener
 */
function check(name, listener) {
  if (!EVENT_NAMES.includes(name)) {
    throw new ConfigError(
      "ERR_CACHEREF_EVENT",
      `there is no event ${describe(name)}; the events are ${EVENT_NAMES.join(", ")}`,
    );
  }
  if (typeof listener !== "function") {
    refuse("a listener", "a function", listener, "ERR_CACHEREF_EVENT");
  }
}

/**
 * Node's diagnostics channel of this package, in the runtimes that have one (Node, Deno, Bun). There is no import of
 * "node:diagnostics_channel", because browsers and bundlers could not resolve it.
 * @returns {{ hasSubscribers: boolean, publish: (message: object) => void } | undefined}
 */
function diagnosticsChannel() {
  const { process } = /** @type {any} */ (globalThis);
  try {
    return process?.getBuiltinModule?.("node:diagnostics_channel")?.channel("cacheref");
  } catch {
    // Next's Edge runtime has the functions of Node's `process`, and each throws.
    return undefined;
  }
}
