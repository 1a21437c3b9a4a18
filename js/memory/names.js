// @ts-check
/**
 * Looks around in a store in memory: which name a slot has, and which slot a name has. For tests and for people: to find
 * a cached call by its name takes a look at all calls of its function.
 *
 * | name | what it names |
 * |---|---|
 * | `{prefix}c:{function}:{arguments}` | a cached call |
 * | `{prefix}e:{type}:{id}` | the index of an entity |
 * | `{prefix}l:{type}` | the index of the lists of a type |
 * | `{prefix}t:{type}` | the index of the calls that depend on a type |
 * | any other | a key that was set by hand |
 */
import { NONE } from "../boundary/numbers.js";
import { headOf, keyOfBytes } from "../functions/definition.js";
import { matcherOf } from "./glob.js";

/** @typedef {import("./slots.js").Slots} Slots */

/** The name of an index without its prefix: of a list or of dependents, or of an entity. */
const INDEX = /^(?:([lt]):(.*)|e:([^:]*):(.*))$/s;

export class Names {
  #slots;

  /** @param {Slots} slots */
  constructor(slots) {
    this.#slots = slots;
  }

  /**
   * The slot of a key, of a cached call too, or NONE.
   * @param {string} name well-formed, as the other texts are
   * @param {number} now
   */
  find(name, now) {
    const slots = this.#slots;
    const byHand = slots.findByHand(name, now);
    if (byHand !== NONE) return byHand;
    const isOf = (/** @type {import("./slots.js").Shown} */ { keyRules }) => name.startsWith(headOf(keyRules));
    if (!slots.opened.some(isOf)) return NONE;
    for (let slot = 0; slot < slots.count; slot++) {
      const described = slots.describe(slot, now);
      if (described?.definition !== undefined && isOf(described.definition) && nameOf(described) === name) return slot;
    }
    return NONE;
  }

  /**
   * Looks at up to `count` slots from a cursor on, and returns the names there that match the pattern. A scan begins with
   * the cursor 0. It visits all slots of entries, then all slots of entities.
   * @param {string} pattern
   * @param {number} cursor
   * @param {number} count
   * @param {number} now
   * @returns {{ cursor: number, keys: string[] }}
   */
  scan(pattern, cursor, count, now) {
    const slots = this.#slots;
    const isWanted = matcherOf(pattern);
    const entries = slots.count;
    const all = entries + slots.entityCount;
    // Cursors in the entities are negative and count from -1 down: there may be more entries by the next call.
    const start = cursor < 0 ? entries - cursor - 1 : cursor;
    const end = Math.min(start + count, all);
    const keys = [];
    for (let at = start; at < end; at++) {
      const described = at < entries ? slots.describe(at, now) : undefined;
      const name = at < entries ? described && nameOf(described) : slots.indexName(at - entries, now);
      if (name !== undefined && isWanted(name)) keys.push(name);
    }
    if (end >= all) return { cursor: 0, keys };
    return { cursor: end >= entries ? entries - end - 1 : end, keys };
  }

  /**
   * The keys of the cached calls that an index lists.
   * @param {string} name
   * @param {number} now
   * @returns {string[]}
   */
  members(name, now) {
    for (const prefix of new Set(this.#slots.opened.map(({ keyRules }) => keyRules.prefix))) {
      const index = name.startsWith(prefix) ? INDEX.exec(name.slice(prefix.length)) : null;
      if (index === null) continue;
      const [, kind, listed, type, id] = index;
      return this.#described(prefix, listed ?? type, id, now, kind === "t").map(nameOf);
    }
    return [];
  }

  /**
   * The cached calls that contain an entity.
   * @param {string} prefix
   * @param {string} type
   * @param {string} id
   * @param {number} now
   * @returns {{ key: string, function: string, ageMs: number, ttlMs?: number }[]}
   */
  explain(prefix, type, id, now) {
    return this.#described(prefix, type, id, now).map((described) => {
      const { ageMs, freshForMs } = described;
      const call = { key: nameOf(described), function: described.definition?.name ?? "", ageMs };
      return freshForMs === Number.POSITIVE_INFINITY ? call : { ...call, ttlMs: Math.trunc(freshForMs) };
    });
  }

  /**
   * What is in the slots of the calls that contain an entity, or without an id are a list of the type.
   * @param {string} prefix
   * @param {string} type
   * @param {string | undefined} id
   * @param {number} now
   * @param {boolean} [isDependent] whether those that depend on the type are meant
   */
  #described(prefix, type, id, now, isDependent = false) {
    return this.#slots.tracked(prefix, type, id, isDependent).flatMap((slot) => this.#slots.describe(slot, now) ?? []);
  }
}

/**
 * The name of the value in a slot: as it was set by hand, or the cache key of a call.
 * @param {import("./slots.js").Described} described
 */
function nameOf({ definition, key }) {
  return definition === undefined ? decoder.decode(key) : keyOfBytes(definition, key);
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
