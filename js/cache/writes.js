// @ts-check
/**
 * The write wrapper: it runs a function and then invalidates the entities that the result, or the arguments, name. It
 * resolves after its invalidations. If the function fails, nothing is invalidated.
 */

import { EntityFinder, listIds } from "../entities/find.js";
import { checkType, idText } from "../entities/ids.js";
import { EntityRules } from "../entities/rules.js";
import { posesAs } from "./wrap.js";

/** @typedef {import("../functions/context.js").Context} Context */
/** @typedef {import("../functions/target.js").Target} Target */

/** Where the ids come from, in words. @type {Record<any, string>} */
const SOURCES = { result: "result", args: "first argument" };

/**
 * @param {Context} context
 * @param {Function} fn
 * @param {any} options complete, as `readInvalidatesOptions` makes them
 * @param {(targets: Target[]) => Promise<number>} invalidate
 */
export function wrapWrite(context, fn, options, invalidate) {
  const write = new Write(context, fn.name || "anonymous write", options);

  /** @type {(this: unknown, ...args: unknown[]) => Promise<unknown>} */
  const wrapped = async function (...args) {
    const result = await fn.apply(this, args);
    const targets = await write.targets(result, args);
    if (targets.length > 0) await invalidate(targets);
    return result;
  };
  Object.defineProperty(wrapped, "original", { value: fn });
  posesAs(wrapped, fn);
  return wrapped;
}

/** A function that writes: what its calls invalidate. */
class Write {
  #context;
  #name;
  #options;
  #rules;
  #finder;

  /**
   * @param {Context} context
   * @param {string} name
   * @param {any} options complete
   */
  constructor(context, name, options) {
    this.#context = context;
    this.#name = name;
    this.#options = options;
    this.#rules = new EntityRules(options, context.options);
    const config = { entities: this.#rules.config };
    this.#finder = new EntityFinder(context.core, context.logger, { name, rules: this.#rules, config, isJson: true });
  }

  /**
   * What one call invalidates.
   * @param {unknown} result
   * @param {unknown[]} args
   */
  async targets(result, args) {
    const { created, from } = this.#options;
    const idsByType = await this.#idsByType(result, args);
    /** @type {Target[]} */
    const targets = [];
    for (const [type, ids] of idsByType) {
      if (ids.size > 0) targets.push({ kind: "entity", type, ids: [...ids] });
      if (created) targets.push({ kind: "list", type });
    }
    if (targets.length === 0) {
      this.#context.logger.warnOnce(
        `invalidates of ${this.#name}`,
        `function "${this.#name}": its ${SOURCES[from] ?? "option from"} names no entity, so nothing is invalidated`,
      );
    }
    return targets;
  }

  /**
   * The ids by type. A declared type is there even if no id is.
   * @param {unknown} result
   * @param {unknown[]} args
   */
  async #idsByType(result, args) {
    const { from, entityType } = this.#options;
    /** @type {Map<string, Set<string>>} */
    const idsByType = new Map(this.#rules.types.map((type) => [type, new Set()]));
    try {
      if (typeof from === "function") {
        for (const id of listIds(await from(result, args), "from")) add(idsByType, entityType, idText(id));
      } else {
        // The first argument is what a write is about. The others are data, and would be taken for ids.
        for (const { type, id } of this.#finder.read(from === "args" ? args[0] : result, args))
          add(idsByType, type, id);
      }
    } catch (error) {
      this.#context.failed(`finding what "${this.#name}" has changed`, error);
    }
    return idsByType;
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
