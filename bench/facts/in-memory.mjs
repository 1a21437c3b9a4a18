// The caches in memory that drop by a key, or by a table, behind the same verbs as those of one-level.mjs.
import { cachified } from "@epic-web/cachified";
import { QueryClient } from "@tanstack/query-core";
import { createCache as createCacheManager } from "cache-manager";
import { eq, getTableName } from "drizzle-orm";
import { Cache } from "drizzle-orm/cache/core";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/pg-proxy";
import { Keyv } from "keyv";
import { LRUCache } from "lru-cache";
import { TTL_SECONDS } from "./one-level.mjs";

/**
 * Who writes a row must know the keys, the tags or the tables of all calls that returned it.
 * @type {Record<string, () => object>}
 */
export const inMemory = {
  "lru-cache"() {
    /** @type {LRUCache<string, any>} */
    let cache;
    return {
      wrap(fn) {
        cache = new LRUCache({ max: 100, ttl: TTL_SECONDS * 1000, fetchMethod: (id) => fn(id) });
        return (id) => cache.fetch(String(id));
      },
      drop: (id) => cache.delete(String(id)),
    };
  },

  "cache-manager"() {
    const cache = createCacheManager({ ttl: TTL_SECONDS * 1000 });
    return {
      wrap: (fn) => (id) => cache.wrap(`rows:${id}`, () => fn(id)),
      drop: (id) => cache.del(`rows:${id}`),
    };
  },

  cachified() {
    const cache = new LRUCache({ max: 100 });
    return {
      wrap: (fn) => (id) =>
        cachified({ cache, key: `rows:${id}`, ttl: TTL_SECONDS * 1000, getFreshValue: () => fn(id) }),
      drop: (id) => cache.delete(`rows:${id}`),
    };
  },

  "TanStack Query"() {
    const client = new QueryClient();
    return {
      wrap: (fn) => (id) =>
        client.fetchQuery({ queryKey: ["rows", id], queryFn: () => fn(id), staleTime: TTL_SECONDS * 1000 }),
      drop: (id) => client.invalidateQueries({ queryKey: ["rows", id] }),
    };
  },

  Drizzle() {
    const table = pgTable("rows", { id: integer("id"), version: integer("version") });
    /** @type {import("drizzle-orm/pg-proxy").PgRemoteDatabase} */
    let db;
    return {
      wrap(fn) {
        const query = async (_sql, [id]) => ({ rows: (await fn(id)).map((row) => [row.id, row.version]) });
        db = drizzle(query, { cache: new TableCache() });
        return (id) => db.select().from(table).where(eq(table.id, id)).$withCache();
      },
      drop: () => db.$cache.invalidate({ tables: table }),
    };
  },
};

/** A cache for Drizzle, after the example in its documentation: it knows which queries have read a table. */
class TableCache extends Cache {
  #values = new Keyv();
  /** @type {Map<string, Set<string>>} */
  #keys = new Map();

  strategy() {
    return /** @type {const} */ ("explicit");
  }

  get(key) {
    return this.#values.get(key);
  }

  async put(key, rows, tables) {
    await this.#values.set(key, rows, TTL_SECONDS * 1000);
    for (const table of tables) this.#keys.set(table, (this.#keys.get(table) ?? new Set()).add(key));
  }

  // Drizzle calls it without `this`.
  onMutate = async ({ tables = [] }) => {
    for (const table of [tables].flat()) {
      const name = typeof table === "string" ? table : getTableName(table);
      for (const key of this.#keys.get(name) ?? []) await this.#values.delete(key);
      this.#keys.delete(name);
    }
  };
}
