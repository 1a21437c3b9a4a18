// What becomes of calls, as counters and events; and work in the background that no call waits for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readCacheOptions } from "../../../js/cache/options.js";
import { Context } from "../../../js/functions/context.js";
import { Telling } from "../../../js/functions/telling.js";
import { manualClock } from "../../../js/testing/clock.js";
import { recorder, setUp as setUpCache } from "../../helpers/cache.js";

function setUp(options) {
  const { lines, logger } = recorder();
  const context = new Context(/** @type {any} */ (undefined), readCacheOptions({ logger, ...options }));
  const definition = { name: "get", options: { runTimeout: 40_000 }, key: (_self, [id]) => `app:c:get:[${id}]` };
  const call = /** @type {any} */ ({ definition, self: undefined, args: [1] });
  return { context, telling: new Telling(context), call, lines };
}

test("each outcome of a call is counted, and is an event with its function and its key", () => {
  const { context, telling, call } = setUp();
  const events = [];
  for (const name of /** @type {const} */ (["hit", "miss", "store", "skip", "stale"]))
    context.events.on(name, (event) => events.push([name, event]));
  telling.hit(call);
  telling.miss(call);
  telling.stored(call);
  telling.stale(call);
  telling.skipped({ ...call, key: "known" }, "ttl");
  const event = { function: "get", key: "app:c:get:[1]" };
  assert.deepEqual(events, [
    ["hit", event],
    ["miss", event],
    ["store", event],
    ["stale", event],
    ["skip", { ...event, key: "known", reason: "ttl" }],
  ]);
  const { hits, misses, stores, stale, skips } = context.events.counts;
  assert.deepEqual([hits, misses, stores, stale, skips], [1, 1, 1, 1, 1]);
});

test("without a listener a call is counted, and its key is not made", () => {
  const { context, telling, call } = setUp();
  call.definition.key = () => assert.fail("a key was made");
  telling.hit(call);
  telling.skipped(call, "ttl");
  assert.equal(context.events.counts.hits + context.events.counts.skips, 2);
});

test("work in the background that fails is an error; a refresh that fails is a warning", async () => {
  const { context, telling, call, lines } = setUp();
  telling.later(Promise.reject(new Error("no")), "tidying");
  telling.refreshing(call, Promise.reject(new Error("no")));
  await telling.close();
  assert.deepEqual(lines, [
    ["error", "cacheref: tidying failed: no"],
    ["warn", 'cacheref: function "get": its refresh failed: no'],
  ]);
  assert.equal(context.events.counts.errors, 1);
});

test("close waits for what is in the background, and for what that begins", async () => {
  const { telling } = setUp();
  const done = [];
  const first = Promise.resolve().then(() => {
    done.push("first");
    telling.later(
      Promise.resolve().then(() => done.push("second")),
      "second",
    );
  });
  telling.later(first, "first");
  await telling.close();
  assert.deepEqual(done, ["first", "second"]);
});

test("close waits for a run that hangs until its runTimeout, and then says that it is still under way", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { telling, call, lines } = setUp({ clock: manualClock(), runTimeout: "30s" });
  telling.refreshing(call, new Promise(() => {}));
  telling.later(new Promise(() => {}), "tidying");
  let isClosed = false;
  const closed = telling.close().then(() => {
    isClosed = true;
  });
  t.mock.timers.tick(39_999);
  await new Promise(setImmediate);
  assert.deepEqual([isClosed, lines], [false, []]);
  t.mock.timers.tick(1);
  await closed;
  assert.deepEqual(lines, [
    [
      "warn",
      "cacheref: the cache is closed while 2 runs are still under way in the background, longer than runTimeout",
    ],
  ]);
});

test("a waitUntil that throws, at once or later, is a warning and harms nothing", async () => {
  for (const waitUntil of [
    () => {
      throw new TypeError("Illegal invocation");
    },
    async () => {
      throw new TypeError("Illegal invocation");
    },
  ]) {
    const { telling, lines } = setUp({ waitUntil });
    telling.later(Promise.resolve(), "one");
    telling.later(Promise.resolve(), "two");
    await telling.close();
    assert.deepEqual(lines, [
      [
        "warn",
        "cacheref: the option waitUntil threw: Illegal invocation; the runtime may cut off work in the background",
      ],
    ]);
  }
});

test("a waitUntil that throws lets a stale value be served, and its refresh run once", async () => {
  const { cache, clock } = setUpCache({
    ttl: 1,
    staleWhileRevalidate: 10,
    waitUntil: () => {
      throw new TypeError("Illegal invocation");
    },
  });
  let runs = 0;
  const get = cache({ keyPrefix: "get" })(async () => {
    runs += 1;
    return runs;
  });
  await get();
  clock.advance(1_500);
  assert.equal(await get(), 1);
  await cache.close();
  assert.equal(runs, 2);
  assert.equal(await get(), 2);
});
