// Backends in memory whose commands take a while to arrive and a while to answer.
import { readGlob } from "../../js/remote/connections/glob.js";

/**
 * A backend in a Map, each of whose commands takes a while to arrive and a while to answer.
 * @param {boolean} canReap whether it has the optional methods by which dead members are taken out
 * @param {(command: string) => Promise<unknown>} way
 */
export function slowBackend(canReap, way) {
  const values = new Map();
  const sets = new Map();
  const membersOf = (/** @type {string} */ key) => sets.get(key) ?? new Set();
  /** @type {Record<string, (...args: any[]) => any>} */
  const commands = {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => void values.set(key, value),
    setex: (key, _seconds, value) => void values.set(key, value),
    delete: (...keys) => keys.filter((key) => values.delete(key) || sets.delete(key)).length,
    keys: (pattern) => [...values.keys(), ...sets.keys()].filter(readGlob(pattern).matches),
    sadd: (key, ...members) => void sets.set(key, new Set([...membersOf(key), ...members])),
    smembers: (key) => [...membersOf(key)],
    expire: () => 1,
  };
  if (canReap) {
    commands.srem = (key, ...members) => members.filter((member) => membersOf(key).delete(member)).length;
    commands.exists = (...keys) => keys.filter((key) => values.has(key)).length;
    commands.srandmember = (key, count) => [...membersOf(key)].slice(0, count);
  }
  return Object.fromEntries(
    Object.entries(commands).map(([name, act]) => [
      name,
      async (/** @type {any[]} */ ...args) => {
        await way(name);
        const answer = act(...args);
        await way("");
        return answer;
      },
    ]),
  );
}

/**
 * A KV namespace in one isolate: what is written is seen at once, and each call takes a while.
 * @param {() => Promise<unknown>} way
 * @param {Map<string, { value: any, metadata: any }>} [entries] what it holds
 */
export function slowNamespace(way, entries = new Map()) {
  const onTheWay = async (/** @type {() => any} */ act) => {
    await way();
    const answer = act();
    await way();
    return answer;
  };
  const read = (/** @type {string} */ key) => entries.get(key) ?? { value: null, metadata: null };
  return {
    get: (/** @type {string} */ key) => onTheWay(() => read(key).value),
    getWithMetadata: (/** @type {string} */ key) => onTheWay(() => read(key)),
    put: (/** @type {string} */ key, /** @type {any} */ value, /** @type {any} */ options) =>
      onTheWay(() => void entries.set(key, { value, metadata: options?.metadata ?? null })),
    delete: (/** @type {string} */ key) => onTheWay(() => void entries.delete(key)),
    list: ({ prefix = "", limit = 1000, cursor = "" } = {}) =>
      onTheWay(() => {
        const names = [...entries.keys()].filter((key) => key.startsWith(prefix) && key > cursor).sort();
        const page = names.slice(0, limit);
        return {
          keys: page.map((name) => ({ name, metadata: read(name).metadata })),
          list_complete: page.length === names.length,
          cursor: page.at(-1),
        };
      }),
  };
}
