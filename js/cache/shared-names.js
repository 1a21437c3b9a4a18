// @ts-check
/**
 * The names of wrapped functions on a backend that other processes share. A keyPrefix is the name as it is. A function's
 * own name is one that a bundler may have given it, so in keys a hash of its text follows. docs/rules.md (K7) says why.
 *
 * A text does not say what it captures. So two functions whose texts may become each other's in the next build are
 * refused. One that the same line of the program wraps again (a module is reloaded, a constructor wraps) takes the place
 * of its predecessor, and has entries that no other function and no other process sees.
 */
import { isIdentity, shapeOf, suffixOf, textOf } from "../functions/identity.js";
import { ConfigError } from "../messages/errors.js";
import { isEqual, twoOfOneName } from "./unique.js";

/** @typedef {import("../functions/context.js").Context} Context */
/** @typedef {import("./names.js").Name} Name */
/**
 * The function that has a name.
 * @typedef {object} Owner
 * @property {Function} fn
 * @property {Record<string, unknown>} options
 * @property {boolean} isGiven whether its keyPrefix is the name
 * @property {string} suffix
 * @property {string} hash of its text
 * @property {string} shape
 * @property {string | undefined} site
 * @property {Set<string>} hashes of the functions that have had the name
 */
/** The names, and the shapes of the functions that have them. @typedef {{ owners: Map<string, Owner>, shapes: Map<string, string> }} Taken */

/** Names up to this length may come from a minifier. */
const SHORT = 2;
const REMEDY = "give it the option keyPrefix, a name that stays the same";

/** The names that are taken in a cache. @type {WeakMap<Context, Taken>} */
const taken = new WeakMap();

/**
 * @param {Context} context
 * @param {import("./names.js").Wrapping} wrapping
 * @param {Record<string, any>} options
 * @returns {Name}
 */
export function nameOnSharedBackend(context, { fn, name: own, callee }, options) {
  const { owners, shapes } = takenIn(context);
  const { keyPrefix } = options;
  const name = keyPrefix ?? own;
  const owner = owners.get(name);
  if (keyPrefix !== undefined) {
    if (owner?.isGiven === false) throw twoOfOneName(name, false);
    if (owner === undefined)
      owners.set(name, {
        fn,
        options,
        isGiven: true,
        suffix: "",
        hash: "",
        shape: "",
        site: undefined,
        hashes: new Set(),
      });
    return { name, suffix: "", isNumbered: false };
  }
  const text = readText(fn, name, options);
  const hash = suffixOf(text);
  const shape = suffixOf(shapeOf(name, text));
  const site = callee && siteOf(callee);
  if (owner === undefined) {
    const twin = shapes.get(shape);
    if (twin !== undefined) throw renamed(name, twin);
    shapes.set(shape, name);
    owners.set(name, { fn, options, isGiven: false, suffix: hash, hash, shape, site, hashes: new Set([hash]) });
    return { name, suffix: hash, isNumbered: false };
  }
  if (owner.isGiven) throw twoOfOneName(name, true);
  if (owner.fn === fn && isEqual(owner.options, options)) return { name, suffix: owner.suffix, isNumbered: false };

  checkSuccessor(context, name, owner, { hash, shape, site });
  const { hashes } = owner;
  // The text was another function's: entries of its own, which not even another process has.
  const suffix = hashes.has(hash) ? suffixOf(`${text}\n${nonce(context, name)}`) : hash;
  hashes.add(hash);
  shapes.set(shape, name);
  owners.set(name, { fn, options, isGiven: false, suffix, hash, shape, site, hashes });
  return { name, suffix, isNumbered: false };
}

/**
 * Refuses a function that has the name of another, unless it is the other one again.
 * @param {Context} context
 * @param {string} name
 * @param {Owner} owner
 * @param {{ hash: string, shape: string, site: string | undefined }} given
 */
function checkSuccessor({ logger }, name, owner, { hash, shape, site }) {
  if (owner.hash === hash && site !== undefined && owner.site === site) {
    logger.warnOnce(
      `wrapped again ${name}`,
      `function "${name}" is wrapped again and again at one place (${site}). What it captures is no part of a key, so each but the first has entries that no other process sees: wrap it once, or give it a keyPrefix if all are to share entries`,
    );
    return;
  }
  const environment = nodeEnvironment();
  // Texts that differ keep entries apart in this build. Texts that a bundler may swap do not in the next.
  const areApart = owner.shape !== shape;
  if (environment !== "development" && (environment === "production" || !areApart)) throw twoOfOneName(name, false);
  logger.warnOnce(
    `two of ${name}`,
    `"${name}" is the name of another wrapped function, which this one replaces; in production that is an error, so give each its own keyPrefix`,
  );
}

/**
 * The text of a function that may have its own name in keys.
 * @param {Function} fn
 * @param {string} name
 * @param {Record<string, any>} options
 */
function readText(fn, name, { keyFormat }) {
  if (name === "") {
    throw refusal(
      `a function without a name cannot be told from others on a backend that other processes share (it is anonymous, or a bundler removed its name): ${REMEDY}`,
    );
  }
  // Of a decorated method a minifier changes the class.
  if (name.split(".")[0].length <= SHORT) {
    throw refusal(
      `function "${name}": a name this short may come from a minifier and be another function's in the next build: ${REMEDY}`,
    );
  }
  if (isIdentity(name))
    throw refusal(`function "${name}": names that end in ~ and ten letters or digits are taken: ${REMEDY}`);
  if (keyFormat === "python") {
    throw refusal(
      `function "${name}": keyFormat "python" needs the option keyPrefix, the name that Python has for the function`,
    );
  }
  const text = textOf(fn);
  if (text !== undefined) return text;
  throw refusal(
    `function "${name}" has no source text (it is bound, a proxy, or built in), so its entries cannot be told from those of a changed one: ${REMEDY}`,
  );
}

/** @param {string} message */
const refusal = (message) => new ConfigError("ERR_CACHEREF_NAME", message);

/**
 * @param {string} name
 * @param {string} other
 */
function renamed(name, other) {
  return refusal(
    `functions "${name}" and "${other}" have the same text but for names that a bundler renames, and the next build may give each the name of the other: give each its own keyPrefix, or both the same one if they are to share entries`,
  );
}

/**
 * A text that no other process has.
 * @param {Context} context
 * @param {string} name
 */
function nonce(context, name) {
  try {
    return context.nonce();
  } catch {
    // Workers have no randomness at global scope.
    throw twoOfOneName(name, false);
  }
}

/** @param {Context} context */
function takenIn(context) {
  let names = taken.get(context);
  if (names === undefined) {
    names = { owners: new Map(), shapes: new Map() };
    taken.set(context, names);
  }
  return names;
}

/** What NODE_ENV says: bundlers put their own text in place of it. */
function nodeEnvironment() {
  try {
    return process.env.NODE_ENV;
  } catch {
    return undefined;
  }
}

/**
 * The line of the program that called `callee`, without what a reload adds to the address of a module; `undefined` where
 * the engine does not say.
 * @param {Function} callee
 */
function siteOf(callee) {
  const holder = /** @type {{ stack?: unknown }} */ ({});
  /** @type {any} */ (Error).captureStackTrace?.(holder, callee);
  if (typeof holder.stack !== "string") return undefined;
  const line = holder.stack.split("\n").find((line) => /^\s*at /.test(line));
  return line
    ?.trim()
    .slice("at ".length)
    .replace(/\?[^:)]*/, "");
}
