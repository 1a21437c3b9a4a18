// @ts-check
/** What is stored under a prefix, on Redis or Workers KV, read key by key. */
import { escapeGlob } from "../remote/connections/glob.js";
import { concern, functionOf, patterns } from "../remote/protocol/concerns.js";
import { isMarkIndex, Layout, readMark } from "../remote/protocol/layout.js";
import { readRegistry } from "../remote/protocol/leases.js";

/** @typedef {{ functions: Record<string, { entries: number, bytes?: number }>, types: Record<string, TypeSum>, log?: { entries: number }, near?: import("../remote/protocol/leases.js").Held[] }} Figures */
/** @typedef {{ entities: number, members: number, largest: string, most: number }} TypeSum */

/** What both servers have in common. A subclass reads what its server can say about keys. */
export class Contents {
  /**
   * @param {import("./session.js").Session["backend"]} backend
   * @param {string} prefix
   */
  constructor(backend, prefix) {
    this.backend = backend;
    this.prefix = prefix;
  }

  /**
   * The cache keys, page by page, each once.
   * @param {string} [name] of one function
   * @returns {AsyncGenerator<string[]>}
   */
  async *entries(name) {
    for await (const page of this.scan(name === undefined ? patterns.calls : patterns.callsOf(name))) {
      yield page.filter((key) => isEntry(key) && (name === undefined || this.#functionOf(key) === name));
    }
  }

  /** The cache keys of the calls that returned a list of a type. @param {string} type */
  async list(type) {
    const members = (await this.backend.smembers(this.prefix + concern.list(type))).filter(isEntry);
    const lefts = await this.backend.connection.send(members.map((key) => ["pttl", [key]]));
    return members.filter((_, index) => Number(lefts[index]) !== -2);
  }

  /** @returns {Promise<Figures>} */
  async figures() {
    /** @type {Map<string, { entries: number, bytes?: number }>} */
    const functions = new Map();
    for await (const page of this.entries()) {
      const sizes = await this.sizes(page);
      for (const [index, key] of page.entries()) {
        const name = this.#functionOf(key);
        const sum = functions.get(name) ?? { entries: 0 };
        sum.entries += 1;
        if (sizes !== undefined) sum.bytes = (sum.bytes ?? 0) + sizes[index];
        functions.set(name, sum);
      }
    }
    /** @type {Map<string, TypeSum>} */
    const types = new Map();
    for (const [entity, size] of await this.indexes()) {
      const type = entity.slice(0, entity.indexOf(":"));
      const sum = types.get(type) ?? { entities: 0, members: 0, largest: "", most: 0 };
      sum.entities += 1;
      sum.members += size;
      if (size > sum.most) Object.assign(sum, { largest: entity.slice(type.length + 1), most: size });
      types.set(type, sum);
    }
    return { functions: byName(functions), types: byName(types) };
  }

  /**
   * The keys that match a pattern under the prefix, each once. A server's own scan may give a key twice.
   * @param {string} pattern
   * @returns {AsyncGenerator<string[]>}
   */
  async *scan(pattern) {
    const seen = new Set();
    for await (const page of this.backend.connection.scan(escapeGlob(this.prefix) + pattern)) {
      const fresh = [...new Set(page)].filter((key) => !seen.has(key));
      for (const key of fresh) seen.add(key);
      yield fresh;
    }
  }

  /**
   * How many bytes each value has, if the server can say so without sending the value.
   * @param {string[]} _keys
   * @returns {Promise<number[] | undefined>}
   */
  async sizes(_keys) {
    return undefined;
  }

  /**
   * How many calls the index of each entity holds, by `type:id`.
   * @abstract
   * @returns {Promise<Map<string, number>>}
   */
  async indexes() {
    return new Map();
  }

  /** @param {string} key */
  #functionOf(key) {
    return functionOf(key.slice(this.prefix.length));
  }
}

export class RedisContents extends Contents {
  async figures() {
    const { connection } = this.backend;
    const { log, registry } = new Layout(this.prefix, connection);
    const [length, leases] = await connection.send([
      ["xlen", [log]],
      ["hgetall", [registry]],
    ]);
    const near = leases instanceof Error ? [] : readRegistry(leases, Date.now());
    return { ...(await super.figures()), log: { entries: Number(length) }, near };
  }

  /** @type {Contents["sizes"]} */
  async sizes(keys) {
    return (await this.backend.connection.send(keys.map((key) => ["strlen", [key]]))).map(Number);
  }

  async indexes() {
    const indexes = new Map();
    for await (const page of this.scan(patterns.entities)) {
      const sizes = await this.backend.connection.send(page.map((key) => ["scard", [key]]));
      for (const [i, key] of page.entries()) indexes.set(key.slice(this.prefix.length + 2), Number(sizes[i]));
    }
    return indexes;
  }
}

/** The end of a name that stands for one member of an index: a separator and the member (js/remote/connections/kv.js). */
const MEMBER = /\|[^|]{36}$/;

export class KVContents extends Contents {
  async indexes() {
    const indexes = new Map();
    for await (const page of this.scan(patterns.entities)) {
      for (const name of page) {
        const entity = name.slice(this.prefix.length + 2).replace(MEMBER, "");
        indexes.set(entity, (indexes.get(entity) ?? 0) + 1);
      }
    }
    return indexes;
  }
}

/** Whether a key is an entry, and not a mark that a store in progress keeps beside one. @param {string} key */
const isEntry = (key) => readMark(key) === undefined && !isMarkIndex(key);

/**
 * @template T
 * @param {Map<string, T>} map
 * @returns {Record<string, T>}
 */
const byName = (map) => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
