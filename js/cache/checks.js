// @ts-check
/** What an option may be. A check gives the option as it is used, or throws what is allowed and what was given. */
import { checkType } from "../entities/ids.js";
import { isPage } from "../entities/rules.js";
import { duration } from "../functions/duration.js";
import { isIdentity } from "../functions/identity.js";
import { checkPrefix } from "../functions/prefix.js";
import { ConfigError, refuse } from "../messages/errors.js";
import { nearest } from "../messages/nearest.js";

/** @typedef {(value: any, name: string) => any} Check */

/** @type {(kind: "string" | "boolean" | "function") => Check} */
const ofType = (kind) => (value, name) => (typeof value === kind ? value : refuse(name, `a ${kind}`, value));
export const boolean = ofType("boolean");
export const string = ofType("string");
export const callable = ofType("function");

/** @type {Check} */
export const text = (value, name) =>
  typeof value === "string" && value !== "" ? value : refuse(name, "a non-empty string", value);

/** @type {Check} */
export function prefix(value, name) {
  checkPrefix(string(value, name), name);
  return value;
}

/** @type {Check} */
export const keyPrefix = (value, name) =>
  typeof value === "string" && isIdentity(value)
    ? refuse(name, "a name that does not end in ~ and ten letters or digits, as names of functions in keys do", value)
    : text(value, name);

/** @type {Check} */
export const anything = (value) => value;

/** @type {(...allowed: string[]) => Check} */
export const oneOf =
  (...allowed) =>
  (value, name) =>
    allowed.includes(value) ? value : refuse(name, allowed.map((word) => `"${word}"`).join(", "), value);

/** @type {(from: number, to: number, what: string) => Check} */
export const numberBetween = (from, to, what) => (value, name) =>
  typeof value === "number" && value >= from && value <= to ? value : refuse(name, what, value);

/** @type {Check} */
export const names = (value, name) =>
  Array.isArray(value) &&
  value.every((item) => typeof item === "string" && item !== "") &&
  new Set(value).size === value.length
    ? value
    : refuse(name, "an array of different non-empty strings", value);

/** @type {Check} */
export const pages = (value, name) =>
  value === false || (Array.isArray(value) && value.every(isPage))
    ? value
    : refuse(name, 'false, or an array of the names of fields such as "data" or "edges[*].node"', value);

/** @type {Check} */
export const types = (value, name) => {
  if (!Array.isArray(value)) refuse(name, "an array of entity types", value);
  return [...new Set(value.map(checkType))];
};

/** @type {Check} */
export const ttl = (value, name) => (typeof value === "function" ? value : duration(value, name));

/** @type {Check} */
export const limit = (value, name) => {
  const ms = duration(value, name);
  return ms > 0 ? ms : refuse(name, "longer than 0 seconds (Infinity: no limit)", value);
};

/**
 * @param {object} given
 * @param {string[]} allowed
 * @param {string} where
 */
export function checkNames(given, allowed, where) {
  for (const name of Object.keys(given)) {
    if (allowed.includes(name)) continue;
    const suggestion = nearest(name, allowed);
    throw new ConfigError(
      "ERR_CACHEREF_OPTION",
      `${where} has no option "${name}"${suggestion ? `; did you mean "${suggestion}"?` : `; it has ${allowed.join(", ")}`}`,
    );
  }
}
