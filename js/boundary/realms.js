// @ts-check
/**
 * What kind of thing a value is, wherever it was made. In a sandbox (Jest, `node:vm`, a frame) `instanceof` is false for
 * what another realm has made: its classes are not those of this one.
 */

/** @param {unknown} value */
const tagOf = (value) => Object.prototype.toString.call(value).slice("[object ".length, -1);

/**
 * Whether a value may be of another realm: most are plain objects of this one, and are told at once.
 * @param {unknown} value
 */
const isStrange = (value) =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) !== Object.prototype;

/**
 * @param {unknown} value
 * @returns {value is Map<unknown, unknown>}
 */
export const isMap = (value) => value instanceof Map || (isStrange(value) && tagOf(value) === "Map");

/**
 * @param {unknown} value
 * @returns {value is Set<unknown>}
 */
export const isSet = (value) => value instanceof Set || (isStrange(value) && tagOf(value) === "Set");

/**
 * @param {unknown} value
 * @returns {value is Error}
 */
export const isError = (value) => value instanceof Error || (isStrange(value) && tagOf(value) === "Error");

/**
 * @param {unknown} value
 * @returns {value is ArrayBuffer}
 */
export const isArrayBuffer = (value) =>
  value instanceof ArrayBuffer || (isStrange(value) && tagOf(value) === "ArrayBuffer");

/**
 * The bytes of a Uint8Array, as one of this realm; `undefined` for anything else.
 * @param {unknown} value
 * @returns {Uint8Array | undefined}
 */
export function bytesOf(value) {
  if (value instanceof Uint8Array) return value;
  if (!ArrayBuffer.isView(value) || tagOf(value) !== "Uint8Array") return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/**
 * The primitive in a box such as `new String("a")`; another object as it is.
 * @param {object} value
 * @returns {unknown}
 */
export function unboxed(value) {
  switch (tagOf(value)) {
    case "String":
      return String(value);
    case "Number":
      return Number(value);
    default:
      return value;
  }
}
