// @ts-check
/** What all caches of this process over one client and prefix share. */

/**
 * By client, then by prefix.
 * @template T
 * @typedef {WeakMap<object, Map<string, T>>} PerPrefix
 */

/**
 * What there is for a client and a prefix, and whether it was made just now.
 * @template T
 * @param {PerPrefix<T>} all
 * @param {object} client
 * @param {string} prefix
 * @param {() => T} make
 */
export function sharedOf(all, client, prefix, make) {
  const byPrefix = all.get(client) ?? new Map();
  all.set(client, byPrefix);
  const known = byPrefix.get(prefix);
  const shared = known ?? make();
  byPrefix.set(prefix, shared);
  return { shared, isNew: known === undefined };
}
