// The caches that keep values in memory in front of a shared Redis, each told of invalidations as its documentation says.
// Behind the same verbs as those of one-level.mjs; `start` connects, where connecting is a step of its own.
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import { Redis } from "ioredis";
import { createGroupNotificationPair, GroupLoader, RedisGroupCache } from "layered-loader";
import { composeStorage, createMemoryStorage } from "ocache";
import { EntityCache } from "../../js/entries/node.js";
import { peers, redisStorage, rowsOfOcache, silent, TTL_SECONDS } from "./one-level.mjs";

const TTL_MS = TTL_SECONDS * 1000;

/** @param {string} url */
const connect = (url) => new Redis(url).on("error", () => {});

/** @type {Record<string, (url: string) => any>} */
export const twoLevel = {
  "cacheref, near"(url) {
    const cache = new EntityCache({
      backend: connect(url),
      prefix: "app:",
      ttl: TTL_SECONDS,
      logger: silent,
      near: true,
    });
    return {
      wrap: (fn) => cache("row", { keyPrefix: "rows" })(fn),
      drop: (id) => cache.invalidateEntity("row", id),
    };
  },

  bentocache(url) {
    const { hostname: host, port } = new URL(url);
    const cache = new BentoCache({
      default: "both",
      stores: {
        both: bentostore({ prefix: "app" })
          .useL1Layer(memoryDriver({ maxItems: 1000 }))
          .useL2Layer(redisDriver({ connection: connect(url) }))
          .useBus(redisBusDriver({ connection: { host, port: Number(port) } })),
      },
    });
    return {
      wrap: (fn) => (id) =>
        cache.getOrSet({
          key: `rows:${id}`,
          ttl: TTL_MS,
          factory: async (context) => {
            const rows = await fn(id);
            context.setTags(rows.map((row) => `row:${row.id}`));
            return rows;
          },
        }),
      drop: (id) => cache.deleteByTag({ tags: [`row:${id}`] }),
    };
  },

  "layered-loader"(url) {
    const { publisher, consumer } = createGroupNotificationPair({
      channel: "rows",
      publisherRedis: connect(url),
      consumerRedis: connect(url),
    });
    /** @type {GroupLoader<any>} */
    let loader;
    return {
      wrap(fn) {
        loader = new GroupLoader({
          inMemoryCache: { cacheType: "lru-map", ttlInMsecs: TTL_MS, maxGroups: 100, maxItemsPerGroup: 100 },
          asyncCache: new RedisGroupCache(connect(url), { json: true, ttlInMsecs: TTL_MS, prefix: "app" }),
          notificationConsumer: consumer,
          notificationPublisher: publisher,
          dataSources: [{ name: "rows", getFromGroup: (id) => fn(id), getManyFromGroup: async () => [] }],
        });
        return (id) => loader.get(String(id), `row:${id}`);
      },
      start: () => loader.init(),
      drop: (id) => loader.invalidateCacheForGroup(`row:${id}`),
    };
  },

  "node-redis": (url) => peers["node-redis"](undefined, url),

  ocache: (url) => rowsOfOcache(composeStorage([createMemoryStorage(), redisStorage(connect(url))])),
};
