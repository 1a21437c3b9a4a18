// @ts-check
/**
 * The names of a function's parameters, for keys with named arguments (`normalizeArgs`). The user gives them, or they are
 * read from the function's source if that is certain.
 */
import { ConfigError } from "../messages/errors.js";
import { sourceOf } from "./source.js";

const SPACE = String.raw`(?:\s|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|\/\/[^\n]*\n)*`;
const IDENTIFIER = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*`;
const ITEM = `${IDENTIFIER}${SPACE}`;
const LIST = `(${SPACE}(?:${ITEM}(?:,${SPACE}${ITEM})*(?:,${SPACE})?)?)`;
/** `function f(a, b) {`, `async f(a, b) {`, `async (a, b) =>` */
const FUNCTION = new RegExp(
  String.raw`^(?:async\b${SPACE})?(?:function\b)?${SPACE}\*?${SPACE}(?:#?${IDENTIFIER})?${SPACE}\(${LIST}\)${SPACE}(?:\{|=>)`,
  "u",
);
/** `a =>` */
const ARROW = new RegExp(String.raw`^(?:async\b${SPACE})?(${IDENTIFIER})${SPACE}=>`, "u");
const COMMENT = /\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|\/\/[^\n]*\n/g;

/**
 * The names of the arguments of `fn` in keys. There are none unless the option `normalizeArgs` is on.
 * @param {Function} fn
 * @param {Record<string, any>} options complete, as `readFunctionOptions` makes them
 * @returns {string[]}
 */
export function parametersOf(fn, options) {
  const { key, keyFormat, normalizeArgs, params } = options;
  // The option `key` returns one value, which is no parameter.
  if (!normalizeArgs || key !== undefined) return [];
  if (params !== undefined) return params;
  const names = readParameters(fn);
  // A single argument needs no name, except in Python's format.
  const areUsed = keyFormat === "python" || names?.length !== 1;
  if (names === undefined || (areUsed && names.some((name) => name.length === 1))) {
    const why = names === undefined ? "cannot be read from its source" : "look minified";
    throw new ConfigError(
      "ERR_CACHEREF_PARAMS",
      `normalizeArgs needs the names of the parameters of ${fn.name ? `function "${fn.name}"` : "an anonymous function"}, which ${why}: give them, for example params: ["userId", "orgId"]`,
    );
  }
  return names;
}

/**
 * The names of the parameters, if the source can be read and all parameters are plain identifiers: no defaults, no
 * destructuring, no rest.
 * @param {Function} fn
 * @returns {string[] | undefined}
 */
function readParameters(fn) {
  const source = sourceOf(fn);
  if (source === undefined) return undefined;
  const list = (FUNCTION.exec(source) ?? ARROW.exec(source))?.[1];
  if (list === undefined) return undefined;
  const names = list
    .replace(COMMENT, " ")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return names.length === fn.length ? names : undefined;
}
