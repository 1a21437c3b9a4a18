// @ts-check
/** A time limit for one piece of work. */

/**
 * What `work` gives; or, if that takes more than `ms` milliseconds, what `expire` gives.
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
