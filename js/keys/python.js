// @ts-check
/**
 * The argument part of a key as the Python library `cacheref` computes it, so that services of both languages share
 * values: `md5(str(args) + str(sorted(kwargs.items())))`, or `noargs` if there are no arguments. An empty part is left out.
 *
 * For that the values are written as CPython's `repr` writes them. A value without a certain counterpart in Python is
 * refused.
 */
import { TAG } from "../boundary/numbers.js";
import { Refusal } from "../boundary/refusal.js";
import { md5 } from "./md5.js";
import { WordReader } from "./word-reader.js";

/**
 * A value as Python has it. An int is a bigint; a number is a float; None is `null`; a Map is a dict.
 * @typedef {null | boolean | bigint | number | string | Python[] | Map<string, Python>} Python
 */

const NO_COUNTERPART = "has no counterpart in Python";
/** What `repr` escapes: quotes, backslashes, and what is not printable, but for a space. */
const ESCAPED = /['"\\]|(?! )[\p{C}\p{Z}]/gu;
/** What needs no escape in single quotes. */
const PLAIN = /^[ !#-&(-[\]-~]*$/;
/** @type {Record<string, string>} */
const ESCAPES = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

const encoder = new TextEncoder();
/** For the bytes of a short text. */
const scratch = new Uint8Array(1024);

/** Thrown by a comparison with a NaN: it is always false, so the order depends on the algorithm. */
const HAS_NAN = /* @__PURE__ */ new Refusal("is a list whose order in Python depends on a NaN");
/** Thrown by a comparison that raises a TypeError in Python. */
const RAISES = /* @__PURE__ */ new Refusal(NO_COUNTERPART);

/**
 * The argument part of a call, or the path and the reason of what is refused.
 * @param {{ normalizeArgs: boolean, params: string[] }} rules
 * @param {Uint32Array} words of its arguments
 * @returns {string | { path: string, reason: string }}
 */
export function pythonPart(rules, words) {
  try {
    const text = represent(rules, words);
    if (text === "") return "noargs";
    if (3 * text.length > scratch.length) return md5(encoder.encode(text));
    return md5(scratch, encoder.encodeInto(text, scratch).written);
  } catch (error) {
    return /** @type {Refusal} */ (error).shown();
  }
}

/**
 * The text that is hashed. If the arguments are normalized, those that have a name are keywords.
 * @param {{ normalizeArgs: boolean, params: string[] }} rules
 * @param {Uint32Array} words
 */
function represent({ normalizeArgs, params }, words) {
  const reader = new WordReader(words);
  const count = reader.word() >>> 8;
  /** @type {Python[]} */
  const positional = [];
  /** @type {Map<string, Python>} */
  const keywords = new Map();
  for (let index = 0; index < count; index++) {
    const name = normalizeArgs ? params[index] : undefined;
    // A keyword that is undefined counts as not given.
    if (name !== undefined && (reader.peek() & 0xff) === TAG.UNDEFINED) {
      reader.word();
      continue;
    }
    const value = readAt(reader, normalizeArgs, index);
    if (name === undefined) positional.push(value);
    else keywords.set(name, value);
  }
  let text = "";
  if (positional.length > 0) text = positional.length === 1 ? `(${repr(positional[0])},)` : `(${joined(positional)})`;
  if (keywords.size === 0) return text;
  const items = sortedItems(keywords).map(([name, value]) => `(${string(name)}, ${repr(value)})`);
  return `${text}[${items.join(", ")}]`;
}

/**
 * Reads the value at a step of the path, which a refusal gets.
 * @param {WordReader} reader
 * @param {boolean} isNormalized
 * @param {number | string} step an index, or the name of a property
 */
function readAt(reader, isNormalized, step) {
  try {
    return read(reader, isNormalized);
  } catch (error) {
    throw Refusal.from(error, typeof step === "string" ? { step: `[${JSON.stringify(step)}]` } : step);
  }
}

/**
 * Reads the next value. If it is normalized, the items of a dict are sorted by their names and normalized; a list and a
 * set are sorted, and what is in them stays as it is.
 * @param {WordReader} reader
 * @param {boolean} isNormalized
 * @returns {Python}
 */
function read(reader, isNormalized) {
  const word = reader.word();
  switch (word & 0xff) {
    case TAG.NULL:
      return null;
    case TAG.FALSE:
      return false;
    case TAG.TRUE:
      return true;
    case TAG.INTEGER:
      return BigInt(word >> 8);
    case TAG.FLOAT: {
      const value = reader.float();
      return Number.isInteger(value) ? BigInt(value) : value;
    }
    case TAG.BIGINT:
      return BigInt(reader.textOf(word));
    case TAG.ASCII:
    case TAG.UTF8:
    case TAG.UTF16:
      return reader.textOf(word);
    case TAG.ARRAY:
      return readList(reader, word >>> 8, isNormalized);
    case TAG.OBJECT:
      return readDict(reader, word >>> 8, isNormalized);
    case TAG.SET:
      if (isNormalized) return readSet(reader, word >>> 8);
  }
  throw new Refusal(NO_COUNTERPART);
}

/**
 * @param {WordReader} reader
 * @param {number} count
 */
function readItems(reader, count) {
  reader.word();
  return Array.from({ length: count }, (_, index) => readAt(reader, false, index));
}

/**
 * @param {WordReader} reader
 * @param {number} count
 * @param {boolean} isNormalized
 */
function readList(reader, count, isNormalized) {
  const items = readItems(reader, count);
  if (!isNormalized) return items;
  const sorted = sort(items);
  if (sorted === HAS_NAN) throw new Refusal(HAS_NAN.reason);
  // The Python library goes on with a list that it cannot sort as it is.
  return Array.isArray(sorted) ? sorted : items;
}

/**
 * A set has an order in Python only once it is sorted.
 * @param {WordReader} reader
 * @param {number} count
 */
function readSet(reader, count) {
  const items = readItems(reader, count);
  const sorted = sort(items);
  const isHashable = items.every((item) => typeof item !== "object" || item === null);
  // `true` and `1` are one member in Python.
  const isCertain = (/** @type {Python[]} */ all) => all.every((item, at) => at === 0 || !isEqual(all[at - 1], item));
  if (isHashable && Array.isArray(sorted) && isCertain(sorted)) return sorted;
  throw new Refusal(NO_COUNTERPART);
}

/**
 * A dict that is not normalized keeps the order in which the object has its properties: so does Python's `repr`.
 * @param {WordReader} reader
 * @param {number} count
 * @param {boolean} isNormalized
 */
function readDict(reader, count, isNormalized) {
  reader.word();
  /** @type {Map<string, Python>} */
  const dict = new Map();
  for (let index = 0; index < count; index++) {
    const name = reader.textOf(reader.word());
    dict.set(name, readAt(reader, isNormalized, name));
  }
  return isNormalized ? new Map(sortedItems(dict)) : dict;
}

/** @param {Map<string, Python>} dict */
const sortedItems = (dict) => [...dict].sort(([one], [other]) => compareTexts(one, other));

/**
 * The items as Python's `sorted` returns them, or why it gives no order. Which pairs are compared does not matter: every
 * sort compares two items that stand next to each other in the result.
 * @param {Python[]} items
 */
function sort(items) {
  /** @type {Refusal | undefined} */
  let failure;
  const sorted = [...items].sort((one, other) => {
    try {
      return isLess(one, other) ? -1 : Number(isLess(other, one));
    } catch (refusal) {
      if (failure !== HAS_NAN) failure = /** @type {Refusal} */ (refusal);
      return 0;
    }
  });
  return failure ?? sorted;
}

/** @param {Python} value @returns {value is boolean | bigint | number} */
const isNumber = (value) => typeof value === "boolean" || typeof value === "bigint" || typeof value === "number";

/**
 * Whether `one < other` in Python.
 * @param {Python} one
 * @param {Python} other
 * @returns {boolean}
 */
function isLess(one, other) {
  if (typeof one === "string" && typeof other === "string") return compareTexts(one, other) < 0;
  if (Array.isArray(one) && Array.isArray(other)) {
    const at = one.findIndex((item, index) => index >= other.length || !isEqual(item, other[index]));
    return at < 0 || at >= other.length ? one.length < other.length : isLess(one[at], other[at]);
  }
  if (!isNumber(one) || !isNumber(other)) throw RAISES;
  if (Number.isNaN(one) || Number.isNaN(other)) throw HAS_NAN;
  return one < other;
}

/**
 * Whether `one == other` in Python.
 * @param {Python} one
 * @param {Python} other
 * @returns {boolean}
 */
function isEqual(one, other) {
  // biome-ignore lint/suspicious/noDoubleEquals: booleans, bigints and numbers are compared by value, as in Python
  if (isNumber(one) && isNumber(other)) return one == other;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isEqual(item, other[index]));
  if (one instanceof Map && other instanceof Map) {
    const has = (/** @type {string} */ name, /** @type {Python} */ item) =>
      other.has(name) && isEqual(item, /** @type {Python} */ (other.get(name)));
    return one.size === other.size && [...one].every(([name, item]) => has(name, item));
  }
  return one === other;
}

/**
 * Compares texts by their code points.
 * @param {string} one
 * @param {string} other
 */
function compareTexts(one, other) {
  const [points, others] = [one, other].map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
  const at = points.findIndex((point, index) => point !== others[index]);
  return at < 0 || at >= others.length ? points.length - others.length : points[at] - others[at];
}

/** @param {Python[]} values */
const joined = (values) => values.map(repr).join(", ");

/**
 * What Python's `repr` gives.
 * @param {Python} value
 * @returns {string}
 */
function repr(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return float(value);
  if (typeof value === "string") return string(value);
  if (Array.isArray(value)) return `[${joined(value)}]`;
  if (value instanceof Map)
    return `{${Array.from(value, ([name, item]) => `${string(name)}: ${repr(item)}`).join(", ")}}`;
  return String(value);
}

/**
 * The `repr` of a float: the digits that JavaScript gives, in Python's notation. The notations differ only for numbers
 * below 0.0001. (They also differ from 1e16 on, but such numbers are integers here.)
 * @param {number} value
 */
function float(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Math.abs(value) < 0.0001 ? value.toExponential().replace(/-(\d)$/, "-0$1") : String(value);
}

/** @param {string} text */
function string(text) {
  if (PLAIN.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(ESCAPED, (character) => {
    if (character === "'" || character === '"') return character === quote ? `\\${quote}` : character;
    const code = /** @type {number} */ (character.codePointAt(0));
    const hex = (/** @type {number} */ digits) => code.toString(16).padStart(digits, "0");
    return ESCAPES[character] ?? (code > 0xffff ? `\\U${hex(8)}` : code > 0xff ? `\\u${hex(4)}` : `\\x${hex(2)}`);
  });
  return quote + escaped + quote;
}
