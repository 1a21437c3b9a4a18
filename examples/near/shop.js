// One process of a shop: it reads products, changes some, and reports how long the reads took.
import { EntityCache } from "cacheref";
import { Redis } from "ioredis";

const [mode, seconds] = process.argv.slice(2);
const PRODUCTS = 1000;
const READERS = 20;

const redis = new Redis(process.env.REDIS_URL ?? "redis://127.0.0.1:6379");
const cache = new EntityCache({ backend: redis, prefix: "shop:", near: mode === "near" });

// The "database": a price for each product, which both processes see.
const getProduct = cache("product", { keyPrefix: "getProduct" })(async (id) => ({
  id,
  price: Number((await redis.hget("shop-prices", String(id))) ?? 0),
}));
const raisePrice = cache.invalidates("product", { from: "args" })((id) => redis.hincrby("shop-prices", String(id), 1));

/** Few products are read often, most are read rarely. */
const popular = () => Math.floor(PRODUCTS ** Math.random());

const times = [];
let old = 0;
const end = performance.now() + Number(seconds) * 1000;
await Promise.all(
  Array.from({ length: READERS }, async () => {
    while (performance.now() < end) {
      const id = popular();
      if (Math.random() < 0.01) {
        const price = await raisePrice(id);
        // Prices only rise: another process may have raised it further meanwhile.
        if ((await getProduct(id)).price < price) old += 1;
      }
      for (let i = 0; i < 20; i++) {
        const begun = performance.now();
        await getProduct(id);
        times.push(performance.now() - begun);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }),
);

times.sort((a, b) => a - b);
const at = (share) => Math.round(times[Math.floor(times.length * share)] * 1000);
const nearHits = cache.stats().near?.hits ?? 0;
process.send({ calls: times.length, median: at(0.5), p99: at(0.99), nearHits, old });
await cache.close();
redis.disconnect();
process.disconnect();
