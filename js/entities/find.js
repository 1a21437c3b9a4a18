// @ts-check
/**
 * Finds the entities in results.
 *
 * If there is a JSON text of the result, the core reads the ids from it. Otherwise js/entities/walk.js walks over the
 * result. Both follow the same compiled rules and find the same ids. The ids that a user's own function extracts are
 * added here.
 *
 * An error on the way (of a getter or an extractor) is thrown on: the caller must not store a result whose entities are
 * unknown.
 */

import { fromWellFormed, wellFormed } from "../boundary/well-formed.js";
import { WordWriter } from "../boundary/word-writer.js";
import { describe } from "../messages/errors.js";
import { readIdRule } from "./rules.js";
import { describeShape } from "./shape.js";
import { isId, isList, prepare, walk } from "./walk.js";

/** @typedef {import("../boundary/core.js").Core} Core */
/** @typedef {import("./rules.js").EntityRules} EntityRules */
/** @typedef {import("./walk.js").Found} Found */

/** A longer text is walked instead: the core would have to hold it, and its memory never shrinks. */
const LONGEST_TEXT = 8 * 1024 * 1024;
/** With this many words written, the ids are handed to the core before the next one is written. */
const FULL_WORDS = 16 * 1024;

/**
 * A function whose results are searched.
 * @typedef {object} Searched
 * @property {string} name for the log
 * @property {EntityRules} rules
 * @property {boolean} isJson whether a text of a result is JSON
 * @property {object} [keys] its key rules, which the core compiles together with the entity rules
 */

/** Finds the entities in the results of one function. */
export class EntityFinder {
  #core;
  #logger;
  #name;
  #rules;
  #config;
  #isJson;
  #handle = 0;
  #generation = -1;
  /** @type {import("./walk.js").State | undefined} */
  #table;
  #hasReportedMissing = false;

  /**
   * Compiles the rules now, so that a mistake in them is reported where the function is wrapped.
   * @param {Core} core
   * @param {import("../messages/logger.js").Logger} logger
   * @param {Searched} searched
   */
  constructor(core, logger, { name, rules, isJson, keys }) {
    this.#core = core;
    this.#logger = logger;
    this.#name = name;
    this.#rules = rules;
    this.#config = { ...keys, entities: rules.config };
    this.#isJson = isJson;
    this.#compile();
  }

  /** The handle of what the core has compiled. It changes when a trapped instance has been replaced. */
  get handle() {
    if (this.#generation !== this.#core.generation) this.#compile();
    return this.#handle;
  }

  #compile() {
    this.#handle = this.#core.define(this.#config);
    this.#generation = this.#core.generation;
  }

  /**
   * The entities in a result.
   * @param {unknown} result
   * @param {unknown[]} args
   * @param {unknown} [text] the stored text of the result, if there is one
   * @returns {{ type: string, id: string }[]}
   */
  read(result, args, text) {
    const { names } = this.names(result, args, text);
    return pairs(names).map(([type, id]) => ({ type: fromWellFormed(type), id: fromWellFormed(id) }));
  }

  /**
   * The entities in a result by their names in keys (type, id, type, id, …), and whether each is there once only.
   * @param {unknown} result
   * @param {unknown[]} args
   * @param {unknown} [text] the stored text of the result, if there is one
   * @returns {{ names: string[], areDistinct: boolean }}
   */
  names(result, args, text) {
    const core = this.#core;
    const isScanned = this.#isScannable(text);
    const found = this.#find(result, args, isScanned);
    let names = found.map((item, index) =>
      wellFormed(index % 2 === 0 && typeof item === "number" ? this.#rules.types[item] : String(item)),
    );
    if (isScanned) {
      const count = core.exports.extractText(this.handle, core.writeText(/** @type {string} */ (text)));
      if (count > 0) names = names.length === 0 ? readKept(core) : names.concat(readKept(core));
    }
    if (this.#logger.isDebug) this.#reportMissing(result, names);
    return { names, areDistinct: isScanned && found.length === 0 };
  }

  /**
   * Leaves the entities of a result in the core. The next call of the core's store takes them.
   * @param {unknown} result
   * @param {unknown[]} args
   * @param {unknown} [text] the stored text of the result, if there is one
   */
  keep(result, args, text) {
    const core = this.#core;
    const isScanned = this.#isScannable(text);
    // Code of the user runs here, so this comes first: it may call another cached function, which uses the scratch
    // buffer too.
    const found = this.#find(result, args, isScanned);
    if (isScanned) core.exports.extractText(this.handle, core.writeText(/** @type {string} */ (text)));
    else core.exports.beginIds(this.handle, isList(result));
    if (found.length > 0) writeFound(core, found);
    if (this.#logger.isDebug) this.#reportMissing(result, readKept(core));
  }

  /**
   * Whether the core reads the ids from the text.
   * @param {unknown} text
   */
  #isScannable(text) {
    return typeof text === "string" && this.#isJson && text.length <= LONGEST_TEXT;
  }

  /**
   * The ids that the core does not read from the text.
   * @param {unknown} result
   * @param {unknown[]} args
   * @param {boolean} isScanned
   * @returns {Found}
   */
  #find(result, args, isScanned) {
    const found = isScanned ? [] : this.#walk(result);
    for (const item of extractCustom(this.#rules, result, args)) found.push(item);
    return found;
  }

  /** @param {unknown} result */
  #walk(result) {
    this.#table ??= tableOf(this.#core, this.handle);
    return walk(this.#table, result);
  }

  /**
   * Logs once, in debug, that a result holds no entity of a declared type: with a wrong `idField` no invalidation ever
   * finds the result, and nothing else would show the mistake.
   * @param {unknown} result
   * @param {string[]} names
   */
  #reportMissing(result, names) {
    const { types, hasOpenTypes } = this.#rules;
    const isEmpty = result === null || result === undefined || (Array.isArray(result) && result.length === 0);
    if (isEmpty || this.#hasReportedMissing) return;
    const found = new Set(pairs(names).map(([type]) => fromWellFormed(type)));
    const missing = types.filter((type) => !found.has(type));
    if (missing.length === 0 && (types.length > 0 || !hasOpenTypes || found.size > 0)) return;
    this.#hasReportedMissing = true;
    const what = missing.length > 0 ? missing.map((type) => `"${type}"`).join(", ") : "any type";
    this.#logger.debug(`function "${this.#name}": no id of ${what} was found; its result is ${describeShape(result)}`);
  }
}

/**
 * The ids in a result by a field, a path or several fields: what `super.extractEntityIds(result, idField)` answers.
 * @param {Core} core
 * @param {unknown} result
 * @param {unknown} idField
 * @returns {Set<string>}
 */
export function extractEntityIds(core, result, idField) {
  const entities = { rules: [{ entityType: "entity", id: readIdRule(idField, "idField") }] };
  const found = walk(tableOf(core, core.define({ entities })), result);
  return new Set(found.filter((_, index) => index % 2 === 1).map(String));
}

/**
 * The compiled entity rules of a definition, for walks over results.
 * @param {Core} core
 * @param {number} handle
 */
export function tableOf(core, handle) {
  return prepare(core.exports.extractionTable(handle));
}

/** @type {Found} */
const NONE = [];

/**
 * The ids that the user's own functions extract.
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
    // `product:7` names an entity of another type. It may also be an id of the own type that contains a colon, so it
    // counts as both: tracking one entity too many does no harm.
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
 * The ids that an extractor has returned: one, or those of an iterable. A null, a boolean and a NaN are no ids and are
 * left out.
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

const writer = new WordWriter();

/**
 * Hands ids to the core.
 * @param {Core} core
 * @param {Found} found
 */
function writeFound(core, found) {
  writer.position = 0;
  for (let index = 0; index < found.length; index += 2) {
    writeScalar(found[index]);
    writeScalar(found[index + 1]);
    if (writer.position >= FULL_WORDS) handOver();
  }
  handOver();

  function handOver() {
    writer.copyTo(core);
    core.exports.addIds(writer.position);
    writer.position = 0;
  }
}

/** @param {string | number | bigint} value */
function writeScalar(value) {
  if (typeof value === "string") writer.text(value);
  else if (typeof value === "number") writer.number(value);
  else writer.bigint(value);
}

/**
 * The entities that the core holds of the current result, by their names in keys, each once.
 * @param {Core} core
 * @returns {string[]}
 */
const readKept = (core) => JSON.parse(core.readText(core.exports.writeIds()));

/** @param {string[]} names type, id, type, id, … */
const pairs = (names) => names.flatMap((type, index) => (index % 2 === 0 ? [[type, names[index + 1]]] : []));
