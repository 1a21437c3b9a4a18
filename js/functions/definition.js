// @ts-check
/**
 * One wrapped function as the cache knows it: the user's function, its name, its options, and the handle of what the
 * core compiled of its key rules and entity rules.
 */

import { ARGUMENT_PART } from "../boundary/numbers.js";
import { wellFormed } from "../boundary/well-formed.js";
import { EntityFinder } from "../entities/find.js";
import { EntityRules } from "../entities/rules.js";
import { writeArguments } from "../keys/arguments.js";
import { parametersOf } from "../keys/parameters.js";
import { propertyNames } from "../keys/property-names.js";
import { argumentOfBytes, cacheKey, cacheKeyOfBytes, headOf } from "../keys/text.js";
import { messageOf, refuse } from "../messages/errors.js";
import { usesOfIdentity } from "./by-identity.js";
import { FOR_GOOD_MS } from "./duration.js";
import { LOOKS } from "./fidelity.js";

/**
 * @typedef {object} Name
 * @property {string} name of the function
 * @property {string} suffix what follows it in keys
 */

/** A string that stands in a key as it is, in quotes: it needs no escape, and is too short to be hashed. */
const PLAIN = /^[\w-]{1,48}$/;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class Definition {
  /**
   * What stands before `[42]` in the key of a call with that one argument: "app:c:getUser:" of "app:c:getUser:[42]". It
   * is "" where keys have another form (Python's).
   * @type {string | undefined}
   */
  #keyHead;

  /** Finds out the name, on first use: the class of a decorated method is not known before. @type {() => Name} */
  #findName;
  /** @type {Name | undefined} */
  #found;
  /** @type {EntityFinder | undefined} */
  #finder;
  /** @type {import("../keys/text.js").KeyRules | undefined} */
  #keyRules;

  /**
   * @param {import("./context.js").Context} context
   * @param {Function} fn
   * @param {any} options complete, as `readFunctionOptions` makes them
   * @param {() => Name} findName called once
   */
  constructor(context, fn, options, findName) {
    /** @readonly */
    this.context = context;
    /** @readonly */
    this.fn = fn;
    /** @readonly */
    this.options = options;
    this.#findName = findName;
    /** How long after `ttl` an entry is kept, because it may be served stale, in milliseconds. @readonly */
    this.windowMs = Math.min(Math.max(options.staleWhileRevalidate, options.staleIfError), FOR_GOOD_MS);
    /** How long before the end of its `ttl` a hit refreshes an entry, in milliseconds. @readonly */
    this.earlyMs = options.earlyRefresh;
    /** What it declares about the entities in its results. @readonly */
    this.rules = new EntityRules(options, context.options);
    /** How many of its results are still to be looked at for what JSON changes. */
    this.looksLeft = LOOKS;
    /** Whether its last result was one that can be kept, so that callers may share it. */
    this.isKeepable = false;
    /** Whether its keys have Python's format. @readonly */
    this.isForPython = options.keyFormat === "python";
    /** Whether a store in memory knows its calls by their cache keys, and not by their arguments. @readonly */
    this.isKnownByKey = context.options.near !== undefined || options.normalizeArgs === true || this.isForPython;
    /** What the store of its cache keeps of it, and nobody else looks at. @type {unknown} */
    this.ofStore = undefined;
  }

  /** The function name, and what follows it in keys. @returns {Name} */
  get #name() {
    this.#found ??= this.#findName();
    return this.#found;
  }

  /** The function name. */
  get name() {
    return this.#name.name;
  }

  /** What follows the name in keys. */
  get suffix() {
    return this.#name.suffix;
  }

  /** Finds the entities in its results. */
  get entities() {
    this.#finder ??= this.#compile();
    return this.#finder;
  }

  /** How its keys are made. */
  get keyRules() {
    this.#keyRules ??= this.#readKeyRules();
    return this.#keyRules;
  }

  #readKeyRules() {
    const { context, fn, options, name } = this;
    if (this.isForPython) {
      if (context.pythonPart === undefined) refuse("keyFormat", 'another than "python" in cacheref/memory', "python");
      // The Python library's keys have no place for it.
      if (options.version !== undefined) refuse("version", 'absent where keyFormat is "python"', options.version);
    }
    return {
      prefix: wellFormed(context.prefix),
      heading: context.naming.call,
      name: wellFormed(name + this.suffix),
      version: options.version === undefined ? undefined : wellFormed(options.version),
      keyFormat: options.keyFormat ?? "readable",
      normalizeArgs: options.normalizeArgs ?? false,
      params: parametersOf(fn, options).map(wellFormed),
      // The invalidation log names calls by their cache keys, and so a near cache must know them.
      textKeys: context.options.near !== undefined,
    };
  }

  #compile() {
    const { context, options, rules, name, keyRules: keys } = this;
    const isJson = options.serializer === undefined;
    const { requireIds } = options;
    return new EntityFinder(context.core, context.logger, { name, rules, isJson, keys, isRead: true, requireIds });
  }

  /** The types on which its results depend: an invalidation of anything of them drops the results. */
  get dependsOn() {
    return this.rules.dependsOn;
  }

  /** The declared entity types. */
  get types() {
    return this.rules.types;
  }

  /** Whether results may hold entities of other types. */
  get hasOpenTypes() {
    return this.rules.hasOpenTypes;
  }

  /**
   * Whether a copy of a result may hold other ids than the result: code of the user makes the copy, or finds the ids. JSON
   * and the rules of the core find the same in both.
   */
  get mayHideIds() {
    const { options, rules } = this;
    if (options.serializer !== undefined || options.deserializer !== undefined) return true;
    return rules.custom !== undefined || rules.functions.length > 0;
  }

  /** What the core knows this function by: its key rules and its entity rules. It changes when the core is replaced. */
  get handle() {
    return this.entities.handle;
  }

  /**
   * Writes the arguments of a call, or what the `key` option makes of them, to the scratch buffer. Returns the number
   * of words, or 0 if they cannot be a key, which is logged once.
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {boolean} usesNumbers whether property names are written as numbers (for keys that stay in the process)
   */
  writeArguments(self, args, usesNumbers) {
    const { core } = this.context;
    const { key } = this.options;
    if (key === undefined) return this.#accept(writeArguments(core, args, usesNumbers));
    let keyed;
    const uses = usesOfIdentity();
    try {
      keyed = [key.apply(self, args)];
      if (keyed[0] === undefined)
        this.warn(
          "no key",
          "its option key returned undefined, and all such calls have one entry; let it return what tells them apart",
        );
    } catch (error) {
      this.warn("key", `its option key threw "${messageOf(error)}", so the call runs uncached`);
      return 0;
    }
    if (this.context.isShared && usesOfIdentity() !== uses) {
      this.warn(
        "key",
        "its option key uses identity, which no other process understands, so the call runs uncached; identity is for a MemoryBackend",
      );
      return 0;
    }
    return this.#accept(writeArguments(core, keyed, usesNumbers));
  }

  /**
   * Writes what a store in memory knows a call by: its arguments, with numbers for the names of properties. Where keys
   * have another form, the core makes the argument part of the cache key of them; if it cannot, the part is written as an
   * argument. Returns as `writeArguments` does.
   * @param {unknown} self
   * @param {unknown[]} args
   */
  writeCall(self, args) {
    const count = this.writeArguments(self, args, !this.isKnownByKey);
    if (!this.isKnownByKey || count === 0) return count;
    const { core } = this.context;
    if (core.hasTexts && !this.isForPython) return count;
    const key = this.#keyOf(core.words.subarray(0, count));
    if (key === undefined) return 0;
    const part = key.slice(headOf(this.keyRules).length);
    return /** @type {number} */ (writeArguments(core, [part], true));
  }

  /**
   * What a store in memory needs to show its calls, and keeps: not the definition, which would keep the function alive.
   * @returns {Shown}
   */
  get shown() {
    const { name, keyRules, isKnownByKey } = this;
    return { name, keyRules, isKnownByKey };
  }

  /**
   * The key of a call, or `undefined` if its arguments cannot be one, which is logged once.
   * @param {unknown} self
   * @param {unknown[]} args
   * @returns {string | undefined}
   */
  key(self, args) {
    if (args.length === 1 && this.options.key === undefined) {
      // Most calls have one id. The core would write the same key, so it is not asked.
      const [arg] = args;
      this.#keyHead ??= this.#findKeyHead();
      if (this.#keyHead !== "") {
        if (typeof arg === "string" && PLAIN.test(arg)) return `${this.#keyHead}["${arg}"]`;
        if (Number.isSafeInteger(arg) && arg !== 0) return `${this.#keyHead}[${arg}]`;
      }
    }
    return this.#keyByCore(self, args);
  }

  #findKeyHead() {
    const [one, two] = [this.#keyByCore(undefined, [1]), this.#keyByCore(undefined, ["a"])];
    const head = one?.slice(0, -"[1]".length) ?? "";
    return one === `${head}[1]` && two === `${head}["a"]` ? head : "";
  }

  /**
   * @param {unknown} self
   * @param {unknown[]} args
   */
  #keyByCore(self, args) {
    const { core } = this.context;
    const count = this.writeArguments(self, args, false);
    if (count === 0) return undefined;
    if (!core.hasTexts || this.isForPython) return this.#keyOf(core.words.subarray(0, count));
    const length = core.exports.writeKey(this.handle, count);
    if (length >= 0) return core.readText(length);
    this.refuseKey();
    return undefined;
  }

  /**
   * The key that JavaScript writes: for Python, or because the core writes none.
   * @param {Uint32Array} words
   * @returns {string | undefined}
   */
  #keyOf(words) {
    const { keyRules } = this;
    if (!this.isForPython) return cacheKey(keyRules, words);
    const part = this.context.pythonPart?.(keyRules, words);
    if (typeof part === "string") return headOf(keyRules) + part;
    if (part !== undefined) this.#accept(part);
    return undefined;
  }

  /** @param {number | { path: string, reason: string }} written */
  #accept(written) {
    if (typeof written === "number") return written;
    this.#refuseKey(written.path, written.reason);
    return 0;
  }

  /** Reports that the core could not read the arguments of a call. */
  refuseKey() {
    this.#refuseKey("arguments", "could not be decoded");
  }

  /**
   * @param {string} path
   * @param {string} reason
   */
  #refuseKey(path, reason) {
    const place = this.options.key === undefined ? path : path.replace("arguments[0]", "key()");
    this.warn(
      "key",
      `${place} ${reason}, so the call runs uncached; the option key can say what of the arguments makes the key`,
    );
  }

  /** Logs that a result is not stored, since its entities cannot be found. @param {unknown} error */
  warnOfEntities(error) {
    this.warn("entities", `the entities of its result cannot be found, so it is not stored: ${messageOf(error)}`);
  }

  /**
   * Logs a WARNING about this function, once for each `subject`.
   * @param {string} subject
   * @param {string} message
   */
  warn(subject, message) {
    this.context.logger.warnOnce(`${subject} of ${this.name}`, `function "${this.name}": ${message}`);
  }
}

export { headOf };

/**
 * @typedef {object} Shown
 * @property {string} name
 * @property {import("../keys/text.js").KeyRules} keyRules
 * @property {boolean} isKnownByKey
 */

/**
 * The cache key of the call that a store in memory knows by these bytes.
 * @param {Shown} shown
 * @param {Uint8Array} bytes
 */
export function keyOfBytes({ keyRules, isKnownByKey }, bytes) {
  if (!isKnownByKey) return cacheKeyOfBytes(keyRules, bytes, propertyNames());
  return headOf(keyRules) + (bytes[0] === ARGUMENT_PART ? decoder.decode(bytes.subarray(1)) : argumentOfBytes(bytes));
}
