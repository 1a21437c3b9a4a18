// @ts-check
/**
 * The write wrapper: it runs a function and then invalidates the entities that the result, or the arguments, name. It
 * resolves after its invalidations. If the function fails, nothing is invalidated.
 */

import { EntityFinder, listIds } from "../entities/find.js";
import { checkType, idText } from "../entities/ids.js";
import { EntityRules } from "../entities/rules.js";
import { posesAs } from "./wrap.js";

/** @typedef {import("../functions/target.js").Target} Target */

/** Where the ids come from, in words. @type {Record<any, string>} */
const SOURCES = { result: "result", args: "first argument" };

/**
 * @param {import("../functions/context.js").Context} context
 * @param {Function} fn
 * @param {any} options complete, as `readInvalidatesOptions` makes them
 * @param {(targets: Target[]) => Promise<number>} invalidate
 * @param {string} [ownName]
 */
export function wrapWrite(context, fn, options, invalidate, ownName = fn.name) {
  const { from, created, entityType } = options;
  const name = ownName || "anonymous write";
  const rules = new EntityRules(options, context.options);
  const finder = new EntityFinder(context.core, context.logger, { name, rules, isJson: true });

  /** @type {(this: unknown, ...args: unknown[]) => Promise<unknown>} */
  const wrapped = async function (...args) {
    const result = await fn.apply(this, args);
    const targets = await targetsOf(result, args);
    if (targets.length > 0) await invalidate(targets);
    return result;
  };
  Object.defineProperty(wrapped, "original", { value: fn });
  posesAs(wrapped, fn);
  return wrapped;

  /**
   * What one call invalidates.
   * @param {unknown} result
   * @param {unknown[]} args
   */
  async function targetsOf(result, args) {
    /** @type {Map<string, Set<string>>} */
    const idsByType = new Map(rules.types.map((type) => [type, new Set()]));
    try {
      if (typeof from === "function") {
        for (const id of listIds(await from(result, args), "from")) add(idsByType, entityType, idText(id));
      } else {
        // The first argument is what a write is about. The others are data, and would be taken for ids.
        for (const { type, id } of finder.read(from === "args" ? args[0] : result, args)) add(idsByType, type, id);
      }
    } catch (error) {
      context.failed(`finding what "${name}" has changed`, error);
    }
    /** @type {Target[]} */
    const targets = [];
    for (const [type, ids] of idsByType) {
      if (ids.size > 0) targets.push({ kind: "entity", type, ids: [...ids] });
      if (created) targets.push({ kind: "list", type });
    }
    if (targets.length === 0) {
      context.logger.warnOnce(
        `invalidates of ${name}`,
        `function "${name}": its ${SOURCES[from] ?? "option from"} names no entity, so nothing is invalidated`,
      );
    }
    return targets;
  }
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
