// @ts-check
/** The source text of a function. */

const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

/**
 * The source text of a function; `undefined` where the engine has none: of a bound function, a proxy, a built-in.
 * @param {Function} fn
 */
export function sourceOf(fn) {
  const source = Function.prototype.toString.call(fn);
  return NATIVE.test(source) ? undefined : source;
}
