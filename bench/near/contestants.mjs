// Caches with memory in front of a shared Redis, each as its documentation sets it up: node-redis tracks its keys on the
// server, bentocache and layered-loader send messages. `far` is cacheref on Redis alone.
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import Redis from "ioredis";
import { createNotificationPair, Loader, RedisCache } from "layered-loader";
import { BasicClientSideCache, createClient } from "redis";
import { EntityCache, MemoryBackend } from "../../js/entries/node.js";

const HOUR_MS = 3_600_000;
const MOST = 500_000;

/** @param {any} near */
const onRedis = (near) => async (port) => {
  const client = new Redis(port);
  const cache = new EntityCache({ backend: client, prefix: "bench:", operationTimeout: 60_000, near });
  let sent = 0;
  const { sendCommand } = client;
  const count = function (...args) {
    sent += 1;
    return sendCommand.apply(this, args);
  };
  return {
    /** How many commands some work sends. */
    async sentBy(work) {
      const before = sent;
      client.sendCommand = count;
      await work();
      client.sendCommand = sendCommand;
      return sent - before;
    },
    wrap: (fn) => cache("user", { keyPrefix: "load" })(fn),
    drop: (id) => cache.invalidateEntity("user", id),
    isServing: () => cache.stats().near?.isServing ?? true,
    isKept: (call, id) => call.peek(id),
    kept: () => cache.stats().near?.entries,
  };
};

const inMemory = (values) => async () => {
  const cache = new EntityCache({ backend: new MemoryBackend({ maxEntries: MOST, values }) });
  return { wrap: (fn) => cache("user", { keyPrefix: "load" })(fn), drop: (id) => cache.invalidateEntity("user", id) };
};

/** @type {Record<string, (port: number) => Promise<any>>} */
export const makers = {
  cacheref: onRedis({ maxEntries: MOST }),
  "cacheref-frozen": onRedis({ maxEntries: MOST, values: "frozen" }),
  far: onRedis(false),
  memory: inMemory("copy"),
  "memory-frozen": inMemory("frozen"),

  async bentocache(port) {
    const connection = { host: "127.0.0.1", port };
    const store = bentostore()
      .useL1Layer(memoryDriver({ maxItems: MOST }))
      .useL2Layer(redisDriver({ connection: new Redis(port) }))
      .useBus(redisBusDriver({ connection }));
    const cache = new BentoCache({ default: "two", stores: { two: store } });
    return {
      wrap: (fn) => (id) => cache.getOrSet({ key: `load:${id}`, ttl: HOUR_MS, factory: () => fn(id) }),
      drop: (id) => cache.delete({ key: `load:${id}` }),
    };
  },

  async "layered-loader"(port) {
    const { publisher, consumer } = createNotificationPair({
      channel: "bench",
      consumerRedis: new Redis(port),
      publisherRedis: new Redis(port),
    });
    let loader;
    return {
      async wrap(fn) {
        loader = new Loader({
          inMemoryCache: { cacheType: "lru-object", ttlInMsecs: HOUR_MS, maxItems: MOST },
          asyncCache: new RedisCache(new Redis(port), { json: true, ttlInMsecs: HOUR_MS, prefix: "load" }),
          dataSourceGetOneFn: (key) => fn(Number(key)),
          notificationConsumer: consumer,
          notificationPublisher: publisher,
        });
        await loader.init();
        return (id) => loader.get(`${id}`);
      },
      drop: (id) => loader.invalidateCacheFor(`${id}`),
    };
  },

  async "node-redis"(port) {
    const clientSideCache = new BasicClientSideCache({ ttl: 0, maxEntries: MOST, evictPolicy: "LRU" });
    const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP: 3, clientSideCache });
    await client.connect();
    return {
      wrap: (fn) => async (id) => {
        const text = await client.get(`load:${id}`);
        if (text !== null) return JSON.parse(text);
        const value = await fn(id);
        await client.set(`load:${id}`, JSON.stringify(value), { expiration: { type: "PX", value: HOUR_MS } });
        return value;
      },
      drop: (id) => client.del(`load:${id}`),
    };
  },
};
