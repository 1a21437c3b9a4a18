/** Starts the API: in memory, or on the Redis of REDIS_URL. */
import { EntityCache, MemoryBackend } from "cacheref";
import { rich } from "cacheref/rich";
import { Redis } from "ioredis";
import { makeApp } from "./app.js";
import { openDatabase } from "./database.js";
import { makeStore } from "./store.js";

const { REDIS_URL, PORT = "3000" } = process.env;
const client = REDIS_URL ? new Redis(REDIS_URL) : undefined;
// Orders have dates: with `rich` a hit has dates too, and no texts.
const cache = new EntityCache({ backend: client ?? new MemoryBackend(), prefix: "api:", ttl: "5m", ...rich });
const { db, count, close } = await openDatabase();
const app = makeApp(makeStore(cache, db), () => ({ ...cache.stats(), statements: count.statements }));

console.log(`${await app.listen({ port: Number(PORT) })} (${client ? "on Redis" : "in memory"})`);

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await app.close();
    await cache.close();
    client?.disconnect();
    await close();
  });
}
