// @ts-check
/**
 * Concerns: the text form of what an invalidation is about, and of what a cached call depends on.
 *
 * | concern | about | is the name of a key |
 * |---|---|---|
 * | `e:user:42` | an entity | the index of the calls whose result holds it |
 * | `l:user` | all lists of a type | the index of the calls that returned one |
 * | `t:user` | everything of a type | the index of the calls that depend on the type |
 * | `y:user` | the calls that depend on a type | no |
 * | `c:getUser:[42]` | one call | its value |
 * | `f:getUser` | all calls of a function | no |
 * | `a:*` | everything | no |
 *
 * This file is the only one that spells the letters, and the only one that turns targets into concerns and back.
 */
import { fromWellFormed, wellFormed } from "../../boundary/well-formed.js";
import { isIdentity, nameIn, SUFFIX_LENGTH } from "../../functions/identity.js";
import { escapeGlob } from "../connections/glob.js";

/** @typedef {import("../../functions/definition.js").Definition} Definition */
/** @typedef {import("../../functions/target.js").Target} Target */
/** @typedef {"entity" | "list" | "type" | "dependents" | "call" | "function" | "all"} Kind */

/** @type {Record<string, Kind>} */
const KINDS = { e: "entity", l: "list", t: "type", y: "dependents", c: "call", f: "function", a: "all" };

/** How the concern of a call begins. */
export const CALL = "c:";
/** How the concern of an entity begins. */
export const ENTITY = "e:";
/** How the concern of a function begins. */
export const FUNCTION = "f:";
/** Everything: the concern of `invalidateAll`. */
export const EVERYTHING = "a:*";

/** Builds concerns of names that are well formed already. */
export const wellFormedConcern = {
  /** @param {string} type @param {string} id */
  entity: (type, id) => `e:${type}:${id}`,
  /** @param {string} type */
  list: (type) => `l:${type}`,
  /** @param {string} type */
  type: (type) => `t:${type}`,
  /** @param {string} type */
  dependents: (type) => `y:${type}`,
  /** @param {string} name */
  function: (name) => FUNCTION + name,
};

/** Builds concerns of names as users give them. */
export const concern = {
  /** @param {string} type @param {string} id */
  entity: (type, id) => wellFormedConcern.entity(wellFormed(type), wellFormed(id)),
  /** @param {string} type */
  list: (type) => wellFormedConcern.list(wellFormed(type)),
  /** @param {string} type */
  type: (type) => wellFormedConcern.type(wellFormed(type)),
  /** @param {string} name */
  function: (name) => wellFormedConcern.function(wellFormed(name)),
};

/** Glob patterns that match concerns. */
export const patterns = {
  /** All that have a key. */
  keys: "[celt]:*",
  entities: `${ENTITY}*`,
  calls: `${CALL}*`,
  /** The calls of a function, whatever its text, and of those whose name begins with its name and a colon or tilde. @param {string} name */
  callsOf: (name) => `${CALL}${escapeGlob(name)}[:~]*`,
  /** The entities of a type, and of those whose name begins with its name and a colon. @param {string} type */
  entitiesOf: (type) => `e:${escapeGlob(type)}:*`,
};

/** Whether a text is the concern of an index that the Python library does not have. @param {string} text */
export const isOwnIndex = (text) => /^[lt]:/.test(text);

/** @param {string} concern */
export const kindOf = (concern) => KINDS[concern[0]];

/** The name of the function in the concern of a call. @param {string} concern */
export function functionOf(concern) {
  return nameIn(/^c:(.*?):(?:\[|#|[0-9a-f]{32}$|noargs$)/s.exec(concern)?.[1] ?? concern.slice(CALL.length));
}

/**
 * What follows the name of the function in the concern of a call, without the hash of its text; "" if it is no name of it.
 * @param {string} concern
 * @param {string} name
 */
export function argumentPartOf(concern, name) {
  const rest = concern.slice(CALL.length + name.length);
  const end = rest.startsWith("~") ? SUFFIX_LENGTH : 0;
  return rest[end] === ":" && (end === 0 || isIdentity(rest.slice(0, end))) ? rest.slice(end + 1) : "";
}

/**
 * What concerns a result.
 * @typedef {object} Concerns
 * @property {string[]} concerns those of the indexes that list it
 * @property {string[]} names the others, besides its call, its function and everything
 */

/**
 * @param {Definition} definition
 * @param {unknown} result
 * @param {unknown[]} args
 * @param {unknown} payload the serialized result
 * @returns {Concerns}
 */
export function concernsOf(definition, result, args, payload) {
  const { names: found, lists } = definition.entities.names(result, args, payload);
  const concerns = [];
  const names = [];
  let lastType;
  for (let index = 0; index < found.length; index += 2) {
    const type = found[index];
    concerns.push(wellFormedConcern.entity(type, found[index + 1]));
    if (type !== lastType) names.push(wellFormedConcern.type(type));
    lastType = type;
  }
  for (const type of lists) {
    concerns.push(wellFormedConcern.list(type));
    names.push(wellFormedConcern.type(type));
  }
  for (const type of definition.dependsOn) {
    concerns.push(concern.type(type));
    names.push(wellFormedConcern.dependents(wellFormed(type)));
  }
  return { concerns, names: [...new Set(names)] };
}

/**
 * The concerns of the indexes that an invalidation of a concern empties, besides those that only a look at every key finds.
 * @param {string} concern
 * @returns {string[]}
 */
export function indexesOf(concern) {
  switch (kindOf(concern)) {
    case "entity":
    case "list":
      return [concern];
    case "type":
      return [concern, wellFormedConcern.list(concern.slice(2))];
    case "dependents":
      return [wellFormedConcern.type(concern.slice(2))];
    default:
      return [];
  }
}

/**
 * The concerns of an invalidation with those of the calls that depend on their types. In the text of an entity a colon may
 * end the type or be part of it, so everything in front of a colon counts as a type.
 * @param {string[]} concerns
 */
export function withDependents(concerns) {
  const dependents = new Set();
  for (const concern of concerns) {
    const text = concern.slice(2);
    const kind = kindOf(concern);
    if (kind === "list" || kind === "type") dependents.add(wellFormedConcern.dependents(text));
    if (kind !== "entity") continue;
    for (let end = text.indexOf(":"); end >= 0; end = text.indexOf(":", end + 1))
      dependents.add(wellFormedConcern.dependents(text.slice(0, end)));
  }
  return dependents.size === 0 ? concerns : [...new Set([...dependents, ...concerns])];
}

/** Whether only a look at every key finds all that an invalidation of a concern drops. @param {string} concern */
export function isSwept(concern) {
  const kind = kindOf(concern);
  return kind === "function" || kind === "type" || kind === "all";
}

/**
 * The concerns that an invalidation is about, without those that `withDependents` adds. `targetOf` is the way back.
 * @param {Target} target
 * @param {(key: string) => string} concernOf from a value key to its concern
 * @returns {string[]}
 */
export function concernsOfTarget(target, concernOf) {
  switch (target.kind) {
    case "entity":
      return target.ids.map((id) => concern.entity(target.type, id));
    case "list":
      return [concern.list(target.type)];
    case "type":
      return [concern.type(target.type)];
    case "function":
      return [concern.function(target.name)];
    case "key": {
      const key = target.definition.key(target.self, target.args);
      return key === undefined ? [] : [concernOf(key)];
    }
    case "all":
      return [EVERYTHING];
  }
}

/**
 * The target that a concern names. A concern has a call by the name of its key, without its arguments. A kind that this
 * version does not know counts as everything.
 * @param {string} concern
 * @returns {Exclude<Target, { kind: "key" }> | { kind: "dependents", type: string } | { kind: "call", name: string, concern: string }}
 */
export function targetOf(concern) {
  const text = concern.slice(2);
  const name = fromWellFormed(text);
  switch (kindOf(concern)) {
    case "entity": {
      // Type and id are escaped each by itself.
      const end = text.indexOf(":");
      const [type, id] = [text.slice(0, end), text.slice(end + 1)];
      return { kind: "entity", type: fromWellFormed(type), ids: [fromWellFormed(id)] };
    }
    case "list":
      return { kind: "list", type: name };
    case "type":
      return { kind: "type", type: name };
    case "dependents":
      return { kind: "dependents", type: name };
    case "function":
      return { kind: "function", name };
    case "call":
      return { kind: "call", name: fromWellFormed(functionOf(concern)), concern };
    default:
      return { kind: "all" };
  }
}

/** Some of many concerns, for a message. @param {string[]} concerns */
export function named(concerns) {
  const more = concerns.length - 5;
  return concerns.slice(0, 5).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
