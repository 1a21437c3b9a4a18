// @ts-check
/** The targets of `cache.invalidate(entities, options)`, and what its `detail` says about them. */
import { checkIds, checkType } from "../entities/ids.js";
import { ConfigError, refuse } from "../messages/errors.js";

/** @typedef {import("../functions/target.js").Target} Target */

/**
 * @param {any} entities ids by their types
 * @param {{ lists?: string[], types?: string[], soft?: boolean }} options checked
 * @returns {Target[]}
 */
export function targetsOf(entities, { lists = [], types = [], soft: isSoft = false }) {
  if (entities === null || typeof entities !== "object" || Array.isArray(entities))
    refuse("the first argument of invalidate()", "an object of entity types and their ids", entities);
  /** @type {Target[]} */
  const targets = [];
  for (const [type, ids] of Object.entries(entities))
    targets.push({ kind: "entity", type: checkType(type), ids: checkIds(ids), isSoft });
  for (const type of lists) targets.push({ kind: "list", type, isSoft });
  for (const type of types) targets.push({ kind: "type", type, isSoft });
  if (targets.length > 0) return targets;
  throw new ConfigError(
    "ERR_CACHEREF_TARGET",
    "invalidate() needs something to invalidate: ids by their types, lists or types; invalidateAll() drops everything",
  );
}

/**
 * The targets with one entity in each.
 * @param {Target[]} targets
 * @returns {Target[]}
 */
export function oneByOne(targets) {
  /** @type {Target[]} */
  const single = [];
  for (const target of targets) {
    if (target.kind === "entity") for (const id of target.ids) single.push({ ...target, ids: [id] });
    else single.push(target);
  }
  return single;
}

/**
 * A target and how many cached calls it dropped, as `detail` shows it.
 * @param {any} target of one entity, of lists or of a type
 * @param {number} count
 * @returns {{ kind: string, type: string, id?: string, count: number }}
 */
export function countedTarget({ kind, type, ids }, count) {
  return kind === "entity" ? { kind, type, id: ids[0], count } : { kind, type, count };
}
