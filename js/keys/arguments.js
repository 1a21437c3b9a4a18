// @ts-check
/**
 * Walks the arguments of a call once and writes them as words, from which the core makes keys.
 *
 * A value that cannot be part of a key is answered with its path and the reason, never thrown: the call runs uncached.
 */

import { MAX_DEPTH, TAG } from "../boundary/numbers.js";
import { Refusal } from "../boundary/refusal.js";
import { MAX_WORDS, WordWriter } from "../boundary/word-writer.js";
import { writeByToJson, writeExotic } from "./exotic.js";
import { numberOf } from "./property-names.js";

/** A writer whose buffer has grown larger than this is not kept for the next call. */
const KEPT_WORDS = 64 * 1024;

const { getOwnPropertySymbols, getPrototypeOf, prototype: OBJECT_PROTOTYPE } = Object;
const ARRAY_PROTOTYPE = Array.prototype;
const { hasOwnProperty: isOwn } = OBJECT_PROTOTYPE;

export class ArgumentWriter extends WordWriter {
  /** Why the arguments are no key, after `write` has returned -1. @type {{ path: string, reason: string } | undefined} */
  refusal = undefined;
  #usesNumbers = false;

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
    this.#usesNumbers = usesNumbers;
    let count = args.length;
    while (count > 0 && args[count - 1] === undefined) count--;
    let index = 0;
    try {
      for (; index < count; index++) this.value(args[index], 0, index);
    } catch (error) {
      this.refusal = Refusal.from(error, index).shown();
      return -1;
    }
    this.words[0] = (this.isSorted ? TAG.ARGUMENTS : TAG.UNSORTED_ARGUMENTS) | (count << 8);
    return this.position;
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
        this.bigint(value);
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
        // A polyfill may have added properties to Object.prototype.
        if (!isOwn.call(value, at)) continue;
        count++;
        const number = this.#usesNumbers ? numberOf(at) : -1;
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
   * Writes an array: its elements.
   * @param {unknown[]} value
   * @param {number} depth
   */
  list(value, depth) {
    const { length } = value;
    // Refuse it now, not after a walk over millions of holes.
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
}

/** The writer that no walk is using. @type {ArgumentWriter | undefined} */
let idle;

/**
 * Writes `args` to the scratch buffer of `core`. Returns the number of words, or what cannot be part of a key.
 * @param {import("../boundary/core.js").Core} core
 * @param {ArrayLike<unknown>} args
 * @param {boolean} usesNumbers whether property names are written as numbers (for keys that stay in the process)
 */
export function writeArguments(core, args, usesNumbers) {
  const writer = idle ?? new ArgumentWriter();
  // A getter may start another walk in the middle of this one: that walk makes its own writer.
  idle = undefined;
  const count = writer.write(args, usesNumbers);
  if (count > 0) writer.copyTo(core);
  if (!writer.isLarge) idle = writer;
  return count > 0 ? count : /** @type {{ path: string, reason: string }} */ (writer.refusal);
}
