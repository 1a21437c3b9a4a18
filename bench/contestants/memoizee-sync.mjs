import memoizee from "memoizee";

/** `primitive` is its quickest way for numbers; without it objects are compared with `===`. No ttl and no bound. */
export function make() {
  return {
    wrap: (fn) => memoizee(fn, { primitive: true }),
    wrapByIdentity: (fn) => memoizee(fn),
  };
}
