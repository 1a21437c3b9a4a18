// @ts-check
/** What sharing entries with the Python library costs. */
import { kindOf } from "./protocol/concerns.js";

const ONE_INDEX =
  "the Python library lists what it stores under one entity type and nowhere else, so that invalidations here miss some of its entries; use the option strict";

/**
 * Warns once of entries that Python stores and that an invalidation here may miss.
 * @param {import("../functions/definition.js").Definition} definition
 * @param {string[]} concerns those of the indexes that list a result
 */
export function warnOfPython(definition, concerns) {
  const { options, context } = definition;
  if (options.keyFormat !== "python" || context.options.strict) return;
  if (options.entities === undefined && concerns.every((concern) => kindOf(concern) === "entity")) return;
  definition.warn("python", ONE_INDEX);
}
