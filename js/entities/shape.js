// @ts-check
/** The shape of a result, for a log: its kind and the names of its fields, never a value. */

const SHOWN_NAMES = 20;

/**
 * @param {unknown} result
 * @returns {string} for example `an array of 3, the first of which is an object with the fields id, name`
 */
export function describeShape(result) {
  if (Array.isArray(result)) {
    return result.length === 0
      ? "an empty array"
      : `an array of ${result.length}, the first of which is ${describeOne(result[0])}`;
  }
  return describeOne(result);
}

/** @param {unknown} value */
function describeOne(value) {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  const names = Object.keys(value);
  if (names.length === 0) return "an object without fields";
  const more = names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : "";
  return `an object with the ${names.length === 1 ? "field" : "fields"} ${names.slice(0, SHOWN_NAMES).join(", ")}${more}`;
}
