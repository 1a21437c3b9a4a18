// @ts-check
/** Entity types and entity ids as users give them: checked, and ids as text. */
import { refuse } from "../messages/errors.js";

/** What stands between the parts of an id. */
export const JOINT = "-";

/**
 * @param {unknown} type
 * @returns {string}
 */
export function checkType(type) {
  if (typeof type === "string" && type !== "" && !type.includes(":")) return type;
  return refuse("an entity type", 'a non-empty string without ":"', type, "ERR_CACHEREF_ENTITY_TYPE");
}

/**
 * An id as text: `42`, `"42"` and `42n` are one entity. `undefined` for what cannot be an id.
 * @param {unknown} id
 * @returns {string | undefined}
 */
export function idText(id) {
  if (typeof id === "string") return id;
  // `+ 0` makes -0 the 0 that it equals.
  if (typeof id === "number") return Number.isFinite(id) ? String(id + 0) : undefined;
  return typeof id === "bigint" ? String(id) : undefined;
}

/**
 * An id as text, or a ConfigError for what cannot be an id.
 * @param {unknown} id
 * @returns {string}
 */
export function idOf(id) {
  const text = idText(id);
  if (text !== undefined) return text;
  return refuse("an entity id", "a string, a finite number or a bigint", id, "ERR_CACHEREF_ENTITY_ID");
}

/**
 * The ids of an invalidation: one, or an array of them. In the array, an id of several parts is an array itself.
 * @param {unknown} given
 * @returns {string[]}
 */
export function checkIds(given) {
  const ids = new Set();
  for (const id of Array.isArray(given) ? given : [given]) ids.add(Array.isArray(id) ? compositeOf(id) : idOf(id));
  return [...ids];
}

/**
 * An id of several parts, as a rule of several fields makes it.
 * @param {unknown[]} parts
 */
function compositeOf(parts) {
  if (parts.length > 0) return parts.map(idOf).join(JOINT);
  return refuse("an entity id", "an array of at least one part", parts, "ERR_CACHEREF_ENTITY_ID");
}
