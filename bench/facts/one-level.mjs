// The caches that are compared, each behind the same few verbs, set up as its documentation says for a shared Redis.
//
// `wrap(fn)` gives a cached function of one id whose result is a list of rows; `drop(id)` is what the library offers to
// drop the calls whose result holds the row with that id.
import KeyvRedis from "@keyv/redis";
import { createCache } from "async-cache-dedupe";
import { BentoCache, bentostore } from "bentocache";
import { redisDriver } from "bentocache/drivers/redis";
import { Cacheable } from "cacheable";
import { GroupLoader, RedisGroupCache } from "layered-loader";
import { defineCachedFunction } from "ocache";
import { createClient } from "redis";
import { EntityCache } from "../../js/entries/node.js";

export const TTL_SECONDS = 60;

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

  ocache: (client) => rowsOfOcache(redisStorage(client)),

  "node-redis"(_client, url) {
    const client = createClient({ url, RESP: 3, clientSideCache: { ttl: TTL_SECONDS * 1000, maxEntries: 1000 } });
    client.on("error", () => {});
    const opened = client.connect();
    return {
      // It caches commands; the function that they stand for is called by hand.
      wrap: (fn) => async (id) => {
        await opened;
        const cached = await client.get(`rows:${id}`);
        if (cached !== null) return JSON.parse(cached);
        const rows = await fn(id);
        await client.set(`rows:${id}`, JSON.stringify(rows), { EX: TTL_SECONDS });
        return rows;
      },
      drop: (id) => client.del(`rows:${id}`),
      close: () => client.destroy(),
    };
  },
};

/** What ocache asks of a store. @param {import("ioredis").Redis} client */
export const redisStorage = (client) => ({
  get: async (key) => JSON.parse((await client.get(key)) ?? "null"),
  set: (key, value, { ttl } = {}) =>
    value === null ? client.del(key) : client.set(key, JSON.stringify(value), "EX", Math.ceil(ttl ?? TTL_SECONDS)),
});

/** ocache on a storage. It has no tags: who writes must know each call. */
export function rowsOfOcache(storage) {
  /** @type {ReturnType<typeof defineCachedFunction>} */
  let rows;
  return {
    wrap(fn) {
      rows = defineCachedFunction(fn, { name: "rows", getKey: String, maxAge: TTL_SECONDS, swr: false, storage });
      return rows;
    },
    drop: (id) => rows.invalidate(id),
  };
}

function cacheref(client, options) {
  const cache = new EntityCache({ backend: client, prefix: "app:", ttl: TTL_SECONDS, logger: silent, ...options });
  return {
    wrap: (fn) => cache("row", { keyPrefix: "rows" })(fn),
    drop: (id) => cache.invalidateEntity("row", id),
  };
}

const nothing = () => {};
export const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
