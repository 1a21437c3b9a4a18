// @ts-check
/**
 * Cache keys as text, made of the words of arguments: what src/keys/cache_key.rs writes, for the looking around in
 * memory, and for the core of cacheref/memory, which writes no texts. One suite compares the two writers.
 *
 * For example, the words of `f("id", [7])` of the function `get` under the prefix `app:` give `app:c:get:["id",[7]]`.
 */
import { BINARY_KINDS, TAG } from "../boundary/numbers.js";
import { sha256 } from "./sha256.js";
import { WordReader } from "./word-reader.js";

/**
 * How the keys of a function are made. The texts are well-formed.
 * @typedef {object} KeyRules
 * @property {string} prefix
 * @property {string} [heading] what follows the prefix; default `c:`
 * @property {string} name
 * @property {string | undefined} version
 * @property {string} keyFormat "readable" or "hashed"
 * @property {boolean} normalizeArgs
 * @property {string[]} params the names of the positional parameters
 */

/** The longest argument part that is readable, in bytes. */
const READABLE = 64;
/** The bytes of the hash that are kept. */
const HASH = 24;
const PLAIN_VERSION = /^[A-Za-z0-9._-]*$/;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** What stands around the parts of a container, by its tag. @type {Record<number, [string, string]>} */
const AROUND = {
  [TAG.ARRAY]: ["[", "]"],
  [TAG.MAP]: ["Map([", "])"],
  [TAG.SET]: ["Set([", "])"],
  [TAG.DATE]: ["Date(", ")"],
  [TAG.REGEXP]: ["RegExp(", ")"],
  [TAG.URL]: ["URL(", ")"],
  [TAG.URL_SEARCH_PARAMS]: ["URLSearchParams(", ")"],
  [TAG.BOXED]: ["Object(", ")"],
  [TAG.TO_JSON]: ["toJSON(", ")"],
};
/** The values that are their tag alone. @type {Record<number, string>} */
const CONSTANTS = {
  [TAG.HOLE]: "hole",
  [TAG.UNDEFINED]: "undefined",
  [TAG.NULL]: "null",
  [TAG.FALSE]: "false",
  [TAG.TRUE]: "true",
};

/**
 * The cache key of a call.
 * @param {KeyRules} rules
 * @param {Uint32Array} words of its arguments
 * @param {string[]} [names] the names of properties, by their numbers
 */
export function cacheKey(rules, words, names = []) {
  return new TextReader(words, names).key(rules, rules.version);
}

/**
 * The cache key of the call with these key bytes, which a store in memory keeps: words, and behind them the length of
 * the version and the version, if there is one.
 * @param {KeyRules} rules
 * @param {Uint8Array} bytes
 * @param {string[]} names
 */
export function cacheKeyOfBytes(rules, bytes, names) {
  // Copied: words stand only at multiples of four.
  const copy = bytes.slice();
  const words = new Uint32Array(copy.buffer, 0, copy.length >> 2);
  return new TextReader(words, names).key(rules, (end) =>
    4 * end < copy.length ? decoder.decode(copy.subarray(4 * end + 4)) : undefined,
  );
}

/**
 * The text that these key bytes have as their only argument.
 * @param {Uint8Array} bytes
 */
export function argumentOfBytes(bytes) {
  const words = new Uint32Array(bytes.slice(0, bytes.length & ~3).buffer);
  return new TextReader(words.subarray(1), []).text();
}

/**
 * What the keys of a function begin with.
 * @param {Pick<KeyRules, "prefix" | "heading" | "name">} rules
 */
export const headOf = ({ prefix, heading = "c:", name }) => `${prefix}${heading}${name}:`;

/** Reads words as canonical text. */
class TextReader extends WordReader {
  #names;
  #isUnordered = false;

  /**
   * @param {Uint32Array} words
   * @param {string[]} names
   */
  constructor(words, names) {
    super(words);
    this.#names = names;
  }

  /**
   * @param {KeyRules} rules
   * @param {string | undefined | ((end: number) => string | undefined)} version itself, or what finds it behind the words
   */
  key(rules, version) {
    const text = this.#arguments(rules);
    const found = typeof version === "function" ? version(this.at) : version;
    return `${headOf(rules)}${shorten(text + suffix(found), rules.keyFormat === "hashed")}`;
  }

  /** @param {KeyRules} rules */
  #arguments({ normalizeArgs, params }) {
    this.#isUnordered = normalizeArgs;
    const count = this.word() >>> 8;
    // A single parameter has no name: one service may call it `id` and another `user_id`, and they share entries.
    const names = normalizeArgs && params.length > 1 ? params.slice(0, count) : [];
    /** @type {[string, string][]} */
    const named = [];
    for (const name of names) {
      const isUndefined = (this.peek() & 0xff) === TAG.UNDEFINED;
      const value = this.#value();
      if (!isUndefined) named.push([name, value]);
    }
    const parts = names.length > 0 ? [object(named)] : [];
    for (let index = names.length; index < count; index++) parts.push(this.#value());
    return `[${parts.join(",")}]`;
  }

  /** @returns {string} */
  #value() {
    const word = this.word();
    const tag = word & 0xff;
    if (CONSTANTS[tag] !== undefined) return CONSTANTS[tag];
    switch (tag) {
      case TAG.INTEGER:
        return String(word >> 8);
      case TAG.FLOAT:
        return String(this.float());
      case TAG.BINARY: {
        const length = this.word();
        const binary = Array.from(this.bytes(length), (byte) => String.fromCharCode(byte)).join("");
        return `${BINARY_KINDS[word >>> 8]}("${btoa(binary)}")`;
      }
      case TAG.BIGINT:
      case TAG.ASCII:
      case TAG.UTF8:
      case TAG.UTF16:
      case TAG.NAME: {
        this.at -= 1;
        const text = this.text();
        return tag === TAG.BIGINT ? `${text}n` : JSON.stringify(text);
      }
      default:
        return this.#container(tag, word >>> 8);
    }
  }

  /**
   * @param {number} tag
   * @param {number} count
   */
  #container(tag, count) {
    this.word();
    if (tag === TAG.OBJECT) return object(Array.from({ length: count }, () => [this.text(), this.#value()]));
    const parts = Array.from({ length: count }, () =>
      tag === TAG.MAP ? `[${this.#value()},${this.#value()}]` : this.#value(),
    );
    if (this.#isUnordered && (tag === TAG.ARRAY || tag === TAG.SET || tag === TAG.MAP)) parts.sort(byCharacters);
    const [open, close] = AROUND[tag];
    return open + parts.join(",") + close;
  }

  /** A text, the name of a property, or the digits of a bigint. */
  text() {
    const word = this.word();
    return (word & 0xff) === TAG.NAME ? this.#names[word >>> 8] : this.textOf(word);
  }
}

/** @param {[string, string][]} properties names, and the texts of their values */
function object(properties) {
  const sorted = properties.sort(([one], [other]) => (one < other ? -1 : Number(one > other)));
  return `{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
}

/**
 * Compares texts by their characters, as the bytes of UTF-8 are compared: surrogate pairs come after all other units.
 * @param {string} one
 * @param {string} other
 */
function byCharacters(one, other) {
  const length = Math.min(one.length, other.length);
  let at = 0;
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  if (at === length) return one.length - other.length;
  const rank = (/** @type {number} */ unit) => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);
  return rank(one.charCodeAt(at)) - rank(other.charCodeAt(at));
}

/** @param {string | undefined} version */
function suffix(version) {
  if (version === undefined) return "";
  return `@${PLAIN_VERSION.test(version) ? version : JSON.stringify(version)}`;
}

/**
 * The argument part of a key: its text, or the hash of that.
 * @param {string} text
 * @param {boolean} isHashed
 */
function shorten(text, isHashed) {
  const bytes = encoder.encode(text);
  if (!isHashed && bytes.length <= READABLE) return text;
  const hash = String.fromCharCode(...sha256(bytes).subarray(0, HASH));
  return `#${btoa(hash).replaceAll("+", "-").replaceAll("/", "_")}`;
}
