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

/**
 * What to do about a result without ids, as a sentence: with a path, if a field of the result shows one.
 * @param {unknown} result
 * @param {any} config the compiled rules: the core's `EntityConfig`
 */
export function remedyFor(result, { rules: [rule] = [] }) {
  const type = rule?.entityType ?? "a type";
  const path = pathIn(result, rule?.id.field ?? "id");
  const where =
    typeof result === "object" ? `If the ids are in it, say where: ${path}` : "If its arguments name it, say so";
  const how = typeof result === "object" ? "" : `: entities: { ${type}: (result, [id]) => id }`;
  return `${where}${how}. If it depends on all of a type, say on which: dependsOn: ["${type}"].`;
}

/**
 * @param {any} result
 * @param {string} field
 */
function pathIn(result, field) {
  const holds = (/** @type {any} */ value) => value !== null && typeof value === "object" && field in value;
  for (const name of Object.keys(Object(result)).filter((name) => /^[a-z_]\w*$/i.test(name))) {
    const value = result[name];
    if (Array.isArray(value) && holds(value[0])) return `idField: "$.${name}[*].${field}"`;
    if (holds(value)) return `idField: "$.${name}.${field}"`;
  }
  return 'idField: "$.path.to[*].id"';
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
