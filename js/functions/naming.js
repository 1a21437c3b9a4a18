// @ts-check
/**
 * How the keys of the storage layout are named. A cache that shares with the Python library has the names of its version.
 */

/**
 * @typedef {object} Naming
 * @property {string} call how the name of a value goes on after the prefix
 * @property {string} entity the same of the index of an entity
 * @property {string} other the same of all other keys
 * @property {boolean} hasPrefixInMembers whether a member of an index is the whole name of a value, with the prefix
 */

/** @type {Naming} */
export const OWN_NAMING = { call: "c:", entity: "e:", other: "", hasPrefixInMembers: true };

/** By the commit of the Python library that began with it. @type {Record<string, Naming>} */
export const PYTHON_NAMING = {
  bdd94ca: OWN_NAMING,
  "687952f": { call: "cache:", entity: "entity:", other: "cacheref:", hasPrefixInMembers: false },
};
