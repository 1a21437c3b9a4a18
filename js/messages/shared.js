// @ts-check
/**
 * What a process has once, however often this package is loaded: as an ES module and by `require`, by several bundles of
 * one server, from two folders of one version. The first copy makes it, the others take that.
 *
 * It is kept in a property of `globalThis` that bears the version: two versions share nothing. The calls are marked
 * as pure: a bundler drops those whose result is unused, and what is not made needs no place.
 */

/** The version of the package. scripts/pack.mjs compares it to the manifest. */
export const VERSION = "0.1.0";

const KEY = /* @__PURE__ */ Symbol.for(`cacheref@${VERSION}`);

/**
 * The thing of that name: made now, or by another copy before.
 * @template T
 * @param {string} name
 * @param {() => T} make
 * @returns {T}
 */
export function shared(name, make) {
  const things = /** @type {any} */ (globalThis)[KEY] ?? register();
  things[name] ??= make();
  return things[name];
}

/** Where `globalThis` is frozen each copy has its own. */
function register() {
  const value = Object.create(null);
  try {
    Object.defineProperty(globalThis, KEY, { value });
  } catch {}
  return value;
}
