// @ts-check
/**
 * What a cached call is concerned by, as names of the shared layout: the entities in its result, and the lists it is.
 */
import { isList } from "../../entities/walk.js";
import { entityConcern, functionConcern, listConcern } from "./layout.js";

/** @typedef {import("../../functions/definition.js").Definition} Definition */

/**
 * The concerns of the indexes that are to list a result.
 * @param {Definition} definition
 * @param {unknown} result
 * @param {unknown[]} args
 * @param {unknown} payload the serialized result
 * @returns {string[]}
 */
export function concernsOf(definition, result, args, payload) {
  const { names, areDistinct } = definition.entities.names(result, args, payload);
  const concerns = [];
  for (let index = 0; index < names.length; index += 2) concerns.push(`e:${names[index]}:${names[index + 1]}`);
  if (isList(result)) for (const type of definition.types) concerns.push(listConcern(type));
  return areDistinct ? concerns : [...new Set(concerns)];
}

/**
 * The concerns that an invalidation is about.
 * @param {import("../../functions/target.js").Target} target
 * @param {(key: string) => string} concernOf from a value key to its concern
 * @returns {string[]}
 */
export function concernsOfTarget(target, concernOf) {
  switch (target.kind) {
    case "entity":
      return target.ids.map((id) => entityConcern(target.type, id));
    case "list":
      return [listConcern(target.type)];
    case "function":
      return [functionConcern(target.name)];
    case "key": {
      const key = target.definition.key(target.self, target.args);
      return key === undefined ? [] : [concernOf(key)];
    }
    case "all":
      return ["a:*"];
  }
}
