// @ts-check
/**
 * The entities of results: what a function declares about them, and finding them by that.
 *
 * Ids are read by the core from the JSON text of a result where there is one, else by a walk over the result (js/entities/walk.js);
 * both follow the same compiled rules and find the same ids. What a user's own function extracts is added here. Whatever
 * throws on the way (a getter, an extractor) leaves here: a result whose entities are not known must not be stored.
 */

import { fromWellFormed, wellFormed } from "../boundary/well-formed.js";
import { ArgumentWriter } from "../keys/arguments.js";
import { ConfigError, describe } from "../messages/errors.js";
import { checkType } from "./ids.js";
import { describeShape } from "./shape.js";
import { isId, isList, prepare, walk } from "./walk.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("./walk.js").Found} Found */

/** Longer texts are walked instead: the core's memory would have to hold them, and never shrinks. */
const LONGEST_TEXT = 8 * 1024 * 1024;
/** From this many words on, ids are handed to the core before the next is written. */
const FULL_WORDS = 16 * 1024;

/**
 * Custom extraction, as an option or as an overridden method.
 * @typedef {(result: unknown, args: unknown[]) => unknown} Extract
 */

/** What the options of a function say about the entities in its results. */
export class EntityRules {
  /** What the core compiles: see `EntityConfig` in src/extract.rs. @type {object} */
  config = {};
  /** The declared types: their places are the indexes that the core uses. @type {string[]} */
  types = [];
  /** Whether results may hold entities of other types than the declared ones. */
  hasOpenTypes = false;
  /** The functions that extract ids of one type. @type {{ type: number, extract: Extract }[]} */
  functions = [];
  /** What takes the place of the rule for `entityType`. @type {Extract | undefined} */
  custom = undefined;
  /** Whether `entityType` is given; it is the first of the types then. */
  hasOwnType = false;

  /**
   * @param {any} options complete, as `readFunctionOptions` makes them
   * @param {import("../functions/context.js").Context} context
   */
  constructor(options, context) {
    const { entityType, entities, idField, typeField, extractEntityIds } = options;
    // The cache's extractor, an option or a method, is for functions with an entityType; a function's own for itself.
    if (extractEntityIds !== context.options.extractEntityIds) this.custom = extractEntityIds;
    if (entities === "auto") {
      this.#auto(options);
      return;
    }
    if (typeField !== undefined) refuse("typeField", 'absent unless entities is "auto"', typeField);
    if (idField !== undefined && entityType === undefined) refuse("idField", "given together with entityType", idField);
    /** @type {object[]} */
    const rules = [];
    if (entityType !== undefined) {
      this.hasOwnType = true;
      const field = idField ?? "id";
      const method = context.extractEntityIds;
      this.custom = extractEntityIds ?? (method && ((result) => method(result, field)));
      rules.push(this.#rule(entityType, this.custom ?? field, "idField"));
    }
    this.hasOpenTypes = this.custom !== undefined;
    if (entities !== undefined) {
      if (entities === null || typeof entities !== "object" || Array.isArray(entities)) {
        refuse("entities", '"auto" or an object of entity types and where their ids are', entities);
      }
      for (const [type, rule] of Object.entries(entities)) rules.push(this.#rule(type, rule, `entities.${type}`));
    }
    if (rules.length > 0) this.config = { rules };
  }

  /** @param {any} options */
  #auto({ entityType, idField = "id", typeField = "__typename" }) {
    if (entityType !== undefined) refuse("entityType", 'absent where entities is "auto"', entityType);
    if (typeof idField !== "string") refuse("idField", 'the name of a field where entities is "auto"', idField);
    this.config = { auto: { typeField, idField } };
    this.hasOpenTypes = true;
  }

  /**
   * @param {string} type
   * @param {unknown} rule
   * @param {string} name of the option
   */
  #rule(type, rule, name) {
    checkType(type);
    if (!this.types.includes(type)) this.types.push(type);
    if (typeof rule === "function") {
      const extract = /** @type {Extract} */ (rule);
      if (extract !== this.custom) this.functions.push({ type: this.types.indexOf(type), extract });
      return { entityType: wellFormed(type), id: {} };
    }
    return { entityType: wellFormed(type), id: readIdRule(rule, name) };
  }
}

/**
 * A field, a path or several fields, as `IdRule` of src/extract.rs.
 * @param {unknown} rule
 * @param {string} name of the option
 */
function readIdRule(rule, name) {
  if (typeof rule === "string" && rule !== "") return rule.startsWith("$") ? { path: rule } : { field: rule };
  if (Array.isArray(rule) && rule.length > 0 && rule.every((field) => typeof field === "string" && field !== "")) {
    const path = rule.find((field) => /^\$[.[]/.test(field));
    if (path !== undefined) refuse(name, "an array of fields; a path stands by itself", path);
    return { fields: rule };
  }
  return refuse(name, 'a field, a path that starts with "$", an array of fields, or a function of the result', rule);
}

/**
 * @param {string} name
 * @param {string} allowed
 * @param {unknown} given
 * @returns {never}
 */
function refuse(name, allowed, given) {
  throw new ConfigError("ERR_CACHEREF_OPTION", `${name} must be ${allowed}, got ${describe(given)}`);
}

/**
 * The entities in a result.
 * @param {Definition} definition
 * @param {unknown} result
 * @param {unknown[]} args
 * @param {unknown} [text] the JSON text of the result, if there is one
 * @returns {{ type: string, id: string }[]}
 */
export function readIds(definition, result, args, text) {
  const { names } = readNames(definition, result, args, text);
  return pairs(names).map(([type, id]) => ({ type: fromWellFormed(type), id: fromWellFormed(id) }));
}

/**
 * The entities in a result by their names in keys (type, id, type, id, …), and whether each is there once only.
 * @param {Definition} definition
 * @param {unknown} result
 * @param {unknown[]} args
 * @param {unknown} [text] the JSON text of the result, if there is one
 * @returns {{ names: string[], areDistinct: boolean }}
 */
export function readNames(definition, result, args, text) {
  const { rules, context } = definition;
  const { core } = context;
  const isScanned = isScannable(definition, text);
  const found = isScanned ? [] : walk(definition.table, result);
  for (const item of extractCustom(rules, result, args)) found.push(item);
  let names = found.map((item, index) =>
    wellFormed(index % 2 === 0 && typeof item === "number" ? rules.types[item] : String(item)),
  );
  if (isScanned) {
    const count = core.exports.extractText(definition.handle, core.writeText(/** @type {string} */ (text)));
    if (count > 0) names = names.length === 0 ? readKept(core) : names.concat(readKept(core));
  }
  if (context.logger.isDebug) tellMissing(definition, result, names);
  return { names, areDistinct: isScanned && found.length === 0 };
}

/**
 * Leaves the entities of a result in the core, for the store there: its next call takes them.
 * @param {Definition} definition
 * @param {unknown} result
 * @param {unknown[]} args
 * @param {unknown} [text] the JSON text of the result, if there is one
 */
export function keepIds(definition, result, args, text) {
  const { rules, context } = definition;
  const { core } = context;
  const isScanned = isScannable(definition, text);
  // First all that runs code of the user: it may call another cached function, which uses the scratch buffer too.
  const found = isScanned ? [] : walk(definition.table, result);
  for (const item of extractCustom(rules, result, args)) found.push(item);
  if (isScanned) core.exports.extractText(definition.handle, core.writeText(/** @type {string} */ (text)));
  else core.exports.beginIds(definition.handle, isList(result));
  if (found.length > 0) writeFound(core, found);
  if (context.logger.isDebug) tellMissing(definition, result, readKept(core));
}

/**
 * The ids in a result by a field, a path or several fields: what `super.extractEntityIds(result, idField)` answers.
 * @param {import("../boundary/core.js").Core} core
 * @param {unknown} result
 * @param {unknown} idField
 * @returns {Set<string>}
 */
export function extractEntityIds(core, result, idField) {
  const entities = { rules: [{ entityType: "entity", id: readIdRule(idField, "idField") }] };
  const found = walk(tableOf(core, core.define({ prefix: "", name: "", entities })), result);
  return new Set(found.filter((_, index) => index % 2 === 1).map(String));
}

/**
 * The table that the rules of a definition were compiled to.
 * @param {import("../boundary/core.js").Core} core
 * @param {number} handle
 */
export function tableOf(core, handle) {
  return prepare(core.exports.extractionTable(handle));
}

/**
 * Whether the core reads the ids from the text.
 * @param {Definition} definition
 * @param {unknown} text
 */
function isScannable({ options }, text) {
  return typeof text === "string" && options.serializer === undefined && text.length <= LONGEST_TEXT;
}

/** @type {Found} */
const NONE = [];

/**
 * What the user's own functions extract.
 * @param {EntityRules} rules
 * @param {unknown} result
 * @param {unknown[]} args
 * @returns {Found}
 */
function extractCustom({ functions, custom, hasOwnType, types }, result, args) {
  if (functions.length === 0 && custom === undefined) return NONE;
  /** @type {Found} */
  const found = [];
  for (const { type, extract } of functions) {
    for (const id of listIds(extract(result, args), types[type])) found.push(type, id);
  }
  if (custom === undefined) return found;
  for (const id of listIds(custom(result, args), "extractEntityIds")) {
    // `product:7` names an entity of another type. It may as well be an id of the own type that contains a colon, so it
    // counts as both: to track one entity too many harms nobody.
    const colon = typeof id === "string" ? id.indexOf(":") : -1;
    if (colon > 0) found.push(String(id).slice(0, colon), String(id).slice(colon + 1));
    if (hasOwnType) found.push(0, id);
    else if (colon <= 0) {
      throw new TypeError(`extractEntityIds gave ${describe(id)}; where there is no entityType an id is "type:id"`);
    }
  }
  return found;
}

/**
 * The ids that an extractor has answered: one, or those of an iterable. What is missing, boolean or not finite is no id.
 * @param {unknown} answer
 * @param {string} name of the extractor
 */
export function listIds(answer, name) {
  const isIterable = typeof answer === "object" && answer !== null && Symbol.iterator in answer;
  const given = isIterable ? [.../** @type {Iterable<unknown>} */ (answer)] : [answer];
  const wrong = given.find((id) => (typeof id === "object" && id !== null) || typeof id === "function");
  if (wrong !== undefined) {
    throw new TypeError(
      `the extractor of ${name} must answer with ids (strings, numbers or bigints), got ${describe(wrong)}`,
    );
  }
  return given.filter(isId);
}

const writer = new ArgumentWriter();

/**
 * Hands ids to the core.
 * @param {import("../boundary/core.js").Core} core
 * @param {Found} found
 */
function writeFound(core, found) {
  writer.position = 0;
  for (let index = 0; index < found.length; index += 2) {
    writer.value(found[index], 0, "");
    writer.value(found[index + 1], 0, "");
    if (writer.position >= FULL_WORDS) handOver();
  }
  handOver();

  function handOver() {
    writer.copyTo(core);
    core.exports.addIds(writer.position);
    writer.position = 0;
  }
}

/**
 * The entities that the core holds of the result at hand, by their names in keys, each once.
 * @param {import("../boundary/core.js").Core} core
 * @returns {string[]}
 */
const readKept = (core) => JSON.parse(core.readText(core.exports.writeIds()));

/** @param {string[]} names type, id, type, id, … */
const pairs = (names) => names.flatMap((type, index) => (index % 2 === 0 ? [[type, names[index + 1]]] : []));

/** The functions that were told of. @type {WeakSet<Definition>} */
const told = new WeakSet();

/**
 * Says once, in debug, that a result holds no entity of a declared type: with a wrong `idField` nothing is ever
 * invalidated, and nothing else would show it.
 * @param {Definition} definition
 * @param {unknown} result
 * @param {string[]} names
 */
function tellMissing(definition, result, names) {
  const { rules, context, name } = definition;
  const isEmpty = result === null || result === undefined || (Array.isArray(result) && result.length === 0);
  if (isEmpty || told.has(definition)) return;
  const found = new Set(pairs(names).map(([type]) => fromWellFormed(type)));
  const missing = rules.types.filter((type) => !found.has(type));
  if (missing.length === 0 && (rules.types.length > 0 || !rules.hasOpenTypes || found.size > 0)) return;
  told.add(definition);
  const what = missing.length > 0 ? missing.map((type) => `"${type}"`).join(", ") : "any type";
  context.logger.debug(`function "${name}": no id of ${what} was found; its result is ${describeShape(result)}`);
}
