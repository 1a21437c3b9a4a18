// @ts-check
/** About how large a value is: for a store with `maxBytes` whose values are not serialized. */
import { isArrayBuffer, isMap, isSet } from "../boundary/realms.js";

const OBJECT = 24;
const PROPERTY = 8;
const NUMBER = 8;

/**
 * The bytes of a value: texts by their length, objects by their properties. An object counts once.
 *
 * For example `{ id: 7, tags: ["a"] }` is 24 + 2 × 8 for the object, 24 + 8 for the array and 1 for "a": 73.
 *
 * @param {unknown} value
 * @returns {number}
 */
export function sizeOf(value) {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return NUMBER;
  const seen = new Set([value]);
  let size = 0;
  // Iterating a Set reaches what is added to it meanwhile: no recursion, however deep the value is.
  for (const container of seen) {
    if (ArrayBuffer.isView(container) || isArrayBuffer(container)) {
      size += OBJECT + container.byteLength;
      continue;
    }
    const parts = isMap(container) || isSet(container) ? [...container].flat(1) : Object.values(container);
    size += OBJECT + parts.length * PROPERTY;
    for (const part of parts) {
      if (typeof part === "string") size += part.length;
      else if (typeof part === "object" && part !== null) seen.add(part);
    }
  }
  return size;
}
