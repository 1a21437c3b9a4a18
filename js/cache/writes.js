// @ts-check
/**
 * The write wrapper: runs a function and then invalidates what its result, or its arguments, name. It resolves after
 * its invalidations; if the function fails, nothing is invalidated.
 */

import { listIds, readIds } from "../entities/find.js";
import { checkType, idText } from "../entities/ids.js";
import { Definition } from "../functions/definition.js";

/** @typedef {import("../functions/target.js").Target} Target */

/** What the ids are taken of, in words. @type {Record<any, string>} */
const SOURCES = { result: "result", args: "first argument" };

/**
 * @param {import("../functions/context.js").Context} context
 * @param {Function} fn
 * @param {any} options complete, as `readInvalidatesOptions` makes them
 * @param {(targets: Target[]) => Promise<number>} invalidate
 */
export function wrapWrite(context, fn, options, invalidate) {
  const definition = new Definition(context, fn, options, fn.name || "anonymous write");

  /** @type {(this: unknown, ...args: unknown[]) => Promise<unknown>} */
  const wrapped = async function (...args) {
    const result = await fn.apply(this, args);
    const targets = await targetsOf(definition, result, args);
    if (targets.length > 0) await invalidate(targets);
    return result;
  };
  Object.defineProperty(wrapped, "original", { value: fn });
  Object.defineProperty(wrapped, "name", { value: fn.name, configurable: true });
  Object.defineProperty(wrapped, "length", { value: fn.length, configurable: true });
  return wrapped;
}

/**
 * @param {Definition} definition
 * @param {unknown} result
 * @param {unknown[]} args
 * @returns {Promise<Target[]>}
 */
async function targetsOf(definition, result, args) {
  const { from, created, entityType } = definition.options;
  /** @type {Map<string, Set<string>>} */
  const idsByType = new Map(definition.types.map((type) => [type, new Set()]));
  try {
    if (typeof from === "function") {
      for (const id of listIds(await from(result, args), "from")) add(idsByType, entityType, idText(id));
    } else {
      // The first argument is what a write is about; the others are data, and would be taken for ids.
      for (const { type, id } of readIds(definition, from === "args" ? args[0] : result, args))
        add(idsByType, type, id);
    }
  } catch (error) {
    definition.context.failed(`finding what "${definition.name}" has changed`, error);
  }
  /** @type {Target[]} */
  const targets = [];
  for (const [type, ids] of idsByType) {
    if (ids.size > 0) targets.push({ kind: "entity", type, ids: [...ids] });
    if (created) targets.push({ kind: "list", type });
  }
  if (targets.length === 0) {
    definition.warn("invalidates", `its ${SOURCES[from] ?? "option from"} names no entity, so nothing is invalidated`);
  }
  return targets;
}

/**
 * @param {Map<string, Set<string>>} idsByType
 * @param {string} type
 * @param {string | undefined} id
 */
function add(idsByType, type, id) {
  if (id === undefined) return;
  const ids = idsByType.get(checkType(type));
  if (ids) ids.add(id);
  else idsByType.set(type, new Set([id]));
}
