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
/** @typedef {Map<string, Set<string>>} IdsByType */

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
  const { from, isFromGiven, created, entityType } = options;
  const name = ownName || "anonymous write";
  // The first argument is no answer of an API: what is in its fields is data.
  const rules = new EntityRules(from === "args" ? { ...options, pages: false } : options, context.options);
  const finder = new EntityFinder(context.core, context.logger, { name, rules, isJson: true });

  /** @type {(this: unknown, ...args: unknown[]) => Promise<unknown>} */
  const wrapped = async function (...args) {
    // The run may change its arguments: `delete user.id`.
    const named = from === "args" ? read(args[0], args) : undefined;
    const result = await fn.apply(this, args);
    const targets = targetsOf(named ?? (await ofRun(result, args)));
    if (targets.length > 0) await invalidate(targets);
    else warnOfNothing(result);
    return result;
  };
  Object.defineProperty(wrapped, "original", { value: fn });
  posesAs(wrapped, fn);
  return wrapped;

  /**
   * The ids that a run names, by their types.
   * @param {unknown} result
   * @param {unknown[]} args
   * @returns {Promise<IdsByType>}
   */
  async function ofRun(result, args) {
    if (typeof from !== "function") return read(result, args);
    const ids = noIds();
    try {
      for (const id of listIds(await from(result, args), "from")) add(ids, entityType, idText(id));
    } catch (error) {
      context.failed(`finding what "${name}" has changed`, error);
    }
    return ids;
  }

  /**
   * The ids in a result or in the first argument. The first argument is what a write is about; the others are data, and would
   * be taken for ids.
   * @param {unknown} source
   * @param {unknown[]} args
   */
  function read(source, args) {
    const ids = noIds();
    try {
      for (const { type, id } of finder.read(source, args)) if (!isCount(source, type)) add(ids, type, id);
    } catch (error) {
      context.failed(`finding what "${name}" has changed`, error);
    }
    return ids;
  }

  /**
   * Whether a result is a number of rows, as databases answer, and no id: unless `from: "result"` says that it is one.
   * @param {unknown} source
   * @param {string} type
   */
  function isCount(source, type) {
    return !isFromGiven && typeof source === "number" && rules.hasFields(type);
  }

  /** @returns {IdsByType} */
  function noIds() {
    return new Map(rules.types.map((type) => [type, new Set()]));
  }

  /**
   * What one call invalidates.
   * @param {IdsByType} idsByType
   */
  function targetsOf(idsByType) {
    /** @type {Target[]} */
    const targets = [];
    for (const [type, ids] of idsByType) {
      if (ids.size > 0) targets.push({ kind: "entity", type, ids: [...ids] });
      if (created) targets.push({ kind: "list", type });
    }
    return targets;
  }

  /** @param {unknown} result */
  function warnOfNothing(result) {
    const isUnsure = !isFromGiven && (typeof result === "number" || typeof result === "boolean");
    const what = isUnsure
      ? `its result is a ${typeof result}, which is taken for a count or a success and for no id, so nothing is invalidated; say from: "args" if its first argument is the id${typeof result === "number" ? ', or from: "result" if the number is' : ""}`
      : `its ${SOURCES[from] ?? "option from"} names no entity, so nothing is invalidated`;
    context.logger.warnOnce(`invalidates of ${name}`, `function "${name}": ${what}`);
  }
}

/**
 * @param {IdsByType} idsByType
 * @param {string} type
 * @param {string | undefined} id
 */
function add(idsByType, type, id) {
  if (id === undefined) return;
  const ids = idsByType.get(checkType(type));
  if (ids) ids.add(id);
  else idsByType.set(type, new Set([id]));
}
