// @ts-check
/**
 * Arguments that are neither primitives nor plain objects nor plain arrays.
 *
 * A value of a built-in type is recognised by its internal slots, which only the real ones have. `instanceof` would fail
 * for values of another realm and succeed for imposters. Any other object is written by its `toJSON`. Without one it is
 * refused, because an instance of a class may hide anything.
 */

import { BINARY_KINDS, TAG } from "../boundary/numbers.js";
import { Refusal } from "../boundary/refusal.js";

/** @typedef {import("./arguments.js").ArgumentWriter} ArgumentWriter */
/** Writes a value, or throws a TypeError for an imposter. @typedef {(writer: ArgumentWriter, value: any, depth: number) => void} Write */

const { getOwnPropertySymbols, getPrototypeOf, keys } = Object;
const { toString: tagOf, hasOwnProperty: isOwn } = Object.prototype;

/**
 * The getter of a built-in property, as a function of the object.
 * @param {object} prototype
 * @param {PropertyKey} name
 * @returns {(value: object) => any}
 */
function getter(prototype, name) {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  return (value) => Reflect.apply(/** @type {() => any} */ (get), value, []);
}

/**
 * A built-in method, as a function of the object.
 * @param {(...args: any[]) => any} method
 * @returns {(value: object) => any}
 */
function method(method) {
  return (value) => Reflect.apply(method, value, []);
}

const TYPED_ARRAY = getPrototypeOf(Uint8Array.prototype);
const typeOfTyped = getter(TYPED_ARRAY, Symbol.toStringTag);
const bufferOfTyped = getter(TYPED_ARRAY, "buffer");
const offsetOfTyped = getter(TYPED_ARRAY, "byteOffset");
const sizeOfTyped = getter(TYPED_ARRAY, "byteLength");
const bufferOfView = getter(DataView.prototype, "buffer");
const offsetOfView = getter(DataView.prototype, "byteOffset");
const sizeOfView = getter(DataView.prototype, "byteLength");
const timeOf = method(Date.prototype.getTime);
const sourceOf = getter(RegExp.prototype, "source");
const entriesOf = method(Map.prototype.entries);
const itemsOf = method(Set.prototype.values);
const sizeOfBuffer = getter(ArrayBuffer.prototype, "byteLength");
// Browsers hide SharedArrayBuffer from pages that are not isolated.
const sizeOfShared =
  typeof SharedArrayBuffer === "function" ? getter(SharedArrayBuffer.prototype, "byteLength") : sizeOfBuffer;

/**
 * The built-in types, by the name that `Object.prototype.toString` gives: how to write one, and how many prototypes it
 * has. An instance of a subclass has more.
 * @type {Map<string, { levels: number, write: Write }>}
 */
const BUILT_INS = new Map([
  ["[object Date]", { levels: 2, write: writeDate }],
  ["[object RegExp]", { levels: 2, write: writeRegExp }],
  ["[object Map]", { levels: 2, write: writeMap }],
  ["[object Set]", { levels: 2, write: writeSet }],
  ["[object ArrayBuffer]", { levels: 2, write: writeBuffer }],
  ["[object SharedArrayBuffer]", { levels: 2, write: writeSharedBuffer }],
  ["[object DataView]", { levels: 2, write: writeDataView }],
  ["[object Number]", { levels: 2, write: boxed(method(Number.prototype.valueOf)) }],
  ["[object String]", { levels: 2, write: boxed(method(String.prototype.valueOf)) }],
  ["[object Boolean]", { levels: 2, write: boxed(method(Boolean.prototype.valueOf)) }],
  ["[object BigInt]", { levels: 2, write: boxed(method(BigInt.prototype.valueOf)) }],
]);

/**
 * Writes an object that is neither plain nor a plain array, or throws a Refusal.
 * @param {ArgumentWriter} writer
 * @param {object} value
 * @param {number} depth
 * @param {string | number} name of the property that holds it
 */
export function writeExotic(writer, value, depth, name) {
  if (isForeignArray(value)) writer.list(/** @type {unknown[]} */ (value), depth);
  else if (isForeignPlain(value)) writer.plain(value, depth, name);
  else if (!writeTyped(writer, value) && !writeUrl(writer, value) && !writeBuiltIn(writer, value, depth))
    writeByToJson(writer, value, depth, name);
}

/**
 * Writes what the `toJSON` of an object returns. The key says that it came from a `toJSON`: a Decimal never equals its text.
 * @param {ArgumentWriter} writer
 * @param {any} value
 * @param {number} depth
 * @param {string | number} name
 */
export function writeByToJson(writer, value, depth, name) {
  const { toJSON } = value;
  if (typeof toJSON !== "function")
    throw new Refusal(`is an instance of ${classOf(value)}, which has no toJSON method`);
  const start = writer.open();
  try {
    writer.value(toJSON.call(value, String(name)), depth, "");
  } catch (error) {
    throw Refusal.from(error, { step: ".toJSON()" });
  }
  writer.close(start, TAG.TO_JSON, 1);
}

/**
 * @param {ArgumentWriter} writer
 * @param {object} value
 * @param {number} depth
 */
function writeBuiltIn(writer, value, depth) {
  const tag = tagOf.call(value);
  const builtIn = BUILT_INS.get(tag);
  if (builtIn === undefined || levels(value) !== builtIn.levels || !isBare(value, tag)) return false;
  const start = writer.position;
  try {
    builtIn.write(writer, value, depth);
    return true;
  } catch (error) {
    if (error instanceof Refusal || writer.position !== start) throw error;
    // It only has the name of a built-in type.
    return false;
  }
}

/** @type {Write} */
function writeDate(writer, value) {
  const time = timeOf(value);
  const start = writer.open();
  writer.number(time);
  writer.close(start, TAG.DATE, 1);
}

/** @type {Write} */
function writeRegExp(writer, value, depth) {
  const source = sourceOf(value);
  const start = writer.open();
  writer.text(source);
  writer.text(value.flags);
  // The place from which a sticky or global expression continues decides what it matches next.
  const movedOn = value.lastIndex !== 0;
  if (movedOn) writer.value(value.lastIndex, depth, "lastIndex");
  writer.close(start, TAG.REGEXP, movedOn ? 3 : 2);
}

/** @type {Write} */
function writeMap(writer, value, depth) {
  const entries = entriesOf(value);
  const start = writer.open();
  let count = 0;
  let part = "key";
  try {
    for (const [key, item] of entries) {
      part = "key";
      writer.value(key, depth, "");
      part = "value";
      writer.value(item, depth, "");
      count++;
    }
  } catch (error) {
    throw Refusal.from(error, { step: `<${part} ${count}>` });
  }
  writer.close(start, TAG.MAP, count);
}

/** @type {Write} */
function writeSet(writer, value, depth) {
  const items = itemsOf(value);
  const start = writer.open();
  let count = 0;
  try {
    for (const item of items) {
      writer.value(item, depth, "");
      count++;
    }
  } catch (error) {
    throw Refusal.from(error, { step: `<item ${count}>` });
  }
  writer.close(start, TAG.SET, count);
}

/**
 * The writer of a boxed primitive: `new Number(1)` is not `1`.
 * @param {(value: object) => unknown} unbox
 * @returns {Write}
 */
function boxed(unbox) {
  return (writer, value, depth) => {
    const primitive = unbox(value);
    const start = writer.open();
    writer.value(primitive, depth, "");
    writer.close(start, TAG.BOXED, 1);
  };
}

/**
 * Writes a typed array, unless it is something else or of a subclass other than Node's Buffer.
 * @param {ArgumentWriter} writer
 * @param {any} value
 */
function writeTyped(writer, value) {
  const type = typeOfTyped(value);
  if (type === undefined) return false;
  const isBuffer = getPrototypeOf(value) === /** @type {any} */ (globalThis).Buffer?.prototype;
  if (!isBuffer && levels(value) !== 3) return false;
  const kind = BINARY_KINDS.indexOf(isBuffer ? "Buffer" : type);
  if (kind < 0) return false;
  writeBytes(writer, kind, new Uint8Array(bufferOfTyped(value), offsetOfTyped(value), sizeOfTyped(value)));
  return true;
}

/** @type {Write} */
function writeBuffer(writer, value) {
  writeBytes(writer, 0, new Uint8Array(value, 0, sizeOfBuffer(value)));
}

/** @type {Write} */
function writeSharedBuffer(writer, value) {
  writeBytes(writer, 1, new Uint8Array(value, 0, sizeOfShared(value)));
}

/** @type {Write} */
function writeDataView(writer, value) {
  writeBytes(writer, 2, new Uint8Array(bufferOfView(value), offsetOfView(value), sizeOfView(value)));
}

/**
 * @param {ArgumentWriter} writer
 * @param {number} kind
 * @param {Uint8Array} bytes
 */
function writeBytes(writer, kind, bytes) {
  const size = (bytes.length + 3) >> 2;
  writer.room(2 + size);
  const { position, words } = writer;
  if (size > 0) words[position + 1 + size] = 0;
  words[position] = TAG.BINARY | (kind << 8);
  words[position + 1] = bytes.length;
  writer.bytes.set(bytes, (position + 2) * 4);
  writer.position = position + 2 + size;
}

/**
 * Writes a URL or URLSearchParams of this realm. Those of an emulation (jsdom) are written by their `toJSON`.
 * @param {ArgumentWriter} writer
 * @param {object} value
 */
function writeUrl(writer, value) {
  const prototype = getPrototypeOf(value);
  /** @type {number} */
  let tag = TAG.URL;
  let text;
  if (typeof URL === "function" && prototype === URL.prototype) {
    text = /** @type {URL} */ (value).href;
  } else if (typeof URLSearchParams === "function" && prototype === URLSearchParams.prototype) {
    text = String(value);
    tag = TAG.URL_SEARCH_PARAMS;
  } else return false;
  if (keys(value).length > 0) return false;
  const start = writer.open();
  writer.text(text);
  writer.close(start, tag, 1);
  return true;
}

/** @param {object} value */
function classOf(value) {
  const name = value.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "an unnamed class";
}

/**
 * The number of prototypes of `value`.
 * @param {object} value
 */
function levels(value) {
  let count = 0;
  for (let link = getPrototypeOf(value); link !== null && count < 10; link = getPrototypeOf(link)) count++;
  return count;
}

/**
 * Whether a built-in object has no properties of its own. A boxed string has its characters.
 * @param {object} value
 * @param {string} tag
 */
function isBare(value, tag) {
  const expected = tag === "[object String]" ? /** @type {any} */ (value).length : 0;
  return keys(value).length === expected && getOwnPropertySymbols(value).length === 0;
}

/**
 * Whether it is a plain object of another realm.
 * @param {object} value
 */
function isForeignPlain(value) {
  const prototype = getPrototypeOf(value);
  if (getPrototypeOf(prototype) !== null) return false;
  return isOwn.call(prototype, "isPrototypeOf") && isOwn.call(prototype, "propertyIsEnumerable");
}

/**
 * Whether it is a plain array of another realm. `Array.prototype` is an array itself.
 * @param {object} value
 */
function isForeignArray(value) {
  return Array.isArray(value) && Array.isArray(getPrototypeOf(value)) && levels(value) === 2;
}
