// @ts-check
/**
 * Walks the arguments of a call once and writes them as 32-bit words, from which the core makes keys. The format is
 * described in src/words.rs, which reads it.
 *
 * The words go to a buffer of this module first and are copied to the core's scratch buffer when they are complete. A
 * getter, a proxy or a `toJSON` may call another cached function in the middle of the walk, which would overwrite the
 * scratch buffer or grow the memory under it; the copy costs about 10 ns for a small call.
 *
 * What cannot be part of a key is told by its place and why, never by an exception: the call then runs uncached.
 */

import { MAX_DEPTH, TAG, UNSORTED } from "../boundary/numbers.js";
import { Refusal } from "../boundary/refusal.js";
import { hasLoneSurrogate } from "../boundary/well-formed.js";
import { writeByToJson, writeExotic } from "./exotic.js";

/** 16 MB: what a key is made of is kept in the memory of the core, which never shrinks. */
const MAX_WORDS = 4 * 1024 * 1024;
/** A buffer larger than this is not kept for the next call. */
const KEPT_WORDS = 64 * 1024;
/** Up to this length a loop over the characters is quicker than `encodeInto`. */
const SHORT_TEXT = 24;
/** Property names get numbers, up to this many: names can come from outside, and the table is never emptied. */
const MAX_NAMES = 10_000;
const MAX_NAME_LENGTH = 64;

const { getOwnPropertySymbols, getPrototypeOf, prototype: OBJECT_PROTOTYPE } = Object;
const ARRAY_PROTOTYPE = Array.prototype;
const { hasOwnProperty: isOwn } = OBJECT_PROTOTYPE;

const encoder = new TextEncoder();
const float = new Float64Array(1);
const floatWords = new Uint32Array(float.buffer);

/** @type {Map<string, number>} the numbers of the property names, of all cores: Rust needs the names only to show keys */
const names = new Map();

/** The names of properties that have numbers, in the order of those. */
export function propertyNames() {
  return [...names.keys()];
}

const GUESSES = 256;
/** The names last met of each that look alike (by length, first and last character), and their numbers: a Map is slower. */
const guessedNames = /** @type {(string | undefined)[]} */ (new Array(GUESSES).fill(undefined));
const guessedNumbers = new Int32Array(GUESSES).fill(-1);

export class ArgumentWriter {
  constructor() {
    /** What is no key, after `write` returned -1. @type {{ path: string, reason: string } | undefined} */
    this.refusal = undefined;
    this.position = 0;
    /** Whether the properties of every object in what is being written ascend so far. */
    this.isSorted = true;
    this.usesNumbers = false;
    this.words = new Uint32Array(1024);
    /** The same buffer in UTF-16 units, and in bytes. */
    this.units = new Uint16Array(this.words.buffer);
    this.bytes = new Uint8Array(this.words.buffer);
  }

  /** Whether this writer grew so large that it should not be kept. */
  get isLarge() {
    return this.words.length > KEPT_WORDS;
  }

  /**
   * Writes `args` and returns the number of words, or -1 if something in them cannot be part of a key.
   * @param {ArrayLike<unknown>} args
   * @param {boolean} usesNumbers whether property names are written as numbers (for keys that stay in the process)
   */
  write(args, usesNumbers) {
    this.refusal = undefined;
    this.position = 1;
    this.isSorted = true;
    this.usesNumbers = usesNumbers;
    let count = args.length;
    while (count > 0 && args[count - 1] === undefined) count--;
    let index = 0;
    try {
      for (; index < count; index++) this.value(args[index], 0, index);
    } catch (error) {
      this.refusal = Refusal.from(error, index).told();
      return -1;
    }
    this.words[0] = (this.isSorted ? TAG.ARGUMENTS : TAG.UNSORTED_ARGUMENTS) | (count << 8);
    return this.position;
  }

  /**
   * Copies the words to the scratch buffer of `core`.
   * @param {import("../boundary/core.js").Core} core
   */
  copyTo(core) {
    const { position, words } = this;
    core.reserve(position * 4);
    const target = core.words;
    if (position < 64) for (let index = 0; index < position; index++) target[index] = words[index];
    else target.set(words.subarray(0, position));
  }

  /**
   * Writes one value.
   * @param {unknown} value
   * @param {number} depth of the container that it is in
   * @param {string | number} name of the property that holds it, for `toJSON`
   */
  value(value, depth, name) {
    switch (typeof value) {
      case "string":
        this.text(value);
        break;
      case "number":
        this.number(value);
        break;
      case "boolean":
        this.word(value ? TAG.TRUE : TAG.FALSE);
        break;
      case "bigint":
        this.#bigint(value);
        break;
      case "object":
        if (value === null) this.word(TAG.NULL);
        else this.#object(value, depth + 1, name);
        break;
      case "undefined":
        // `document.all` has this type and is an object.
        if (value !== undefined) throw new Refusal("is an object that hides its type");
        this.word(TAG.UNDEFINED);
        break;
      default:
        throw new Refusal(`is a ${typeof value}`);
    }
  }

  /** @param {number} word */
  word(word) {
    if (this.position === this.words.length) this.room(1);
    this.words[this.position++] = word;
  }

  /**
   * Makes room for `count` more words.
   * @param {number} count
   */
  room(count) {
    const wanted = this.position + count;
    if (wanted <= this.words.length) return;
    if (wanted > MAX_WORDS) throw new Refusal(`makes the arguments larger than ${MAX_WORDS >> 18} MB`);
    const { bytes, position } = this;
    this.words = new Uint32Array(Math.min(Math.max(wanted, 2 * this.words.length), MAX_WORDS));
    this.units = new Uint16Array(this.words.buffer);
    this.bytes = new Uint8Array(this.words.buffer);
    this.bytes.set(bytes.subarray(0, position * 4));
  }

  /** @param {number} value */
  number(value) {
    // Also true of -0, which is written as 0.
    if ((value << 8) >> 8 === value) return this.word(TAG.INTEGER | (value << 8));
    this.room(3);
    // A NaN of user code may have any payload: this one does not.
    float[0] = Number.isNaN(value) ? Number.NaN : value;
    this.words[this.position] = TAG.FLOAT;
    this.words[this.position + 1] = floatWords[0];
    this.words[this.position + 2] = floatWords[1];
    this.position += 3;
  }

  /** @param {bigint} value */
  #bigint(value) {
    const start = this.position;
    this.text(value.toString());
    this.words[start] += TAG.BIGINT - TAG.ASCII;
  }

  /** @param {string} text */
  text(text) {
    const { length } = text;
    if (length > SHORT_TEXT) return this.#longText(text);
    // A word for two units and the header: enough in either form.
    this.room(1 + SHORT_TEXT / 2);
    const { position, words, bytes } = this;
    const start = (position + 1) * 4;
    const size = (length + 3) >> 2;
    if (length > 0) words[position + size] = 0;
    let bits = 0;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      bytes[start + index] = unit;
      bits |= unit;
    }
    if (bits > 0x7f) return this.#units(text);
    words[position] = TAG.ASCII | (length << 8);
    this.position = position + 1 + size;
  }

  /**
   * Writes UTF-16: short texts that are not ASCII, and those with lone surrogates.
   * @param {string} text
   */
  #units(text) {
    const { length } = text;
    const size = (length + 1) >> 1;
    this.room(1 + size);
    const { position, words, units } = this;
    const start = (position + 1) * 2;
    words[position] = TAG.UTF16 | (length << 8);
    words[position + size] = 0;
    for (let index = 0; index < length; index++) units[start + index] = text.charCodeAt(index);
    this.position = position + 1 + size;
  }

  /** @param {string} text */
  #longText(text) {
    const { length } = text;
    this.room(2 + (length >> 2));
    const start = (this.position + 1) * 4;
    let { read, written } = encoder.encodeInto(text, this.bytes.subarray(start));
    if (written !== length || read !== length) {
      if (hasLoneSurrogate(text)) return this.#units(text);
      if (read < length) {
        const rest = text.slice(read);
        // At most three bytes for a unit.
        this.room(2 + ((written + rest.length * 3) >> 2));
        written += encoder.encodeInto(rest, this.bytes.subarray(start + written)).written;
      }
    }
    for (let index = written; (index & 3) !== 0; index++) this.bytes[start + index] = 0;
    this.words[this.position] = (written === length ? TAG.ASCII : TAG.UTF8) | (written << 8);
    this.position += 1 + ((written + 3) >> 2);
  }

  /**
   * @param {object} value
   * @param {number} depth
   * @param {string | number} name
   */
  #object(value, depth, name) {
    if (depth > MAX_DEPTH) throw new Refusal(`is nested more than ${MAX_DEPTH} levels deep, or contains itself`);
    const prototype = getPrototypeOf(value);
    if (prototype === OBJECT_PROTOTYPE || prototype === null) this.plain(value, depth, name);
    else if (prototype === ARRAY_PROTOTYPE && Array.isArray(value)) this.list(value, depth);
    else writeExotic(this, value, depth, name);
  }

  /**
   * Writes a plain object: its own enumerable properties.
   * @param {Record<string, any>} value
   * @param {number} depth
   * @param {string | number} name
   */
  plain(value, depth, name) {
    if (typeof value.toJSON === "function") return writeByToJson(this, value, depth, name);
    // Also true of `arguments`, `Math` and module namespaces.
    if (getOwnPropertySymbols(value).length > 0) throw new Refusal("has properties that are named by symbols");
    const start = this.open();
    let count = 0;
    let previous = -1;
    let at = "";
    try {
      for (at in value) {
        // Not what a polyfill added to Object.prototype.
        if (!isOwn.call(value, at)) continue;
        count++;
        const number = this.usesNumbers ? this.#numberOf(at) : -1;
        if (number < previous || number < 0) this.isSorted = false;
        previous = number;
        if (number < 0) this.text(at);
        else this.word(TAG.NAME | (number << 8));
        this.value(value[at], depth, at);
      }
    } catch (error) {
      throw Refusal.from(error, at);
    }
    this.close(start, TAG.OBJECT, count);
  }

  /**
   * The number of a property's name, or -1 if it has none. Once it got none it never will, so that a name is always
   * written alike.
   * @param {string} name
   */
  #numberOf(name) {
    const { length } = name;
    const slot = (name.charCodeAt(0) * 31 + name.charCodeAt(length - 1) * 5 + length) & (GUESSES - 1);
    if (guessedNames[slot] === name) return guessedNumbers[slot];
    let number = names.get(name);
    if (number === undefined) {
      number = names.size;
      if (number >= MAX_NAMES || length > MAX_NAME_LENGTH) return -1;
      names.set(name, number);
    }
    guessedNames[slot] = name;
    guessedNumbers[slot] = number;
    return number;
  }

  /**
   * Writes an array: its elements.
   * @param {unknown[]} value
   * @param {number} depth
   */
  list(value, depth) {
    const { length } = value;
    // At once, not after walking millions of holes.
    if (length > MAX_WORDS) this.room(length);
    const start = this.open();
    let index = 0;
    try {
      for (; index < length; index++) {
        const item = value[index];
        if (item === undefined && !isOwn.call(value, index)) this.word(TAG.HOLE);
        else this.value(item, depth, index);
      }
    } catch (error) {
      throw Refusal.from(error, index);
    }
    this.close(start, TAG.ARRAY, length);
  }

  /** Begins a container and returns where. */
  open() {
    const start = this.position;
    this.room(2);
    // Until the size is known the place keeps what is known of the container around this one.
    this.words[start + 1] = this.isSorted ? 0 : UNSORTED;
    this.isSorted = true;
    this.position = start + 2;
    return start;
  }

  /**
   * Ends the container that was begun at `start`.
   * @param {number} start
   * @param {number} tag
   * @param {number} count of its entries
   */
  close(start, tag, count) {
    const { words } = this;
    const wasSorted = words[start + 1] === 0;
    words[start] = tag | (count << 8);
    words[start + 1] = (this.position - start - 2) | (this.isSorted ? 0 : UNSORTED);
    this.isSorted = this.isSorted && wasSorted;
  }
}

/** @type {ArgumentWriter | undefined} the writer that no walk is using */
let idle;

/**
 * Writes `args` to the scratch buffer of `core`. Returns the number of words, or what cannot be part of a key.
 * @param {import("../boundary/core.js").Core} core
 * @param {ArrayLike<unknown>} args
 * @param {boolean} usesNumbers whether property names are written as numbers (for keys that stay in the process)
 */
export function writeArguments(core, args, usesNumbers) {
  const writer = idle ?? new ArgumentWriter();
  // A walk that begins in the middle of this one makes a writer of its own.
  idle = undefined;
  const count = writer.write(args, usesNumbers);
  if (count > 0) writer.copyTo(core);
  if (!writer.isLarge) idle = writer;
  return count > 0 ? count : /** @type {{ path: string, reason: string }} */ (writer.refusal);
}
