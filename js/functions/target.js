// @ts-check
/**
 * What an invalidation concerns: entity types and ids as the user gives them, checked, and in words for the log.
 */
import { ConfigError, describe } from "../messages/errors.js";

/** @typedef {import("../cache/wrap.js").Target} Target */

/**
 * @param {unknown} type
 * @returns {string}
 */
export function checkType(type) {
  if (typeof type === "string" && type !== "" && !type.includes(":")) return type;
  throw new ConfigError(
    "ERR_CACHEREF_ENTITY_TYPE",
    `an entity type must be a non-empty string without ":", got ${describe(type)}`,
  );
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
 * The ids of an invalidation: one, or an array of them.
 * @param {unknown} given
 * @returns {string[]}
 */
export function checkIds(given) {
  const ids = new Set();
  for (const id of Array.isArray(given) ? given : [given]) {
    const text = idText(id);
    if (text === undefined) {
      throw new ConfigError(
        "ERR_CACHEREF_ENTITY_ID",
        `an entity id must be a string, a finite number or a bigint, got ${describe(id)}`,
      );
    }
    ids.add(text);
  }
  return [...ids];
}

/**
 * A target in a few words, for a log line.
 * @param {Target} target
 */
export function describeTarget(target) {
  switch (target.kind) {
    case "entity": {
      const ids =
        target.ids.length > 5
          ? `${target.ids.slice(0, 5).join(", ")} and ${target.ids.length - 5} more`
          : target.ids.join(", ");
      return `${target.type} ${ids}`;
    }
    case "list":
      return `lists of ${target.type}`;
    case "function":
      return `function ${target.name}`;
    case "key":
      return `a call of ${target.definition.name}`;
    case "all":
      return "everything";
  }
}
