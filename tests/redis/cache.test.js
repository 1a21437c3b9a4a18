// A cache on a real Redis: what its callers get, in one process and in two.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { makeCache } from "../helpers/cache.js";
import { counted, gate } from "../helpers/functions.js";
import { connectTo } from "../helpers/protocol.js";
import { startRedis } from "../helpers/redis.js";

/** @typedef {import("ioredis").Redis} Redis */

/** @type {Awaited<ReturnType<typeof startRedis>>} */
let server;
/** @type {Redis[]} */
let clients;
before(async () => {
  server = await startRedis();
  clients = [connectTo(server.port), connectTo(server.port)];
});
after(async () => {
  for (const client of clients) client.disconnect();
  await server.stop();
});

/** Two caches over connections of their own: two processes, as far as the server can tell. */
let a = makeCache({ get() {}, set() {}, setex() {}, delete() {}, keys() {}, sadd() {}, smembers() {}, expire() {} });
let b = a;
/** @param {object} [options] */
const makeBoth = (options) => {
  a = makeCache(clients[0], options);
  b = makeCache(clients[1], options);
};
beforeEach(async () => {
  await clients[0].flushall();
  makeBoth();
});
afterEach(() => Promise.all([a.close(), b.close()]));

/** The database that the functions read. */
let version = 1;
const user = async (/** @type {number} */ id) => ({ id, version });

test("a result is stored as the JSON that it is, and read by another process", async () => {
  const load = counted(user);
  assert.deepEqual(await a("user", { keyPrefix: "get" })(load)(1), { id: 1, version });
  assert.deepEqual(await b("user", { keyPrefix: "get" })(load)(1), { id: 1, version });
  assert.equal(load.runs, 1);
  assert.equal(await clients[0].get("app:c:get:[1]"), JSON.stringify({ id: 1, version }));
  assert.deepEqual(await clients[0].smembers("app:e:user:1"), ["app:c:get:[1]"]);
});

test("values that are false in JavaScript are values, and undefined is none", async () => {
  for (const value of [null, 0, "", false, [], {}]) {
    const load = counted(async () => value);
    const get = a({ keyPrefix: `value-${JSON.stringify(value)}` })(load);
    await get();
    assert.deepEqual(await get(), value);
    assert.equal(load.runs, 1);
  }
  const load = counted(async () => undefined);
  const get = a({ keyPrefix: "undefined" })(load);
  await get();
  assert.equal(await get(), undefined);
  assert.equal(load.runs, 2);
});

test("each way of invalidating drops what it names, in every process, and says how much that was", async () => {
  const load = counted(async (/** @type {number} */ id) => (id === 0 ? [] : { id }));
  const get = a("user", { keyPrefix: "get" })(load);
  const there = b("user", { keyPrefix: "get" })(load);
  const fill = () => Promise.all([get(0), get(1), get(2)]);
  await fill();
  assert.equal(await b.invalidateEntity("user", 1), 1);
  assert.equal(await b.invalidateEntity("user", [1, 2, 3]), 1);
  await fill();
  assert.equal(await b.invalidateLists("user"), 1);
  await fill();
  assert.equal(await b.invalidateFunction(there), 3);
  await fill();
  assert.equal(await b.invalidateFunction("get"), 3);
  await fill();
  assert.equal(await b.invalidateKey(there, 1), true);
  assert.equal(await b.invalidateKey("get", 1), false);
  assert.equal(await there.invalidate(2), true);
  await fill();
  assert.equal(await b.invalidateAll(), 3);
  assert.deepEqual(await clients[0].keys("app:*"), ["app:log"]);
});

describe("a run that an invalidation overtakes", () => {
  for (const [way, invalidate] of Object.entries({
    invalidateEntity: (/** @type {any} */ cache) => cache.invalidateEntity("user", 1),
    invalidateLists: (/** @type {any} */ cache) => cache.invalidateLists("user"),
    invalidateFunction: (/** @type {any} */ cache) => cache.invalidateFunction("get"),
    invalidateKey: (/** @type {any} */ cache) => cache.invalidateKey("get", 1),
    invalidateAll: (/** @type {any} */ cache) => cache.invalidateAll(),
  })) {
    for (const where of ["here", "elsewhere"]) {
      test(`is not stored, and nobody who comes later joins it (${way}, ${where})`, async () => {
        const started = gate();
        const go = gate();
        let runs = 0;
        const load = async (/** @type {number} */ id) => {
          const result = [{ id, run: ++runs }];
          if (runs === 1) {
            started.resolve(undefined);
            await go.promise;
          }
          return result;
        };
        const get = a("user", { keyPrefix: "get" })(load);
        const old = get(1);
        await started.promise;
        await invalidate(where === "here" ? a : b);
        assert.deepEqual(await get(1), [{ id: 1, run: 2 }]);
        go.resolve(undefined);
        assert.deepEqual(await old, [{ id: 1, run: 1 }]);
        assert.deepEqual(await get(1), [{ id: 1, run: 2 }]);
        assert.deepEqual(await b("user", { keyPrefix: "get" })(load)(1), [{ id: 1, run: 2 }]);
      });
    }
  }

  test("is joined when the invalidation cannot concern it", async () => {
    const started = gate();
    const go = gate();
    const load = counted(async (/** @type {number} */ id) => {
      started.resolve(undefined);
      await go.promise;
      return { id };
    });
    const get = a("user", { keyPrefix: "get" })(load);
    const first = get(1);
    await started.promise;
    await b.invalidateEntity("order", 1);
    await b.invalidateFunction("other");
    const second = get(1);
    setImmediate(() => go.resolve(undefined));
    const results = await Promise.all([first, second]);
    assert.deepEqual(results, [{ id: 1 }, { id: 1 }]);
    assert.notEqual(results[0], results[1]);
    assert.equal(load.runs, 1);
    assert.deepEqual(await get(1), { id: 1 });
    assert.equal(load.runs, 1);
  });
});

test("concurrent calls share one run, also of another turn of the event loop", async () => {
  const go = gate();
  const load = counted(async (/** @type {number} */ id) => {
    await go.promise;
    return { id };
  });
  const get = a("user", { keyPrefix: "get" })(load);
  const calls = Array.from({ length: 100 }, () => get(1));
  await clients[0].ping();
  calls.push(...Array.from({ length: 100 }, () => get(1)));
  await clients[0].ping();
  go.resolve(undefined);
  const results = await Promise.all(calls);
  assert.equal(load.runs, 1);
  assert.equal(new Set(results).size, 200, "each has a copy of its own");
});

test("the function's own error reaches every caller as it is, and is not stored", async () => {
  const error = new Error("not today");
  const load = counted(async () => {
    throw error;
  });
  const get = a("user", { keyPrefix: "get" })(load);
  for (const outcome of await Promise.allSettled([get(1), get(1)])) {
    assert.equal(/** @type {PromiseRejectedResult} */ (outcome).reason, error);
  }
  assert.equal(load.runs, 1);
  await assert.rejects(get(1), error);
  assert.equal(load.runs, 2);
});

test("peek looks without running, refresh runs whatever is stored", async () => {
  const load = counted(user);
  const get = a("user", { keyPrefix: "get" })(load);
  assert.equal(await get.peek(1), undefined);
  await get(1);
  version += 1;
  assert.deepEqual(await get.peek(1), { id: 1, version: version - 1 });
  assert.deepEqual(await get.refresh(1), { id: 1, version });
  assert.deepEqual(await get(1), { id: 1, version });
  assert.equal(load.runs, 2);
});

test("explain names the cached calls that hold an entity, and what they have left", async () => {
  const get = a("user", { keyPrefix: "get", ttl: 60 })(user);
  const forGood = a("user", { keyPrefix: "forGood", ttl: Number.POSITIVE_INFINITY })(user);
  await Promise.all([get(1), get(2), forGood(1)]);
  const calls = await b.explain("user", 1);
  assert.deepEqual(calls.map((/** @type {any} */ { key, function: name }) => [key, name]).sort(), [
    ["app:c:forGood:[1]", "forGood"],
    ["app:c:get:[1]", "get"],
  ]);
  const { ttlMs } = calls.find((/** @type {any} */ call) => call.function === "get");
  assert.ok(ttlMs > 50_000 && ttlMs <= 60_000);
  assert.equal(calls.find((/** @type {any} */ call) => call.function === "forGood").ttlMs, undefined);
  assert.deepEqual(await b.explain("user", 3), []);
});

describe("serializers", () => {
  const Bytes = {
    serializer: (/** @type {any} */ value) => new TextEncoder().encode(JSON.stringify(value)),
    deserializer: (/** @type {any} */ bytes) => JSON.parse(new TextDecoder().decode(bytes)),
  };

  test("may make bytes, which come back as bytes even where they look like text", async () => {
    /** @type {unknown[]} */
    const seen = [];
    const load = counted(async (/** @type {number} */ id) => ({ id, name: "é" }));
    const get = a("user", {
      keyPrefix: "get",
      ...Bytes,
      deserializer: (/** @type {any} */ stored) => {
        seen.push(stored instanceof Uint8Array);
        return Bytes.deserializer(stored);
      },
    })(load);
    await get(1);
    assert.deepEqual(await get(1), { id: 1, name: "é" });
    assert.equal(load.runs, 1);
    assert.deepEqual(seen, [true]);
    assert.equal(await a.invalidateEntity("user", 1), 1);
  });

  test("may make any bytes", async () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (const bytes of [all, all.slice(0, 0), all.slice(255), all.slice(128, 129), all.slice(65, 70)]) {
      const load = counted(async () => bytes);
      const get = a({
        keyPrefix: `bytes-${bytes.length}-${bytes[0]}`,
        serializer: (/** @type {any} */ v) => v,
        deserializer: (/** @type {any} */ v) => v,
      })(load);
      await get();
      assert.deepEqual(new Uint8Array(await get()), bytes);
      assert.equal(load.runs, 1);
    }
  });

  test("that throw cost the entry, never the call", async () => {
    const load = counted(user);
    const broken = () => {
      throw new Error("broken");
    };
    const unwritable = a("user", { keyPrefix: "unwritable", serializer: broken, deserializer: JSON.parse })(load);
    const unreadable = a("user", { keyPrefix: "unreadable", serializer: JSON.stringify, deserializer: broken })(load);
    for (const get of [unwritable, unwritable, unreadable, unreadable])
      assert.deepEqual(await get(1), { id: 1, version });
    assert.equal(load.runs, 4);
    assert.equal(a.lines.filter(([level]) => level === "warn").length, 2);
  });
});

describe("spoiled data", () => {
  const spoil = /** @type {Record<string, (key: string) => Promise<unknown>>} */ ({
    "truncated JSON": (key) => clients[1].set(key, '{"id":'),
    "an empty text": (key) => clients[1].set(key, ""),
    "another type": async (key) => clients[1].del(key).then(() => clients[1].lpush(key, "x")),
    "bytes that are no text": (key) => clients[1].set(key, Buffer.from([0x80, 0x81])),
  });
  for (const [what, act] of Object.entries(spoil)) {
    test(`${what} under a key counts as a miss, is told, and is replaced`, async () => {
      const load = counted(user);
      const get = a("user", { keyPrefix: "get" })(load);
      await get(1);
      await act("app:c:get:[1]");
      assert.deepEqual(await get(1), { id: 1, version });
      assert.deepEqual(await get(1), { id: 1, version });
      assert.equal(load.runs, 2);
      assert.equal(a.lines.filter(([level]) => level === "warn").length, 1);
    });
  }

  test("an index of another type is replaced, the log too", async () => {
    const load = counted(user);
    const get = a("user", { keyPrefix: "get" })(load);
    await clients[1].set("app:e:user:1", "x");
    await clients[1].set("app:log", "x");
    await get(1);
    await get(1);
    assert.equal(load.runs, 1);
    await clients[1].set("app:e:user:1", "x");
    await a.invalidateEntity("user", 1);
    await get.invalidate(1);
    await get(1);
    assert.equal(await a.invalidateEntity("user", 1), 1);
  });

  test("a huge value is a value", async () => {
    const load = counted(async () => ({ id: 1, text: "é".repeat(4_000_000) }));
    const get = a("user", { keyPrefix: "get" })(load);
    await get();
    assert.equal((await get()).text.length, 4_000_000);
    assert.equal(load.runs, 1);
  });
});

describe("strict", () => {
  beforeEach(() => makeBoth({ strict: true }));

  test("a value that an index has lost counts as a miss", async () => {
    const load = counted(async () => [{ id: 1 }, { id: 2 }]);
    const get = a("user", { keyPrefix: "get" })(load);
    await get();
    await get();
    assert.equal(load.runs, 1);
    await clients[1].del("app:e:user:2");
    await get();
    assert.equal(load.runs, 2);
    await clients[1].del("app:l:user");
    await get();
    assert.equal(load.runs, 3);
    await get();
    assert.equal(load.runs, 3);
  });

  test("every index evicted in turn: nothing stale after an invalidation", async () => {
    const load = counted(user);
    const get = a("user", { keyPrefix: "get" })(load);
    for (const key of ["app:e:user:1", "app:log"]) {
      await get(1);
      await clients[1].del(key);
      version += 1;
      await b.invalidateEntity("user", 1);
      assert.deepEqual(await get(1), { id: 1, version });
    }
  });
});

test("on a server that may evict indexes one WARNING says that each hit checks its indexes, unless strict is set", async () => {
  await clients[0].config("SET", "maxmemory-policy", "allkeys-lru");
  try {
    const get = a("user", { keyPrefix: "get" })(user);
    await get(1);
    await get(2);
    await a.close();
    assert.equal(a.lines.filter(([level, line]) => level === "warn" && line.includes("allkeys-lru")).length, 1);
    for (const strict of [true, false]) {
      makeBoth({ strict });
      const get = a("user", { keyPrefix: "get" })(user);
      await get(3);
      await get(3);
      await a.close();
      assert.deepEqual(
        a.lines.filter(([level]) => level === "warn"),
        [],
      );
    }
  } finally {
    await clients[0].config("SET", "maxmemory-policy", "noeviction");
  }
});

test("scripts that the server has forgotten are sent again", async () => {
  const load = counted(user);
  const get = a("user", { keyPrefix: "get" })(load);
  await get(1);
  await clients[1].script("FLUSH");
  await get(2);
  await clients[1].script("FLUSH");
  assert.equal(await a.invalidateEntity("user", [1, 2]), 2);
  assert.deepEqual(
    a.lines.filter(([level]) => level === "error"),
    [],
  );
});
