// @ts-check
/**
 * One wrapped function as the cache knows it: the user's function, its name, its options, and the handle of what the
 * core compiled of its key rules and entity rules.
 */
import { ConfigError } from "./errors.js";

export class Definition {
  #handle = 0;
  #generation = -1;
  #config;

  /**
   * @param {import("./context.js").Context} context
   * @param {Function} fn
   * @param {any} options complete, as `readFunctionOptions` makes them
   * @param {string} name
   */
  constructor(context, fn, options, name) {
    /** @readonly */
    this.context = context;
    /** @readonly */
    this.fn = fn;
    /** @readonly */
    this.options = options;
    /** The function name: the part of the key between prefix and arguments. @readonly */
    this.name = name;
    /** How long after `ttl` an entry is kept, to be served stale, in milliseconds. @readonly */
    this.staleMs = Math.max(options.staleWhileRevalidate, options.staleIfError);
    this.#config = {
      prefix: context.prefix,
      name,
      version: options.version,
      keyFormat: options.keyFormat ?? "readable",
      normalizeArgs: options.normalizeArgs ?? false,
      params: options.params ?? [],
    };
    // At once, so that misuse is told where the function is wrapped and not at its first call.
    this.handle;
  }

  /** What the core knows this function by. Made anew when a trapped instance was replaced. */
  get handle() {
    const { core } = this.context;
    if (this.#generation !== core.generation) {
      try {
        this.#handle = core.define(this.#config);
      } catch (/** @type {any} */ error) {
        throw typeof error?.code === "string" ? new ConfigError(error.code, error.message) : error;
      }
      this.#generation = core.generation;
    }
    return this.#handle;
  }

  /**
   * A WARNING about this function, said once for each `subject`.
   * @param {string} subject
   * @param {string} message
   */
  warn(subject, message) {
    this.context.log.warnOnce(`${subject} of ${this.name}`, `function "${this.name}": ${message}`);
  }
}
