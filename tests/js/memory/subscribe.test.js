// `fn.subscribe(args, listener)`: what a caller got of one call is no longer in the cache.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCache, setUp } from "../../helpers/cache.js";
import { counted, gate, gated } from "../../helpers/functions.js";
import { mapBackend } from "../../helpers/map-backend.js";

/**
 * A cached function of users and what the subscriber of a call has heard.
 * @param {any} [options] of the cache
 * @param {any} [backendOptions]
 * @param {any} [functionOptions]
 */
function watching(options, backendOptions, functionOptions) {
  const set = setUp(options, backendOptions);
  const get = set.cache("user", { keyPrefix: "get", ...functionOptions })(async (id) => ({ id }));
  /** @type {string[]} */
  const heard = [];
  const watch = (/** @type {unknown} */ id) =>
    get.subscribe([id], ({ reason }) => {
      heard.push(`${id} ${reason}`);
    });
  return { ...set, get, heard, watch };
}

for (const values of ["copy", "shared", "frozen"]) {
  test(`an invalidation reports the calls that it concerns, and no others (${values})`, async () => {
    const { cache, get, heard, watch } = watching({}, { values });
    for (const id of [1, 2, "a"]) {
      await get(id);
      // A second hit makes a shortcut.
      await get(id);
      watch(id);
    }
    await cache.invalidateEntity("user", 2);
    assert.deepEqual(heard, ["2 invalidated"]);
    await cache.invalidateEntity("user", 2);
    assert.deepEqual(heard, ["2 invalidated"]);
    await get.invalidate("a");
    assert.deepEqual(heard, ["2 invalidated", "a invalidated"]);
    await cache.invalidateAll();
    assert.deepEqual(heard.slice(2), ["1 invalidated"]);
  });
}

test("a subscription that began before the value was stored hears of its end", async () => {
  const { cache, get, heard, watch } = watching();
  watch(1);
  await get(1);
  assert.deepEqual(heard, []);
  await cache.invalidateType("user");
  assert.deepEqual(heard, ["1 invalidated"]);
  await get(1);
  await get.invalidateAll();
  assert.deepEqual(heard, ["1 invalidated", "1 invalidated"]);
});

test("an invalidation resolves after its subscribers have heard", async () => {
  const { cache, get } = watching();
  await get(1);
  /** @type {string[]} */
  const order = [];
  get.subscribe([1], () => order.push("heard"));
  await cache.invalidateEntity("user", 1);
  order.push("resolved");
  assert.deepEqual(order, ["heard", "resolved"]);
});

test("a listener may call the cache, whatever the cache is doing", async () => {
  const { cache } = setUp();
  const load = counted((id) => ({ id }));
  const get = cache("user", { keyPrefix: "get" })(load);
  await Promise.all([get({ page: 1 }), get({ page: 2 })]);
  /** @type {Promise<unknown>[]} */
  const calls = [];
  for (const page of [1, 2]) get.subscribe([{ page }], () => calls.push(get({ page }), get({ page: 3 })));
  await cache.invalidateFunction(get);
  await Promise.all(calls);
  assert.equal(load.runs, 5);
});

test("a run that was invalidated meanwhile reports that its result is invalidated", async () => {
  const { cache } = setUp();
  const load = gated((id) => ({ id }));
  const get = cache("user", { keyPrefix: "get" })(load);
  /** @type {string[]} */
  const heard = [];
  get.subscribe([1], ({ reason }) => heard.push(reason));
  const call = get(1);
  await cache.invalidateEntity("user", 1);
  assert.deepEqual(heard, []);
  load.pass();
  await call;
  assert.deepEqual(heard, ["invalidated"]);
});

test("a refresh reports that the value is replaced, and so does a run in the background", async () => {
  const { get, clock, heard, watch } = watching({ ttl: 10, staleWhileRevalidate: 10 });
  await get(1);
  watch(1);
  await get.refresh(1);
  assert.deepEqual(heard, ["1 replaced"]);
  clock.advance(11_000);
  await get(1);
  await get(1);
  assert.deepEqual(heard, ["1 replaced", "1 replaced"]);
});

test("a soft invalidation reports, and so does the refresh that follows", async () => {
  const { cache, get, heard, watch } = watching({ staleWhileRevalidate: 10 });
  await get(1);
  watch(1);
  await cache.invalidateEntity("user", 1, { soft: true });
  assert.deepEqual(heard, ["1 invalidated"]);
  await get(1);
  await get(1);
  assert.deepEqual(heard, ["1 invalidated", "1 replaced"]);
});

test("what is evicted reports so, and then the next invalidation of anything", async () => {
  const { cache, get, heard, watch } = watching({}, { maxEntries: 2 });
  await get(1);
  watch(1);
  await get(2);
  watch(2);
  await get(3);
  assert.deepEqual(heard, ["1 evicted"]);
  await cache.invalidateEntity("user", 3);
  await cache.invalidateEntity("user", 3);
  assert.deepEqual(heard, ["1 evicted", "1 invalidated"]);
});

test("the end of a ttl is reported when the entry is removed, and not by a timer", async () => {
  const { cache, get, clock, heard, watch } = watching({ ttl: 10 });
  await get(1);
  watch(1);
  clock.advance(11_000);
  assert.deepEqual(heard, []);
  await get(2);
  assert.deepEqual(heard, ["1 expired"]);
  await cache.invalidateEntity("user", 7);
  assert.deepEqual(heard, ["1 expired", "1 invalidated"]);
});

test("an expired value that a new run replaces is reported as replaced", async () => {
  const { get, clock, heard, watch } = watching({ ttl: 10 });
  await get(1);
  watch(1);
  clock.advance(11_000);
  await get(1);
  assert.deepEqual(heard, ["1 replaced"]);
});

test("a value that comes back after an eviction is reported as replaced", async () => {
  const { get, heard, watch } = watching({}, { maxEntries: 1 });
  await get(1);
  watch(1);
  await get(2);
  await get(1);
  assert.deepEqual(heard, ["1 evicted", "1 replaced"]);
});

test("a slot that another call takes over reports to the subscriber of that call alone", async () => {
  const { cache, get, clock, heard, watch } = watching({ ttl: 10 });
  let fails = false;
  const failing = cache("user", { keyPrefix: "failing" })(async (id) => {
    if (fails) throw new Error("no");
    return { id };
  });
  await failing(1);
  failing.subscribe([1], ({ reason }) => heard.push(`failing ${reason}`));
  clock.advance(11_000);
  fails = true;
  await assert.rejects(failing(1), { message: "no" });
  // The slot of failing(1) is free now, and this call gets it.
  await get(5);
  watch(5);
  assert.deepEqual(heard, ["failing expired"]);
  await cache.invalidateFunction(failing);
  assert.deepEqual(heard, ["failing expired", "failing invalidated"]);
  await cache.invalidateEntity("user", 5);
  assert.deepEqual(heard, ["failing expired", "failing invalidated", "5 invalidated"]);
});

test("a result that is not stored reports so, and then the next invalidation of anything", async () => {
  const { cache, get, heard, watch } = watching({}, {}, { ttl: 0 });
  watch(1);
  await get(1);
  assert.deepEqual(heard, ["1 not stored"]);
  await cache.invalidateLists("order");
  assert.deepEqual(heard, ["1 not stored", "1 invalidated"]);
});

test("deleting a key reports that the value is invalidated", async () => {
  const { backend, get, heard, watch } = watching();
  await get(1);
  watch(1);
  backend.delete(get.key(1));
  await null;
  assert.deepEqual(heard, ["1 invalidated"]);
});

test("closing a cache that made its backend reports that everything is gone", async () => {
  const cache = makeCache(undefined);
  const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id }));
  await get(1);
  /** @type {string[]} */
  const heard = [];
  get.subscribe([1], ({ reason }) => heard.push(reason));
  await cache.close();
  await null;
  assert.deepEqual(heard, ["cleared"]);
});

test("a core that was replaced reports that everything is gone, on the next use", async () => {
  const { backend, get, heard, watch } = watching();
  await get(1);
  watch(1);
  backend.slots.core.replace();
  await get(1);
  assert.deepEqual(heard, ["1 cleared"]);
  await get.invalidate(1);
  assert.deepEqual(heard, ["1 cleared", "1 invalidated"]);
});

test("unsubscribing ends the reports, also of one that is on its way, and may be repeated", async () => {
  const { cache, get, heard, watch } = watching();
  await get(1);
  const [first, second] = [watch(1), watch(1)];
  first();
  first();
  await cache.invalidateEntity("user", 1);
  assert.deepEqual(heard, ["1 invalidated"]);
  await get(1);
  const dropping = cache.invalidateEntity("user", 1);
  second();
  await dropping;
  assert.deepEqual(heard, ["1 invalidated"]);
});

test("a subscriber that throws, or rejects, breaks nothing and is a WARNING", async () => {
  const { cache, get, heard, watch, lines } = watching();
  await get(1);
  get.subscribe([1], () => {
    throw new Error("no");
  });
  get.subscribe([1], async () => {
    throw new Error("later");
  });
  watch(1);
  assert.equal(await cache.invalidateEntity("user", 1), 1);
  await null;
  assert.deepEqual(heard, ["1 invalidated"]);
  const warnings = lines.filter(([level]) => level === "warn").map(([, text]) => text);
  assert.deepEqual(warnings, [
    'cacheref: a subscriber of "get" threw Error: no',
    'cacheref: a subscriber of "get" threw Error: later',
  ]);
});

test("all caches over one backend report one call, whichever has dropped it", async () => {
  const { backend, get, heard, watch, clock } = watching();
  const other = makeCache(backend, { clock });
  await get(1);
  watch(1);
  await other.invalidateEntity("user", 1);
  assert.deepEqual(heard, ["1 invalidated"]);
});

test("a call whose arguments are no key has no entry, and reports nothing", async () => {
  const { cache, get, heard, watch } = watching();
  const unsubscribe = watch(() => {});
  await get(() => {});
  await cache.invalidateAll();
  unsubscribe();
  assert.deepEqual(heard, []);
});

test("the method one of a batch function reports as any function does", async () => {
  const { cache } = setUp();
  const getUsers = cache.many("user")(async function getUsers(ids) {
    return ids.map((id) => ({ id }));
  });
  await getUsers([1, 2]);
  const { promise, resolve } = gate();
  getUsers.one.subscribe([2], ({ reason }) => resolve(reason));
  await cache.invalidateEntity("user", 2);
  assert.equal(await promise, "invalidated");
});

test("misuse of subscribe is refused", async () => {
  const { get } = watching();
  const code = "ERR_CACHEREF_EVENT";
  assert.throws(() => get.subscribe(1, () => {}), {
    code,
    message: "the first argument of subscribe() must be an array of arguments, got 1",
  });
  assert.throws(() => get.subscribe([1]), { code, message: "a listener must be a function, got undefined" });
  const shared = makeCache(mapBackend())("user", { keyPrefix: "get" })(async (id) => ({ id }));
  assert.throws(() => shared.subscribe([1], () => {}), {
    name: "ConfigError",
    code: "ERR_CACHEREF_BACKEND",
    message: /needs a MemoryBackend/,
  });
});
