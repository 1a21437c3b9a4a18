// A backend that fails: who shares a run, what is reported, and what nobody may read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCache } from "../../helpers/cache.js";
import { counted, gate } from "../../helpers/functions.js";
import { mapBackend } from "../../helpers/map-backend.js";

/** A backend that fails while `isDown`, and caches over it. */
function setUp(options = {}) {
  const backend = mapBackend();
  const state = { isDown: false };
  const failing = Object.fromEntries(
    Object.entries(backend).map(([name, method]) => [
      name,
      typeof method !== "function"
        ? method
        : async (/** @type {unknown[]} */ ...args) => {
            if (state.isDown) throw new Error("down");
            return /** @type {any} */ (method)(...args);
          },
    ]),
  );
  const open = () => makeCache(failing, { breaker: { failures: 2, cooldown: 60_000 }, ...options });
  return { state, cache: open(), open };
}

test("in an outage concurrent calls of one key share a run, and each gets an object of its own", async () => {
  const { state, cache } = setUp();
  state.isDown = true;
  const load = counted(async (id) => ({ id }));
  const get = cache("user", { keyPrefix: "get" })(load);
  for (const isOpen of [false, true]) {
    load.runs = 0;
    const users = await Promise.all(Array.from({ length: 500 }, () => get(1)));
    assert.equal(load.runs, 1, `breaker open: ${isOpen}`);
    assert.deepEqual(users[7], { id: 1 });
    assert.equal(new Set(users).size, 500);
  }
  await cache.close();
});

test("in an outage a later call shares no run that is under way: nobody knows what was invalidated since", async () => {
  const { state, cache } = setUp({ breaker: { failures: 1, cooldown: 60_000 } });
  const [begun, go] = [gate(), gate()];
  const load = counted(async (id) => {
    begun.resolve(undefined);
    await go.promise;
    return { id };
  });
  const get = cache("user", { keyPrefix: "get" })(load);
  state.isDown = true;
  const first = get(1);
  await begun.promise;
  await new Promise((resolve) => setImmediate(resolve));
  const second = get(1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(load.runs, 2);
  go.resolve(undefined);
  await Promise.all([first, second]);
  await cache.close();
});

test("an invalidation that fails while the breaker is open is tried, reported, and holds for all caches of the client", async () => {
  const { state, cache, open } = setUp();
  const other = open();
  let version = "old";
  const load = async (/** @type {number} */ id) => ({ id, version });
  const [get, there] = [cache, other].map((one) => one("user", { keyPrefix: "get" })(load));
  await get(1);
  state.isDown = true;
  for (let call = 0; call < 3; call++) await get(2);
  /** @type {any[]} */
  const events = [];
  cache.on("error", (event) => events.push(event));
  cache.lines.length = 0;
  version = "new";
  assert.equal(await cache.invalidateEntity("user", 1), 0);
  assert.equal(events.length, 1);
  assert.equal(events[0].pending, true);
  assert.match(events[0].what, /invalidation of e:user:1/);
  assert.match(cache.lines.join(), /error,cacheref: invalidation of e:user:1/);
  assert.equal(cache.stats().pending, 1);
  assert.equal(other.stats().pending, 1);
  assert.equal(await there.peek(1), undefined, "the other cache does not read what waits to be dropped");
  state.isDown = false;
  assert.deepEqual(await there(1), { id: 1, version: "new" });
  assert.equal(cache.stats().pending, 0);
  await Promise.all([cache.close(), other.close()]);
});

test("an invalidation that waits is one ERROR and no INFO that something was dropped; its event has the targets, and a count of 0", async () => {
  const { state, cache } = setUp();
  const get = cache("user", { keyPrefix: "get", staleWhileRevalidate: 60 })(async (/** @type {number} */ id) => ({
    id,
  }));
  await Promise.all([get(1), get(2)]);
  /** @type {any[]} */
  const events = [];
  cache.on("invalidate", (event) => events.push(event));
  state.isDown = true;
  cache.lines.length = 0;
  assert.equal(await cache.invalidateEntity("user", 1), 0);
  assert.equal(await cache.invalidate({ user: 2 }, { lists: ["user"], soft: true }), 0);
  assert.deepEqual(
    cache.lines.map(([level]) => level),
    ["error", "error", "error"],
    "an ERROR for what is dropped, and one for what is made stale",
  );
  assert.deepEqual(
    events.map(({ targets, count }) => [targets[0].ids, count]),
    [
      [["1"], 0],
      [["2"], 0],
    ],
  );
  const { invalidations, dropped } = cache.stats();
  assert.deepEqual({ invalidations, dropped }, { invalidations: 3, dropped: 0 });
  state.isDown = false;
  cache.lines.length = 0;
  await get(1);
  assert.equal(await cache.invalidateEntity("user", 1), 1);
  assert.match(cache.lines.join(), /info,cacheref: invalidated user 1: 1 cached call dropped/);
  await cache.close();
});

test("close says which invalidations are lost", async () => {
  const { state, cache } = setUp();
  state.isDown = true;
  await cache.invalidateEntity("user", [1, 2]);
  /** @type {any[]} */
  const events = [];
  cache.on("error", (event) => events.push(event));
  await cache.close();
  assert.equal(events.length, 1);
  assert.equal(events[0].pending, true);
  assert.match(events[0].what, /e:user:1, e:user:2/);
  assert.match(cache.lines.at(-1).join(), /error,.*e:user:1, e:user:2 failed: .*it is lost/);
});

test("of many failures ten lines a minute are logged, then their number; all are events", async () => {
  const { state, cache } = setUp({ breaker: { failures: 100_000, cooldown: 1 } });
  state.isDown = true;
  let events = 0;
  cache.on("error", () => {
    events += 1;
  });
  await Promise.all(Array.from({ length: 300 }, (_, id) => cache.invalidateEntity("user", id)));
  assert.equal(events, 300);
  assert.equal(cache.lines.filter(([level]) => level === "error").length, 10);
  await cache.close();
  assert.match(cache.lines.at(-1).join(), /291 more failures were not logged/);
});

test("an invalidation of very many ids is sent in bounded bursts", async () => {
  const backend = mapBackend();
  let underWay = 0;
  let most = 0;
  const smembers = backend.smembers;
  backend.smembers = async (key) => {
    most = Math.max(most, ++underWay);
    await null;
    underWay -= 1;
    return smembers(key);
  };
  const cache = makeCache(backend);
  const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id }));
  await get(99_999);
  assert.equal(
    await cache.invalidateEntity(
      "user",
      Array.from({ length: 100_000 }, (_, id) => id),
    ),
    1,
  );
  assert.ok(most <= 1000, `${most} at once`);
  await cache.close();
});
