// @ts-check
/**
 * The wasm instance, and the scratch buffer through which bytes cross to it.
 *
 * The instance is made on first use, never at import. If loading it fails, the next use tries again. After a trap (a
 * panic, a stack overflow) an instance must not be used any more: `replace` puts a fresh one in its place and raises
 * `generation`, so that everybody who keeps handles into the old instance notices.
 */

import { ConfigError } from "../messages/errors.js";
import { TAG } from "./numbers.js";
import { WordWriter } from "./word-writer.js";

const NOTHING = new ArrayBuffer(0);
/** One UTF-16 unit needs at most this many bytes of UTF-8. */
const BYTES_PER_UNIT = 3;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The functions of a build of the core. The smaller one lacks those that write keys.
 * @typedef {Omit<typeof import("../core/glue.js"), "initSync">} Functions
 * @typedef {Functions & { initSync: (module: { module: WebAssembly.Module }) => unknown }} Glue
 */

/**
 * How the cache keys of a function are made.
 * @typedef {object} KeyRules
 * @property {string} [prefix]
 * @property {string} [heading] what follows the prefix in keys, if it is not `c:`
 * @property {string} [name] of the function, in keys
 * @property {string} [version]
 * @property {string} [keyFormat] one of FORMATS
 * @property {boolean} [normalizeArgs]
 * @property {string[]} [params] the names of the positional parameters
 * @property {boolean} [textKeys] whether a store in memory knows its calls by their cache keys
 *
 * What is declared of the entities in results, and the compiled rules. The core reads the properties by position: their
 * order counts.
 * @typedef {object} CompiledEntities
 * @property {{ types: string[], lists: number[], isList?: boolean, dependsOn: string[] }} declared
 * @property {{ rules: object, pages: object | null }} table
 *
 */

/**
 * @template C
 * @typedef {{ handle: number, compiled: C }} Defined
 */

/** The place of a format is its number. */
const FORMATS = ["readable", "hashed", "python"];

export class Core {
  #glue;
  #load;
  #isLoaded = false;
  /** What was defined, by the JSON of its configuration. @type {Map<string, Defined<any>>} */
  #defined = new Map();

  /**
   * @param {Partial<Functions> & Pick<Glue, "initSync">} glue of the build that `load` loads
   * @param {() => WebAssembly.Module} load returns the compiled module
   */
  constructor(glue, load) {
    this.#glue = /** @type {Glue} */ (glue);
    this.#load = load;
    /** Whether this build writes cache keys. */
    this.hasTexts = glue.writeKey !== undefined;
    /** Whether this build finds ids in JSON text. */
    this.hasScan = glue.extractText !== undefined;
    /** Rises by one whenever a trapped instance is replaced. Handles of an older generation are void. */
    this.generation = 0;
    /** The scratch buffer as bytes. Once the memory has grown it is empty until `attach`. */
    this.bytes = new Uint8Array(NOTHING);
    /** The scratch buffer as 32-bit words. */
    this.words = new Uint32Array(NOTHING);
    /** The scratch buffer as doubles. */
    this.floats = new Float64Array(NOTHING);
  }

  /** The exports of the core. The first access instantiates it. */
  get exports() {
    if (!this.#isLoaded) {
      this.#start();
      this.#isLoaded = true;
    }
    return this.#glue;
  }

  #start() {
    try {
      this.#glue.initSync({ module: this.#load() });
    } catch (/** @type {any} */ error) {
      if (error instanceof ConfigError) throw error;
      throw new ConfigError(
        "ERR_CACHEREF_INIT",
        `the core could not be started: ${error?.message}${remedy(String(error?.message))}`,
        { cause: error },
      );
    }
  }

  /** Renews the views of the scratch buffer. Call it after every export that may have grown the memory. */
  attach() {
    if (this.bytes.length === 0) this.#view(this.exports.scratchReserve(1));
  }

  /**
   * Makes room for `bytes` in the scratch buffer, and keeps its content.
   * @param {number} bytes
   */
  reserve(bytes) {
    if (this.bytes.length < bytes) this.#view(this.exports.scratchReserve(bytes));
  }

  /** @param {number} address */
  #view(address) {
    const buffer = this.exports.memoryBuffer();
    const capacity = this.exports.scratchCapacity();
    this.bytes = new Uint8Array(buffer, address, capacity);
    this.words = new Uint32Array(buffer, address, capacity / 4);
    this.floats = new Float64Array(buffer, address, capacity / 8);
  }

  /**
   * What the core knows of a function by its handle, and what was compiled of its entity rules. Equal configurations share
   * it: a function that is wrapped again and again takes memory of the core once.
   * @template {KeyRules & object} T
   * @template {CompiledEntities} C
   * @param {T} config
   * @param {(config: T) => C} compile compiles the entity rules in `config`
   * @returns {Defined<C>}
   */
  define(config, compile) {
    const key = JSON.stringify(config);
    let defined = this.#defined.get(key);
    if (defined === undefined) {
      const compiled = compile(config);
      const { prefix = "", heading, name = "", version, keyFormat = FORMATS[0] } = config;
      const { normalizeArgs = false, params = [], textKeys = false } = config;
      const format = FORMATS.indexOf(keyFormat);
      const keys = [prefix, heading, name, version, format, normalizeArgs, params, textKeys];
      const writer = new WordWriter();
      // A build that does not read texts does not follow the rules.
      writeByPosition(writer, [keys, compiled.declared, ...(this.hasScan ? [compiled.table] : [])]);
      defined = { handle: this.exports.define(writer.words.subarray(0, writer.position)), compiled };
      this.#defined.set(key, defined);
    }
    return defined;
  }

  /**
   * Writes `text` as UTF-8 to the start of the scratch buffer and returns its length in bytes.
   * @param {string} text
   */
  writeText(text) {
    this.reserve(text.length);
    const { read, written } = encoder.encodeInto(text, this.bytes);
    if (read === text.length) return written;
    // The text is not ASCII, and the buffer is full: make room for the rest.
    const rest = text.slice(read);
    this.reserve(written + rest.length * BYTES_PER_UNIT);
    return written + encoder.encodeInto(rest, this.bytes.subarray(written)).written;
  }

  /**
   * The `length` bytes that an export has just put into the scratch buffer: a view, valid until the next export.
   * @param {number} length
   */
  readBytes(length) {
    this.attach();
    if (this.bytes.length < length) {
      this.reserve(length);
      this.exports.scratchTake();
      this.attach();
    }
    return this.bytes.subarray(0, length);
  }

  /**
   * The `length` bytes that an export has just put into the scratch buffer, read as UTF-8.
   * @param {number} length
   */
  readText(length) {
    return decoder.decode(this.readBytes(length));
  }

  /**
   * Whether `error` left the instance unusable.
   * @param {unknown} error
   */
  isTrap(error) {
    // A RangeError is a stack overflow: it cut off wasm frames, which were never unwound.
    return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  }

  /** Replaces a trapped instance by a fresh one. Its stores are empty, which is always right for a cache. */
  replace() {
    this.generation += 1;
    this.#defined.clear();
    this.bytes = new Uint8Array(NOTHING);
    this.words = new Uint32Array(NOTHING);
    this.floats = new Float64Array(NOTHING);
    this.#glue.__wbg_reset_state();
  }
}

/**
 * Writes texts, flags, numbers, and arrays of them. An object is written as the array of its values, in their order: the
 * core reads it by position. Unlike the writer of arguments it asks no object for a `toJSON`, which a program may have
 * added to Object.prototype.
 * @param {WordWriter} writer
 * @param {unknown} value
 */
function writeByPosition(writer, value) {
  if (typeof value === "string") return writer.text(value);
  if (typeof value === "number") return writer.number(value);
  if (typeof value === "boolean") return writer.word(value ? TAG.TRUE : TAG.FALSE);
  if (typeof value !== "object" || value === null) return writer.word(TAG.UNDEFINED);
  const start = writer.open();
  const parts = Object.values(value);
  for (const part of parts) writeByPosition(writer, part);
  writer.close(start, TAG.ARRAY, parts.length);
}

/**
 * What to do where a runtime refuses to compile, as the end of a sentence.
 * @param {string} refusal
 */
function remedy(refusal) {
  if (/\bCSP\b|Content Security Policy|unsafe-eval/i.test(refusal))
    return "; the page's Content-Security-Policy must have script-src 'wasm-unsafe-eval'";
  // V8's words in Workers and in Edge.
  if (/code generation/i.test(refusal))
    return '; bundle with the package\'s condition "workerd" or "edge-light", whose files bring the module compiled';
  return "";
}
