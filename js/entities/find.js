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

import { TAG } from "../boundary/numbers.js";
import { fromWellFormed } from "../boundary/well-formed.js";
import { WordWriter } from "../boundary/word-writer.js";
import { describe } from "../messages/errors.js";
import { compileEntities, isTrackedAlways } from "./declared.js";
import { idText, JOINT } from "./ids.js";
import { isId, isList, isListResult } from "./plain.js";
import { readIdRule } from "./rules.js";
import { describeShape, remedyFor } from "./shape.js";
import { prepare, walk } from "./walk.js";

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
 * @property {boolean} [isRead] whether its results are stored: one that no invalidation finds is reported
 * @property {boolean} [requireIds] whether a result that no invalidation finds is refused
 */

/**
 * What an invalidation finds a result by, in names as keys have them.
 * @typedef {object} Names
 * @property {string[]} names a type, its id, a type, its id, …: each pair once
 * @property {string[]} lists the types that the result is a list of
 */

/** @type {Names} */
const NO_NAMES = { names: [], lists: [] };

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
  #table;
  #isRead;
  #requiresIds;
  #hasReportedMissing = false;
  /** Whether an invalidation finds every result, whatever it holds. */
  #isTrackedAlways;

  /**
   * Compiles the rules now, so that a mistake in them is reported where the function is wrapped.
   * @param {Core} core
   * @param {import("../messages/logger.js").Logger} logger
   * @param {Searched} searched
   */
  constructor(core, logger, { name, rules, isJson, keys, isRead = false, requireIds = false }) {
    this.#core = core;
    this.#logger = logger;
    this.#name = name;
    this.#rules = rules;
    this.#config = { ...keys, entities: rules.config, shape: rules.shape };
    this.#isJson = isJson;
    this.#isRead = isRead;
    this.#requiresIds = requireIds;
    const { table, declared } = this.#compile();
    this.#table = prepare(table);
    this.#isTrackedAlways = isTrackedAlways(declared);
  }

  /** The handle of what the core has compiled. It changes when a trapped instance has been replaced. */
  get handle() {
    if (this.#generation !== this.#core.generation) this.#compile();
    return this.#handle;
  }

  #compile() {
    const { handle, compiled } = this.#core.define(this.#config, compileEntities);
    this.#handle = handle;
    this.#generation = this.#core.generation;
    return compiled;
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
    const entities = [];
    for (let index = 0; index < names.length; index += 2)
      entities.push({ type: fromWellFormed(names[index]), id: fromWellFormed(names[index + 1]) });
    return entities;
  }

  /**
   * What an invalidation finds a result by.
   * @param {unknown} result
   * @param {unknown[]} args
   * @param {unknown} [text] the stored text of the result, if there is one
   * @returns {Names}
   */
  names(result, args, text) {
    if (!this.#rules.isTracking) return NO_NAMES;
    this.keep(result, args, text);
    /** @type {Names} */
    const kept = { names: [], lists: [] };
    const flat = readKept(this.#core);
    for (let index = 0; index < flat.length; index += 2) {
      const [type, id] = [/** @type {string} */ (flat[index]), flat[index + 1]];
      if (id === null) kept.lists.push(type);
      else kept.names.push(type, id);
    }
    return kept;
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
    let count = 0;
    if (isScanned) count = this.#scan(/** @type {string} */ (text));
    else core.exports.beginIds(this.handle, isListResult(result));
    if (found.length > 0) writeFound(core, found);
    if (count === 0 && this.#isRead && !hasIds(found)) this.#withoutIds(result);
    if (this.#logger.isDebug && !this.#hasReportedMissing) this.#reportMissing(result);
  }

  /**
   * Leaves entities that are known already in the core, as `keep` does.
   * @param {Found} found
   */
  keepKnown(found) {
    this.#core.exports.beginIds(this.handle, false);
    if (found.length > 0) writeFound(this.#core, found);
  }

  /**
   * Lets the core read the ids from the text. Returns 0 if there are none. If only a parser can tell an id (a number of
   * many digits, or one that `JSON.rawJSON` spelled), the text is parsed here.
   * @param {string} text
   */
  #scan(text) {
    const core = this.#core;
    const count = core.exports.extractText(this.handle, core.writeText(text));
    if (count >= 0) return count;
    const value = JSON.parse(text);
    const found = this.#walk(value);
    core.exports.beginIds(this.handle, isListResult(value));
    if (found.length > 0) writeFound(core, found);
    return hasIds(found) ? 1 : 0;
  }

  /**
   * Whether the core reads the ids from the text.
   * @param {unknown} text
   */
  #isScannable(text) {
    return typeof text === "string" && this.#isJson && this.#core.hasScan && text.length <= LONGEST_TEXT;
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
    return walk(this.#table, result);
  }

  /**
   * Looks after a result without ids. A WARNING reports the first one of a function: with a wrong `idField` every result
   * would be stale until its ttl ends, and nothing else would show the mistake (rule E8). An empty list has no ids by right,
   * and so may the result of a function that says that its results are lists, or on which types they depend.
   * @param {unknown} result
   */
  #withoutIds(result) {
    const { types, config, isTracking } = this.#rules;
    if (!isTracking || this.#isTrackedAlways) return;
    const isListed = readKept(this.#core).length > 0;
    if (!this.#hasReportedMissing && !isEmpty(result) && !(isListed && hasEmptyField(result))) {
      this.#hasReportedMissing = true;
      this.#logger.warnOnce(
        `ids of ${this.#name}`,
        `function "${this.#name}": its result holds ${noIdOf(types)}, so a change of one does not drop it before its ttl ends; it is ${describeShape(result)}. ${remedyFor(result, config)}`,
      );
    }
    if (this.#requiresIds && !isListed) throw new TypeError(`it holds ${noIdOf(types)}, and requireIds is set`);
  }

  /**
   * Logs once, in debug, that a result holds no entity of one of the declared types.
   * @param {unknown} result
   */
  #reportMissing(result) {
    if (isEmpty(result)) return;
    const flat = readKept(this.#core);
    const found = new Set(flat.map((name, index) => (index % 2 === 0 ? fromWellFormed(String(name)) : "")));
    const missing = this.#rules.types.filter((type) => !found.has(type));
    if (missing.length === 0) return;
    this.#hasReportedMissing = true;
    this.#logger.debug(`function "${this.#name}": its result holds ${noIdOf(missing)}; it is ${describeShape(result)}`);
  }
}

/** @param {string[]} types */
function noIdOf(types) {
  return types.length === 0
    ? "no object with a type and an id"
    : `no id of ${types.map((type) => `"${type}"`).join(", ")}`;
}

/**
 * Whether a field of a result says that there is nothing, as that of an empty page does.
 * @param {unknown} result
 */
function hasEmptyField(result) {
  return !isList(result) && Object.values(/** @type {object} */ (result)).some(isEmpty);
}

/** @param {Found} found */
function hasIds(found) {
  for (let index = 1; index < found.length; index += 2) if (found[index] !== null) return true;
  return false;
}

/**
 * Whether a result says by itself that there is nothing.
 * @param {unknown} result
 */
function isEmpty(result) {
  return result === null || result === undefined || (Array.isArray(result) && result.length === 0);
}

/**
 * The ids in a result by a field, a path or several fields: what `super.extractEntityIds(result, idField)` answers.
 * @param {unknown} result
 * @param {unknown} idField
 * @returns {Set<string>}
 */
export function extractEntityIds(result, idField) {
  const entities = { rules: [{ entityType: "entity", id: readIdRule(idField, "idField") }] };
  const found = walk(prepare(compileEntities({ entities }).table), result);
  return new Set(found.filter((id, index) => index % 2 === 1 && id !== null).map(String));
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
 * The ids that an extractor has returned: one, or those of an iterable, in which an array is an id of several parts. A null,
 * a boolean and a NaN are no ids and are left out, and so is an id with such a part.
 * @param {unknown} answer
 * @param {string} name of the extractor
 */
export function listIds(answer, name) {
  const isIterable = typeof answer === "object" && answer !== null && Symbol.iterator in answer;
  const given = isIterable ? Array.from(/** @type {Iterable<unknown>} */ (answer), joined) : [answer];
  const wrong = given.find((id) => (typeof id === "object" && id !== null) || typeof id === "function");
  if (wrong !== undefined) {
    throw new TypeError(
      `the extractor of ${name} must answer with ids (strings, numbers or bigints), got ${describe(wrong)}`,
    );
  }
  return given.filter(isId);
}

/**
 * An id of several parts as one text; anything else as it is.
 * @param {unknown} id
 */
function joined(id) {
  if (!Array.isArray(id) || id.length === 0 || id.some((part) => typeof part === "object" && part !== null)) return id;
  return id.every(isId) ? id.map(idText).join(JOINT) : null;
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

/** @param {string | number | bigint | null} value */
function writeScalar(value) {
  if (typeof value === "string") writer.text(value);
  else if (typeof value === "number") writeNumber(value);
  else if (value === null) writer.word(TAG.NULL);
  else writer.bigint(value);
}

/**
 * Writes a number as an integer or as its text: the core prints no other numbers.
 * @param {number} value finite
 */
function writeNumber(value) {
  if ((value | 0) === value) writer.number(value);
  else writer.text(String(value));
}

/**
 * What the core holds of the current result: a type, its id, a type, its id, …, as keys have them and each pair once. A type
 * that the result is a list of has `null` in place of an id.
 * @param {Core} core
 * @returns {(string | null)[]}
 */
const readKept = (core) => JSON.parse(core.readText(core.exports.writeIds()));
