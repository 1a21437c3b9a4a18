// @ts-check
/**
 * What all parts of one cache share: its options, its logger, its events, the core, and the functions it knows.
 * Made by `EntityCache`; stores and definitions read it.
 */
import { messageOf } from "../messages/errors.js";
import { Events } from "../messages/events.js";
import { Logger } from "../messages/logger.js";
import { wallClock } from "./duration.js";
import { Functions } from "./functions.js";
import { OWN_NAMING, PYTHON_NAMING } from "./naming.js";
import { isWorker } from "./platform.js";

/** Failures that are logged in a minute. All are counted and emitted. */
const LINES_PER_MINUTE = 10;

export class Context {
  /** @type {string | undefined} */
  #instance;
  #nonces = 0;
  /** When the minute of the last failures began, its lines, and its failures without one. */
  #minute = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #unlogged = 0;

  /**
   * @param {import("../boundary/core.js").Core} core
   * @param {any} options complete, as `readCacheOptions` makes them
   * @param {(work: Promise<unknown>) => unknown} [waitUntil] of the runtime
   * @param {typeof import("../keys/python.js").pythonPart} [pythonPart] makes keys in Python's format
   */
  constructor(core, options, waitUntil, pythonPart) {
    this.core = core;
    this.pythonPart = pythonPart;
    this.options = options;
    /** @type {string} */
    this.prefix = options.prefix;
    this.naming = PYTHON_NAMING[options.python] ?? OWN_NAMING;
    this.logger = new Logger(options.logger, options.debug);
    this.events = new Events(this.logger);
    /** Milliseconds since the epoch. @type {() => number} */
    this.clock = options.clock;
    /** Milliseconds of a clock that never goes back, for how long something takes. @type {() => number} */
    this.now = options.clock === wallClock ? () => performance.now() : options.clock;
    /** Keeps a request alive until a promise settles, where there is such a function. @type {((work: Promise<unknown>) => unknown) | undefined} */
    this.waitUntil = options.waitUntil ?? waitUntil;
    /** Whether this is a Worker: timers and what a request waits for end with the request. */
    this.isWorker = isWorker();
    /** Whether other processes see the entries. */
    this.isShared = false;
    /** The wrapped functions by name. */
    this.functions = new Functions();
  }

  /** Names this cache as a writer to the invalidation log. Drawn on first use: workerd refuses randomness at global scope. */
  get instance() {
    this.#instance ??= crypto.randomUUID();
    return this.#instance;
  }

  /** A text that no other cache has, nor this one again. */
  nonce() {
    return `${this.instance}-${this.#nonces++}`;
  }

  /**
   * Reports a failure that a call survived: an `error` event, and an ERROR line unless there were many just now.
   * @param {string} what what failed, for example `get of app:c:getUser:[42]`
   * @param {unknown} error
   * @param {{ pending: true }} [more] where it is an invalidation that waits, or is given up
   */
  failed(what, error, more) {
    this.events.counts.errors += 1;
    this.#logFailure(`${what} failed: ${messageOf(error)}`);
    this.events.emit("error", { what, error, ...more });
  }

  /** At most ten lines a minute; the next one after that says how many there were besides. @param {string} line */
  #logFailure(line) {
    const now = this.now();
    if (now - this.#minute >= 60_000) {
      this.tellUnlogged();
      this.#minute = now;
      this.#lines = 0;
    }
    this.#lines += 1;
    if (this.#lines <= LINES_PER_MINUTE) this.logger.error(line);
    else this.#unlogged += 1;
  }

  /** Logs how many failures were not. */
  tellUnlogged() {
    if (this.#unlogged > 0) this.logger.error(`${this.#unlogged} more failures were not logged`);
    this.#unlogged = 0;
  }
}
