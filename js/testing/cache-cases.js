// @ts-check
/** What users rely on of a cache over the backend. */
import { equal } from "./check.js";

/**
 * @param {import("./suite.js").Subject} subject
 * @returns {import("./suite.js").Case[]}
 */
export function cacheCases({ makePrefix, makeCache, elapse }) {
  /** @type {import("./suite.js").Case[]} */
  const cases = [];

  /**
   * @param {string} name
   * @param {(cache: any) => Promise<void>} run
   * @param {object} [options] of the cache
   */
  function add(name, run, options) {
    cases.push({
      name: `cache: ${name}`,
      run: async () => {
        const cache = makeCache(options);
        try {
          await run(cache);
        } finally {
          await cache.invalidateAll();
          await cache.close();
        }
      },
    });
  }

  add("a second call is a hit", async (cache) => {
    const load = counted(async (id) => ({ id, name: "Ada" }));
    const getUser = cache("user", { keyPrefix: "getUser" })(load);
    equal(await getUser(42), { id: 42, name: "Ada" }, "the first call");
    equal(await getUser(42), { id: 42, name: "Ada" }, "the second call");
    equal(await getUser(43), { id: 43, name: "Ada" }, "a call with another argument");
    equal(load.count, 2, "runs of the function");
  });

  add("every JSON value is a value", async (cache) => {
    for (const value of [null, 0, "", false, [], {}, "ü 名前 🙂", 1e21, { deep: [{ a: null }] }, "x".repeat(50_000)]) {
      const load = counted(async () => value);
      const get = cache({ keyPrefix: `value ${JSON.stringify(value).slice(0, 40)}` })(load);
      await get();
      equal(await get(), value, "the second call");
      equal(load.count, 1, "runs of the function");
    }
  });

  add("what a function throws is not stored", async (cache) => {
    const error = new Error("not today");
    const load = counted(async () => {
      if (load.count === 1) throw error;
      return 1;
    });
    const get = cache({ keyPrefix: "failing" })(load);
    equal(await get().catch((/** @type {unknown} */ caught) => caught === error), true, "the very error");
    equal(await get(), 1, "the next call");
  });

  add("concurrent calls share one run", async (cache) => {
    const gate = open();
    const load = counted(async () => gate.passed);
    const get = cache({ keyPrefix: "shared" })(load);
    const both = Promise.all([get(1), get(1)]);
    gate.pass("value");
    equal(await both, ["value", "value"], "both calls");
    equal(load.count, 1, "runs of the function");
  });

  add("an invalidated entity drops the calls that hold it, and no other", async (cache) => {
    const load = counted(async (ids) => ids.map((/** @type {unknown} */ id) => ({ id })));
    const getUsers = cache("user", { keyPrefix: "getUsers" })(load);
    const getOrders = cache("order", { keyPrefix: "getOrders" })(load);
    await getUsers([1, 2]);
    await getUsers([1]);
    await getUsers([10]);
    await getOrders([1]);
    equal(await cache.invalidateEntity("user", 1), 2, "the number of calls dropped");
    load.count = 0;
    await Promise.all([getUsers([10]), getOrders([1])]);
    equal(load.count, 0, "runs of calls that are not concerned");
    await Promise.all([getUsers([1, 2]), getUsers([1])]);
    equal(load.count, 2, "runs of the calls dropped");
    equal(await cache.invalidateEntity("user", [2, 10, 11]), 2, "the number dropped for several ids");
    equal(await cache.invalidateEntity("user", 2), 0, "the number dropped when nothing is left");
  });

  add("every character of an id is data", async (cache) => {
    const ids = ["1", "1|", "1|x", "1:x", "*", "?", "[1]", "\\", "{1}", "ü", "🙂", "a b", "", "x".repeat(600)];
    const load = counted(async (id) => ({ id }));
    const get = cache("thing", { keyPrefix: "odd ids" })(load);
    for (const id of ids) await get(id);
    for (const id of ids) {
      load.count = 0;
      equal(await cache.invalidateEntity("thing", id), 1, `the number dropped for ${JSON.stringify(id.slice(0, 20))}`);
      for (const other of ids) await get(other);
      equal(load.count, 1, `runs after dropping ${JSON.stringify(id.slice(0, 20))}`);
    }
  });

  add("a result with several hundred entities is found by each", async (cache) => {
    const load = counted(async () => Array.from({ length: 300 }, (_, id) => ({ id })));
    const get = cache("user", { keyPrefix: "many" })(load);
    for (const id of [0, 150, 299]) {
      await get();
      equal(await cache.invalidateEntity("user", id), 1, `the number dropped for id ${id}`);
    }
  });

  add("lists of a type are dropped after a create, single entities are not", async (cache) => {
    const load = counted(async (result) => result);
    const get = cache("user", { keyPrefix: "lists" })(load);
    for (const result of [[{ id: 1 }], [], null, { id: 2 }]) await get(result);
    equal(await cache.invalidateLists("user"), 3, "the number of lists dropped");
    load.count = 0;
    await get({ id: 2 });
    equal(load.count, 0, "runs for what is no list");
  });

  add("a page is a list, and holds what is in it", async (cache) => {
    const page = cache("user", { keyPrefix: "page" })(async (/** @type {any} */ result) => result);
    const pages = [{ data: [{ id: 1 }], next: 2 }, { items: [] }, { edges: [{ node: { id: 3 } }] }];
    for (const result of pages) await page(result);
    equal(await cache.invalidateLists("user"), 3, "the number of pages dropped by a create");
    for (const result of pages) await page(result);
    equal(await cache.invalidateEntity("user", 3), 1, "the number dropped for an entity in a page");
    equal(await page.peek(pages[0]), pages[0], "a page that does not hold it");
  });

  add(
    "what depends on a type is dropped by an invalidation of any of its entities, lists, or the type",
    async (cache) => {
      const load = counted(async () => ({ total: 7 }));
      const total = cache({ keyPrefix: "total", dependsOn: ["order"] })(load);
      for (const invalidate of [
        () => cache.invalidateEntity("order", 5),
        () => cache.invalidateLists("order"),
        () => cache.invalidateType("order"),
        () => cache.invalidate({ order: [1, 2] }),
      ]) {
        await total();
        equal(await cache.invalidateEntity("user", 5), 0, "the number dropped for another type");
        equal(await invalidate(), 1, "the number dropped");
        equal(await total.peek(), undefined, "what is cached afterwards");
      }
      equal(load.count, 4, "runs of the function");
    },
  );

  add("a type is dropped with all that holds it, lists it or depends on it", async (cache) => {
    const get = cache("order", { keyPrefix: "get" })(async (/** @type {any} */ result) => result);
    const total = cache({ keyPrefix: "total", dependsOn: ["order"] })(async () => ({ total: 7 }));
    const other = cache("order2", { keyPrefix: "other" })(async () => ({ id: 1 }));
    for (const result of [{ id: 1 }, { id: 2 }, [{ id: 1 }, { id: 3 }], []]) await get(result);
    await total();
    await other();
    equal(await cache.invalidateType("order"), 5, "the number dropped");
    equal(await other.peek(), { id: 1 }, "a call of another type");
  });

  add("several things are invalidated at once, and counted together or each by itself", async (cache) => {
    const user = cache("user", { keyPrefix: "user" })(async (/** @type {number} */ id) => ({ id }));
    const orders = cache("order", { keyPrefix: "orders" })(async () => []);
    const callAll = () => Promise.all([user(1), user(2), user(3), orders()]);
    await callAll();
    equal(await cache.invalidate({ user: [1, 2], product: 9 }, { lists: ["order"] }), 3, "the number dropped");
    await callAll();
    const { targets } = await cache.invalidate({ user: [1, 9] }, { lists: ["order"], detail: true });
    equal(
      targets.map((/** @type {any} */ { count }) => count),
      [1, 0, 1],
      "the numbers dropped",
    );
  });

  add("a function's calls are dropped, and those of no other function", async (cache) => {
    const load = counted(async (id) => ({ id }));
    const names = ["get", "get*", "get:", "get[1]", "getter"];
    const functions = names.map((keyPrefix) => cache("user", { keyPrefix })(load));
    const callAll = () => Promise.all(functions.flatMap((get) => [get(1), get("a long argument ".repeat(10))]));
    await callAll();
    for (const get of functions) {
      equal(await cache.invalidateFunction(get), 2, "the number dropped");
      load.count = 0;
      await callAll();
      equal(load.count, 2, "runs afterwards");
    }
  });

  add("one call is dropped by its arguments", async (cache) => {
    const load = counted(async (a, b) => ({ a, b }));
    const get = cache({ keyPrefix: "one call" })(load);
    await get({ x: 1, y: 2 }, [3]);
    await get({ x: 1, y: 3 }, [3]);
    equal(await cache.invalidateKey(get, { y: 2, x: 1 }, [3]), true, "whether it was there");
    equal(await cache.invalidateKey(get, { y: 2, x: 1 }, [3]), false, "whether it still is");
    load.count = 0;
    await get({ x: 1, y: 3 }, [3]);
    equal(load.count, 0, "runs of the other call");
  });

  add("everything under a prefix is dropped, and nothing under another", async (cache) => {
    const other = makeCache();
    const load = counted(async (id) => ({ id }));
    const [get, getOther] = [cache, other].map((each) => each("user", { keyPrefix: "all" })(load));
    await Promise.all([get(1), get(2), getOther(1)]);
    equal(await cache.invalidateAll(), 2, "the number dropped");
    load.count = 0;
    await getOther(1);
    equal(load.count, 0, "runs under the other prefix");
    await get(1);
    equal(load.count, 1, "runs under this one");
    await other.invalidateAll();
  });

  add("a run that began before an invalidation is not served after it", async (cache) => {
    /** @type {[string, () => Promise<unknown>][]} */
    const ways = [
      ["the entity", () => cache.invalidateEntity("user", 1)],
      ["the function", () => cache.invalidateFunction("overtaken")],
      ["the call", () => cache.invalidateKey("overtaken", 1)],
      ["everything", () => cache.invalidateAll()],
    ];
    for (const [what, invalidate] of ways) {
      let version = "old";
      const started = open();
      const gate = open();
      const load = counted(async (id) => {
        const read = { id, version };
        started.pass(undefined);
        await gate.passed;
        return read;
      });
      const get = cache("user", { keyPrefix: "overtaken" })(load);
      const before = get(1);
      await started.passed;
      version = "new";
      await invalidate();
      const after = get(1);
      gate.pass(undefined);
      equal((await after).version, "new", `a call after ${what} was invalidated`);
      await before;
      equal((await get(1)).version, "new", `a call after the old run was done, ${what} being invalidated`);
      await cache.invalidateAll();
    }
  });

  add("two caches over one store share entries and invalidations", async () => {
    const prefix = makePrefix();
    const [one, two] = [0, 1].map(() => makeCache({ prefix }));
    const load = counted(async (id) => ({ id }));
    const [get, getToo] = [one, two].map((each) => each("user", { keyPrefix: "both" })(load));
    await get(1);
    await getToo(1);
    equal(load.count, 1, "runs of the function");
    equal(await two.invalidateEntity("user", 1), 1, "the number dropped by the other cache");
    await get(1);
    equal(load.count, 2, "runs after that");
    await one.invalidateAll();
    await Promise.all([one.close(), two.close()]);
  });

  add("a ttl of 0 stores nothing", async (cache) => {
    const load = counted(async () => 1);
    const get = cache({ keyPrefix: "no ttl", ttl: 0 })(load);
    await get();
    await get();
    equal(load.count, 2, "runs of the function");
  });

  if (elapse) {
    add("an entry is a hit until its ttl and not after", async (cache) => {
      const load = counted(async (id) => ({ id }));
      const get = cache("user", { keyPrefix: "expiring", ttl: "90s" })(load);
      await get(1);
      await elapse(85_000);
      await get(1);
      equal(load.count, 1, "runs before the ttl");
      await elapse(10_000);
      await get(1);
      equal(load.count, 2, "runs after the ttl");
      equal(await cache.invalidateEntity("user", 1), 1, "the number dropped after it was stored anew");
    });

    add("a hit shortly before the end of a ttl refreshes the entry, and earlier ones do not", async (cache) => {
      const load = counted(async (id) => ({ id }));
      const get = cache("user", { keyPrefix: "early", ttl: "90s", earlyRefresh: "10s" })(load);
      await get(1);
      await elapse(70_000);
      await get(1);
      await cache.close();
      equal(load.count, 1, "runs while there is time");
      await elapse(15_000);
      equal(await get(1), { id: 1 }, "what is served before the ttl");
      await cache.close(); // waits for the refresh
      await elapse(10_000);
      await get(1);
      // A backend that cannot say how long an entry has left lets it expire.
      equal(load.count, 2, "runs after the first ttl");
    });
  }
  return cases;
}

/**
 * A function that counts its runs.
 * @template {(...args: any[]) => any} F
 * @param {F} fn
 * @returns {F & { count: number }}
 */
function counted(fn) {
  const wrapped = Object.assign(
    (/** @type {any[]} */ ...args) => {
      wrapped.count += 1;
      return fn(...args);
    },
    { count: 0 },
  );
  return /** @type {any} */ (wrapped);
}

/** A promise, and the function that resolves it. */
function open() {
  /** @type {(value: any) => void} */
  let pass = () => {};
  /** @type {Promise<any>} */
  const passed = new Promise((resolve) => {
    pass = resolve;
  });
  return { pass, passed };
}
