// @ts-check
/** A time limit for one piece of work. */

/** The longest time that a timer takes. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Resolves with the result of `work`, or, after `ms` milliseconds without one, with that of `expire`.
 * @template T
 * @param {PromiseLike<T>} work
 * @param {number} ms
 * @param {() => T} expire
 * @returns {Promise<T>}
 */
export function within(work, ms, expire) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(expire()), ms);
    const settle = (/** @type {(value: any) => void} */ act) => (/** @type {unknown} */ value) => {
      clearTimeout(timer);
      act(value);
    };
    work.then(settle(resolve), settle(reject));
  });
}
