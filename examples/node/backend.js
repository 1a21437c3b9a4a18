/** The cache of the demo: in memory, or on the Redis that is named. */
import { EntityCache } from "cacheref";
import { Redis } from "ioredis";

const PREFIX = "app:";

/** @param {string | undefined} url */
export async function openCache(url) {
  if (!url) {
    const cache = new EntityCache({ prefix: PREFIX });
    return { cache, where: "in memory", isShared: false, close: () => cache.close() };
  }
  const client = await connect(url);
  const cache = new EntityCache({ backend: client, prefix: PREFIX });
  return {
    cache,
    isShared: true,
    where: `on Redis, keys below "${PREFIX}"`,
    async close() {
      await cache.close();
      await client.quit();
    },
  };
}

/** A client that is connected, or one line that says what to do. */
async function connect(url) {
  if (!/^rediss?:\/\//.test(url)) stop(`REDIS_URL must look like redis://localhost:6379, got ${JSON.stringify(url)}`);
  const client = new Redis(url, { lazyConnect: true, connectTimeout: 3000, retryStrategy: null });
  client.on("error", () => {}); // told below, once
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    stop(
      `no Redis answers at ${new URL(url).host} (${error.message}); start one, or leave REDIS_URL empty to run in memory`,
    );
  }
  return client;
}

/** Ends the program with one line. */
export function stop(message) {
  console.error(`demo: ${message}`);
  process.exit(1);
}
