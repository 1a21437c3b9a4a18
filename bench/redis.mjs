// The works of performance.md on Redis: node redis.mjs WORK CONTESTANT
//
// Server and client share one core (across cores a wake-up costs 40 µs here and hides everything); the bare client
// runs in the same process in alternating batches. Prints { figure, bare? } in nanoseconds.
import { execFileSync } from "node:child_process";
import Redis from "ioredis";
import { list, tagsOf, user } from "./data.mjs";
import { startRedis } from "./server.mjs";
import { FAN_OUT } from "./work.mjs";

const makers = {
  async cacheref(client) {
    const { EntityCache } = await import("../js/entries/node.js");
    const cache = new EntityCache({ backend: client, prefix: "bench:", operationTimeout: 60_000 });
    return {
      wrap: (fn) => cache("user", { keyPrefix: "load" })(fn),
      invalidate: (id) => cache.invalidateEntity("user", id),
      invalidateFunction: () => cache.invalidateFunction("load"),
    };
  },
  async "async-cache-dedupe"(client) {
    const { createCache } = await import("async-cache-dedupe");
    const cache = createCache({
      ttl: 3600,
      storage: { type: "redis", options: { client, invalidation: { referencesTTL: 3700 } } },
    });
    return {
      wrap(fn) {
        cache.define("load", { references: (_arg, _key, result) => tagsOf(result) }, fn);
        return (arg) => cache.load(arg);
      },
      invalidate: (id) => cache.invalidate("load", [`user:${id}`]),
      invalidateFunction: () => cache.clear("load"),
    };
  },
  async bentocache(client) {
    const { BentoCache, bentostore } = await import("bentocache");
    const { redisDriver } = await import("bentocache/drivers/redis");
    const cache = new BentoCache({
      default: "redis",
      stores: { redis: bentostore().useL2Layer(redisDriver({ connection: client })) },
    });
    return {
      wrap: (fn) => (arg) =>
        cache.getOrSet({
          key: `load:${arg}`,
          ttl: "1h",
          factory: async (context) => {
            const value = await fn(arg);
            context.setTags(tagsOf(value));
            return value;
          },
        }),
      invalidate: (id) => cache.deleteByTag({ tags: [`user:${id}`] }),
      invalidateFunction: () => cache.clear(),
    };
  },
};

const now = () => Number(process.hrtime.bigint());
const middle = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

/** The medians of `act` and of `bare`, in alternating batches. */
async function alternate(batches, size, act, bare) {
  const ours = [];
  const theirs = [];
  for (let batch = 0; batch < batches; batch += 1) {
    for (const [times, run] of [
      [ours, act],
      [theirs, bare],
    ]) {
      const begin = now();
      for (let index = 0; index < size; index += 1) await run(batch * size + index);
      times.push((now() - begin) / size);
    }
  }
  return { figure: middle(ours), bare: middle(theirs) };
}

/** A million keys of others, which nothing here concerns. */
async function crowd(client) {
  await client.eval("for i = 1, 1000000 do redis.call('SET', 'other:' .. i, 'x') end", 0);
}

const works = {
  async R1(contestant, client) {
    const call = contestant.wrap(async (id) => user(id));
    for (let id = 0; id < 200; id += 1) {
      await call(id);
      await client.set(`bare:${id}`, JSON.stringify(user(id)));
    }
    return alternate(
      31,
      400,
      (index) => call(index % 200),
      async (index) => JSON.parse(await client.get(`bare:${index % 200}`)),
    );
  },
  async R2b(contestant, client) {
    const ready = Array.from({ length: 20 }, (_, index) => list(index * 100));
    const call = contestant.wrap(async (id) => ready[id % 20]);
    return alternate(
      21,
      40,
      (index) => call(index),
      (index) => client.set(`bare:${index}`, JSON.stringify(ready[index % 20]), "EX", 3600),
    );
  },
  R3: (contestant, client) => invalidation(contestant, client, 100, 21),
  R3k: (contestant, client) => invalidation(contestant, client, 10_000, 3),
  /** Written as our calls would, which would take minutes. */
  async R3m(contestant, client) {
    for (let from = 0; from < 1_000_000; from += 10_000)
      await client.eval(
        "for i = ARGV[1], ARGV[1] + 9999 do local key = 'bench:c:load:[' .. i .. ']' redis.call('SET', key, 'x', 'EX', 3600) redis.call('SADD', 'bench:e:user:7', key) end",
        0,
        from,
      );
    await client.config("SET", "slowlog-log-slower-than", "500");
    await client.config("SET", "slowlog-max-len", "10000");
    await client.slowlog("RESET");
    const begin = now();
    await contestant.invalidate(7);
    return { figure: now() - begin, longestUs: await longest(client) };
  },
  async R6(contestant, client) {
    await crowd(client);
    const call = contestant.wrap(async (id) => user(id));
    for (let id = 0; id < 100; id += 1) await call(id);
    await client.config("SET", "slowlog-log-slower-than", "50");
    await client.config("SET", "slowlog-max-len", "1000");
    await client.slowlog("RESET");
    const begin = now();
    await contestant.invalidateFunction();
    return { figure: now() - begin, longestUs: await longest(client) };
  },
  /** A figure for each number of calls. */
  async R3F(contestant) {
    // The entity and the call are one number.
    const call = contestant.wrap(async (id) => user(Math.floor(id / 100_000)));
    const figures = [];
    for (const calls of FAN_OUT)
      figures.push(middle(await invalidations(contestant, call, calls, calls, calls > 1000 ? 3 : 15)));
    return figures;
  },
};

/** How long the server stood still for one command at most, since it was last asked. */
async function longest(client) {
  const entries = await client.slowlog("GET", 10_000);
  await client.slowlog("RESET");
  return Math.max(0, ...entries.map(([, , microseconds]) => microseconds));
}

async function invalidation(contestant, client, calls, rounds) {
  await crowd(client);
  const call = contestant.wrap(async () => user(7));
  await client.config("SET", "slowlog-log-slower-than", "50");
  await client.config("SET", "slowlog-max-len", "1000");
  let longestUs = 0;
  const times = await invalidations(contestant, call, 7, calls, rounds, {
    before: () => client.slowlog("RESET"),
    after: async () => {
      longestUs = Math.max(longestUs, await longest(client));
    },
  });
  return { figure: middle(times), longestUs };
}

/** The times that it takes to invalidate an entity, after so many calls that hold it were cached each time. */
async function invalidations(contestant, call, entity, calls, rounds, { before = () => {}, after = () => {} } = {}) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    for (let from = 0; from < calls; from += 100) {
      const count = Math.min(100, calls - from);
      await Promise.all(Array.from({ length: count }, (_, index) => call(entity * 100_000 + from + index)));
    }
    await before();
    const begin = now();
    await contestant.invalidate(entity);
    times.push(now() - begin);
    await after();
  }
  return times;
}

const [work, name] = process.argv.slice(2);
const port = await startRedis(0);
execFileSync("taskset", ["-cp", "0", String(process.pid)]);
const client = new Redis({ port, lazyConnect: true });
await client.connect();
console.log(JSON.stringify(await works[work](await makers[name](client), client)));
process.exit(0);
