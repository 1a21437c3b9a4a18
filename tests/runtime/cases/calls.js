import { counted, equal, gate, ok, recorder } from "../expect.js";

export function callCases({ cache: readyMade, EntityCache, MemoryBackend, manualClock }) {
  return [
    {
      name: "the ready-made cache needs nothing",
      async run() {
        const load = counted(async (id) => ({ id }));
        const get = readyMade("user", { keyPrefix: "ready-made" })(load);
        await get(1);
        equal(await get(1), { id: 1 });
        equal(load.count, 1, "runs");
        await readyMade.invalidateAll();
      },
    },
    {
      name: "an instance is callable, and of its class",
      run() {
        class Own extends EntityCache {}
        const own = new Own();
        ok(typeof own === "function" && own instanceof Own && own instanceof EntityCache, "instanceof");
        ok(typeof own("user") === "function", "callable");
      },
    },
    {
      name: "this and all arguments reach the function unchanged, and what it answers at once becomes a promise",
      async run() {
        const cache = new EntityCache();
        const object = { deep: {} };
        const seen = [];
        const self = {
          get: cache()(function get(...args) {
            seen.push(this, ...args);
            return 1;
          }),
        };
        const promise = self.get(object, undefined, 2);
        ok(promise instanceof Promise, "a promise");
        equal(await promise, 1);
        ok(seen[0] === self && seen[1] === object && seen.length === 4, "what the function got");
      },
    },
    {
      name: "every JSON value is a value, and undefined is not stored",
      async run() {
        for (const value of [null, 0, "", false, [], {}, "\ud800", 1e300, [[[null]]]]) {
          const load = counted(async () => value);
          const get = new EntityCache()()(load);
          await get();
          equal(await get(), value);
          equal(load.count, 1, `runs for ${JSON.stringify(value)}`);
        }
        const nothing = counted(async () => undefined);
        const get = new EntityCache()()(nothing);
        equal([await get(), await get()], [undefined, undefined]);
        equal(nothing.count, 2, "runs for undefined");
      },
    },
    {
      name: "callers cannot change what others get, unless values are shared",
      async run() {
        const load = async () => ({ list: [1] });
        const get = new EntityCache()()(load);
        const [first, second] = await Promise.all([get(), get()]);
        first.list.push(2);
        (await get()).list.push(3);
        equal([second, await get()], [{ list: [1] }, { list: [1] }]);
        const share = new EntityCache({ backend: new MemoryBackend({ values: "shared" }) })()(load);
        const shared = await share();
        ok((await share()) === shared, "one object");
      },
    },
    {
      name: "concurrent calls share one run, and an error reaches all of them as it is",
      async run() {
        const { open, passed } = gate();
        const error = new Error("no");
        const load = counted(async () => {
          await passed;
          throw error;
        });
        const get = new EntityCache()()(load);
        const calls = [get(1), get(1), get(2)].map((call) => call.catch((caught) => caught === error));
        open();
        equal(await Promise.all(calls), [true, true, true]);
        equal(load.count, 2, "runs");
      },
    },
    {
      name: "a wrapped function can be peeked at, refreshed, dropped and unwrapped",
      async run() {
        const load = counted(async (id) => ({ id, run: load.count }));
        const cache = new EntityCache();
        const get = cache("user", { keyPrefix: "get" })(load);
        equal(await get.peek(1), undefined);
        await get(1);
        await get(2);
        equal(await get.peek(1), { id: 1, run: 1 });
        equal(await get.refresh(1), { id: 1, run: 3 });
        equal(await get(1), { id: 1, run: 3 });
        equal([await get.invalidate(1), await get.invalidate(1)], [true, false]);
        equal(await get.invalidateAll(), 1);
        ok(get.original === load, "the original");
      },
    },
    {
      name: "a method is decorated, by the function as well as by the language",
      async run() {
        const cache = new EntityCache();
        const load = counted(async function (id) {
          return this.base + id;
        });
        class Api {
          base = 10;
        }
        Api.prototype.get = cache()(load, { kind: "method", name: "get" });
        const api = new Api();
        equal([await api.get(1), await api.get(1)], [11, 11]);
        equal(load.count, 1, "runs");
      },
    },
    {
      name: "enabled: false and skip leave the function as it was",
      async run() {
        const load = counted(async (id) => id);
        const off = new EntityCache({ enabled: false })()(load);
        await off(1);
        await off(1);
        const skipping = new EntityCache()({ skip: (id) => id < 0 })(load);
        for (const id of [-1, -1, 1, 1]) await skipping(id);
        equal(load.count, 5, "runs");
      },
    },
    {
      name: "an entry is a hit until its ttl and not after, whatever says the ttl",
      async run() {
        for (const [options, result, ttlMs] of [
          [{ ttl: 60 }, 1, 60_000],
          [{ ttl: "5m" }, 1, 300_000],
          [{ ttl: (value, [id]) => value + id }, 10, 11_000],
          [{ ttl: 60, nullTtl: "2s" }, null, 2000],
        ]) {
          const clock = manualClock();
          const load = counted(async () => result);
          const get = new EntityCache({ clock })({ ...options, keyPrefix: "get" })(load);
          await get(1);
          clock.advance(ttlMs - 1);
          await get(1);
          equal(load.count, 1, `runs 1 ms before ${ttlMs}`);
          clock.advance(1);
          await get(1);
          equal(load.count, 2, `runs at ${ttlMs}`);
        }
      },
    },
    {
      name: "a ttl of 0 stores nothing, and one of Infinity for good",
      async run() {
        const clock = manualClock();
        const load = counted(async () => 1);
        const cache = new EntityCache({ clock });
        const never = cache({ ttl: 0, keyPrefix: "never" })(load);
        await never();
        await never();
        equal(load.count, 2, "runs with 0");
        const ever = cache({ ttl: Number.POSITIVE_INFINITY, keyPrefix: "ever" })(load);
        await ever();
        clock.advance(1e13);
        await ever();
        equal(load.count, 3, "runs with Infinity");
      },
    },
    {
      name: "a stale entry is served while it is refreshed, and when the function fails",
      async run() {
        const clock = manualClock();
        const cache = new EntityCache({ clock });
        const load = counted(async () => load.count);
        const revalidated = cache({ ttl: 10, staleWhileRevalidate: 10, keyPrefix: "swr" })(load);
        await revalidated();
        clock.advance(15_000);
        equal(await revalidated(), 1, "the stale value");
        for (let i = 0; i < 10; i++) await Promise.resolve();
        equal(await revalidated(), 2, "the fresh value");

        const failing = counted(async () => {
          if (failing.count > 1) throw new Error("down");
          return "kept";
        });
        const kept = cache({ ttl: 10, staleIfError: 60, keyPrefix: "error" })(failing);
        await kept();
        clock.advance(30_000);
        equal(await kept(), "kept", "in place of the error");
        clock.advance(60_000);
        equal(await kept().catch((error) => error.message), "down", "the error in the end");
      },
    },
    {
      name: "events and counts tell what happened",
      async run() {
        const cache = new EntityCache();
        const events = [];
        for (const name of ["hit", "miss", "store", "invalidate"]) cache.on(name, () => events.push(name));
        const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id }));
        await get(1);
        await get(1);
        await cache.invalidateEntity("user", 1);
        await get.invalidate(1);
        await get.invalidateAll();
        equal(events, ["miss", "store", "hit", "invalidate", "invalidate", "invalidate"]);
        const { hits, misses, hitRatio, dropped } = cache.stats();
        equal({ hits, misses, hitRatio, dropped }, { hits: 1, misses: 1, hitRatio: 0.5, dropped: 1 });
      },
    },
    {
      name: "what is logged names keys and never what was cached",
      async run() {
        const { lines, logger } = recorder();
        const cache = new EntityCache({ debug: true, logger });
        const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id, secret: "hunter2" }));
        await get(1);
        await get(1);
        await cache.invalidateEntity("user", 1);
        ok(
          lines.debug.some((line) => line.includes("hit") && line.includes("c:get:[1]")),
          "a hit with its key",
        );
        ok(
          lines.info.some((line) => line.includes("user 1")),
          "the invalidation",
        );
        ok(!JSON.stringify(lines).includes("hunter2"), "no payload");
      },
    },
    {
      name: "the least recently used entries go first",
      async run() {
        const load = counted(async (id) => ({ id }));
        const backend = new MemoryBackend({ maxEntries: 3 });
        const get = new EntityCache({ backend })("user", { keyPrefix: "get" })(load);
        for (const id of [1, 2, 3, 1, 4]) await get(id);
        load.count = 0;
        for (const id of [1, 3, 4]) await get(id);
        equal(load.count, 0, "runs for those used last");
        await get(2);
        equal(load.count, 1, "runs for the one that went");
      },
    },
    {
      name: "a serializer of one's own, synchronous or not, to text or to bytes",
      async run() {
        const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
        const encode = (value) => encoder.encode(JSON.stringify([...value]));
        const decode = (bytes) => new Set(JSON.parse(decoder.decode(bytes)));
        for (const [serializer, deserializer] of [
          [encode, decode],
          [async (value) => encode(value), async (bytes) => decode(bytes)],
        ]) {
          const load = counted(async () => new Set([1, 2]));
          const get = new EntityCache({ serializer, deserializer })({ keyPrefix: "get" })(load);
          await get();
          const value = await get();
          ok(value instanceof Set && value.has(2), "a set");
          equal(load.count, 1, "runs");
        }
      },
    },
  ];
}
