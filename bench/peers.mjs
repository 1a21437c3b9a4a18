// The caches that are compared, each behind the same few verbs, set up as its documentation says for a shared Redis.
//
// `wrap(fn)` gives a cached function of one id whose result is a list of rows; `drop(id)` is what the library offers to
// drop the calls whose result holds the row with that id.
import { cachified } from "@epic-web/cachified";
import KeyvRedis from "@keyv/redis";
import { QueryClient } from "@tanstack/query-core";
import { createCache } from "async-cache-dedupe";
import { BentoCache, bentostore } from "bentocache";
import { redisDriver } from "bentocache/drivers/redis";
import { createCache as createCacheManager } from "cache-manager";
import { Cacheable } from "cacheable";
import { GroupLoader, RedisGroupCache } from "layered-loader";
import { LRUCache } from "lru-cache";
import { EntityCache } from "../js/entries/node.js";

const TTL_SECONDS = 60;

/** @type {Record<string, (client: import("ioredis").Redis, url: string) => object>} */
export const peers = {
  cacheref: (client) => cacheref(client, {}),
  "cacheref, strict": (client) => cacheref(client, { strict: true }),

  "async-cache-dedupe"(client) {
    const cache = createCache({
      ttl: TTL_SECONDS,
      storage: { type: "redis", options: { client, invalidation: { referencesTTL: TTL_SECONDS } } },
    });
    return {
      wrap(fn) {
        cache.define("rows", { references: (_id, _key, rows) => rows.map((row) => `row:${row.id}`) }, fn);
        return (id) => cache.rows(id);
      },
      drop: (id) => cache.invalidateAll([`row:${id}`]),
    };
  },

  bentocache(client) {
    const cache = new BentoCache({
      default: "redis",
      stores: { redis: bentostore({ prefix: "app" }).useL2Layer(redisDriver({ connection: client })) },
    });
    return {
      wrap: (fn) => (id) =>
        cache.getOrSet({
          key: `rows:${id}`,
          ttl: TTL_SECONDS * 1000,
          factory: async (context) => {
            const rows = await fn(id);
            context.setTags(rows.map((row) => `row:${row.id}`));
            return rows;
          },
        }),
      drop: (id) => cache.deleteByTag({ tags: [`row:${id}`] }),
    };
  },

  cacheable(_client, url) {
    const store = new KeyvRedis(url, { namespace: "app" });
    const cache = new Cacheable({ primary: store, tags: true, ttl: TTL_SECONDS * 1000 });
    return {
      // Its own wrap() cannot set tags.
      wrap: (fn) => async (id) => {
        const cached = await cache.get(`rows:${id}`);
        if (cached !== undefined) return cached;
        const rows = await fn(id);
        await cache.set(`rows:${id}`, rows, { tags: rows.map((row) => `row:${row.id}`) });
        return rows;
      },
      drop: (id) => cache.tags.invalidateTag(`row:${id}`),
      close: () => cache.disconnect(),
    };
  },

  "layered-loader"(client) {
    /** @type {GroupLoader} */
    let loader;
    return {
      // A call belongs to one group, so that only one row of a list could drop it.
      wrap(fn) {
        loader = new GroupLoader({
          asyncCache: new RedisGroupCache(client, { json: true, ttlInMsecs: TTL_SECONDS * 1000, prefix: "app" }),
          dataSources: [{ name: "rows", getFromGroup: (id) => fn(id), getManyFromGroup: async () => [] }],
        });
        return (id) => loader.get(String(id), `row:${id}`);
      },
      drop: (id) => loader.invalidateCacheForGroup(`row:${id}`),
    };
  },
};

function cacheref(client, options) {
  const cache = new EntityCache({ backend: client, prefix: "app:", ttl: TTL_SECONDS, logger: silent, ...options });
  return {
    wrap: (fn) => cache("row", { keyPrefix: "rows" })(fn),
    drop: (id) => cache.invalidateEntity("row", id),
  };
}

const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/**
 * Those that drop by key, in memory: who writes a row must know the keys of all calls that returned it.
 * @type {Record<string, () => object>}
 */
export const byKey = {
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
};
