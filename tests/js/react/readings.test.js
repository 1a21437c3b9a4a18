// What cacheref/react remembers between a run and its result; without React.
import assert from "node:assert/strict";
import { test } from "node:test";
import { read, show, threw } from "../../../js/react/readings.js";
import { setUp } from "../../helpers/cache.js";
import { counted, gated } from "../../helpers/functions.js";

/**
 * A function in a cache with frozen values, and what components do with its call.
 * @param {any} load
 * @param {any} [options]
 */
function reading(load, options) {
  const { cache } = setUp({}, { values: "frozen" });
  const get = cache("user", { keyPrefix: "get", ...options })(load);
  const key = get.key(1);
  return {
    cache,
    get,
    read: () => read(get, key, [1]),
    threw: () => threw(get, key),
    show: (promise, render) => show(get, key, [1], promise, render),
  };
}

/** Lets what waits for promises that are settled go on. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("all components that read during a run wait for one promise, and after it a hit has the value", async () => {
  const load = gated((id) => ({ id }));
  const { get, read } = reading(load);
  const promise = read();
  assert.equal(read(), promise);
  assert.equal(promise.status, undefined);
  load.pass();
  const value = await promise;
  await turn();
  assert.equal(read(), promise);
  assert.deepEqual([promise.status, promise.value === value], ["fulfilled", true]);
  assert.equal(await get(1), value);
  assert.equal(load.runs, 1);
});

test("a run that was invalidated meanwhile is not shown: the next read runs anew", async () => {
  const load = gated((id) => ({ id }));
  const { cache, read } = reading(load);
  const promise = read();
  await cache.invalidateEntity("user", 1);
  load.pass();
  await promise;
  assert.notEqual(read(), promise);
  assert.equal(load.runs, 2);
});

test("an error is remembered until it is thrown, and a later read runs anew", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let runs = 0;
  const { read, threw } = reading(async () => {
    runs += 1;
    throw new Error(`run ${runs}`);
  });
  await assert.rejects(read(), { message: "run 1" });
  assert.equal(read().status, "rejected");
  // React renders twice before it gives up.
  threw();
  assert.equal(read().reason.message, "run 1");
  context.mock.timers.tick(0);
  assert.equal(read().reason.message, "run 1", "it may do other work in between");
  threw();
  context.mock.timers.tick(500);
  await assert.rejects(read(), { message: "run 2" });
});

test("in a page an error that was thrown is remembered until the page is idle", async (context) => {
  /** @type {(() => void)[]} */
  const idle = [];
  context.after(() => Reflect.deleteProperty(globalThis, "requestIdleCallback"));
  Object.assign(globalThis, { requestIdleCallback: (/** @type {() => void} */ callback) => idle.push(callback) });
  let runs = 0;
  const { read, threw } = reading(async () => {
    runs += 1;
    throw new Error(`run ${runs}`);
  });
  await assert.rejects(read(), { message: "run 1" });
  threw();
  assert.equal(read().reason.message, "run 1");
  for (const callback of idle) callback();
  await assert.rejects(read(), { message: "run 2" });
});

test("what nobody shows or keeps is forgotten after a while, and not before", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const load = counted((id) => ({ id }));
  const { read } = reading(load, { ttl: 0 });
  await read();
  await null;
  await null;
  context.mock.timers.tick(4000);
  read();
  assert.equal(load.runs, 1);
  context.mock.timers.tick(2000);
  read();
  assert.equal(load.runs, 2);
});

test("a result that the cache does not keep is read once for as long as a component shows it", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const load = counted((id) => ({ id }));
  const { read, show } = reading(load, { ttl: 0 });
  const promise = read();
  const value = await promise;
  const hide = show(promise, () => assert.fail("nothing was invalidated"));
  context.mock.timers.tick(60_000);
  assert.equal(read().value, value);
  hide();
  context.mock.timers.tick(6000);
  read();
  assert.equal(load.runs, 2);
});

test("a component is rendered when its value is invalidated or replaced, until it is hidden", async () => {
  const { cache, get, read, show } = reading(async (id) => ({ id }));
  const promise = read();
  await promise;
  let renders = 0;
  const hide = show(promise, () => {
    renders += 1;
  });
  await cache.invalidateEntity("user", 2);
  assert.equal(renders, 0);
  await cache.invalidateEntity("user", 1);
  assert.equal(renders, 1);
  await read();
  await get.refresh(1);
  assert.equal(renders, 2);
  hide();
  await get.refresh(1);
  assert.equal(renders, 2);
});

test("the end of a ttl renders nothing, and the next read runs the function", async () => {
  const load = counted((id) => ({ id }));
  const { clock, cache } = setUp({ ttl: 10 }, { values: "frozen" });
  const get = cache("user", { keyPrefix: "get" })(load);
  const promise = read(get, "key", [1]);
  await promise;
  await turn();
  show(get, "key", [1], promise, () => assert.fail("nothing was invalidated"));
  await turn();
  clock.advance(11_000);
  const anew = read(get, "key", [1]);
  assert.notEqual(anew, promise);
  assert.equal(read(get, "key", [1]), anew);
  assert.equal(load.runs, 2);
});

test("what was invalidated before the component began to listen renders it", async () => {
  const { cache, read, show } = reading(async (id) => ({ id }));
  const promise = read();
  await promise;
  await cache.invalidateEntity("user", 1);
  let renders = 0;
  show(promise, () => {
    renders += 1;
  });
  await turn();
  assert.equal(renders, 1);
});

test("a value that was evicted stays, without a run, until the next invalidation", async () => {
  const { cache } = setUp({}, { values: "frozen", maxEntries: 1 });
  const load = counted((id) => ({ id }));
  const get = cache("user", { keyPrefix: "get" })(load);
  await get(1);
  const promise = read(get, "key", [1]);
  let renders = 0;
  show(get, "key", [1], promise, () => {
    renders += 1;
  });
  await turn();
  await get(2);
  await turn();
  assert.equal(read(get, "key", [1]), promise);
  assert.deepEqual([load.runs, renders], [2, 0]);
  await cache.invalidateEntity("user", 2);
  assert.equal(renders, 1);
  assert.notEqual(read(get, "key", [1]), promise);
});

test("a call that nobody shows any more has no subscriber left", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { get } = reading(async (id) => ({ id }));
  let begun = 0;
  let ended = 0;
  const watched = Object.assign((/** @type {unknown[]} */ ...args) => get(...args), {
    peek: get.peek,
    subscribe(/** @type {unknown[]} */ args, /** @type {any} */ listener) {
      begun += 1;
      const unsubscribe = get.subscribe(args, listener);
      return () => {
        ended += 1;
        unsubscribe();
      };
    },
  });
  const promise = read(watched, "key", [1]);
  await promise;
  const hides = [1, 2].map(() => show(watched, "key", [1], promise, () => {}));
  await turn();
  assert.equal(begun - ended, 1);
  for (const hide of hides) hide();
  context.mock.timers.tick(5000);
  assert.equal(begun, ended);
});

/** A synchronous function, and how often it ran. @param {object} [options] */
function synchronous(options) {
  const { cache } = setUp({}, { values: "shared" });
  const load = Object.assign((/** @type {number} */ id) => ({ id, run: ++load.runs }), { runs: 0 });
  const get = cache.sync("user", { keyPrefix: "get", ...options })(load);
  const key = get.key(1);
  const shown = { renders: 0 };
  const render = () => {
    shown.renders += 1;
  };
  return {
    cache,
    load,
    shown,
    read: () => read(get, key, [1]),
    show: (promise) => show(get, key, [1], promise, render),
  };
}

test("the value of a synchronous function is read at once, and again when it was invalidated", async () => {
  const { cache, shown, read, show } = synchronous();
  const first = read();
  assert.deepEqual([first.status, first.value], ["fulfilled", { id: 1, run: 1 }]);
  show(first);
  await turn();
  assert.equal(read(), first);
  assert.equal(shown.renders, 0);
  await cache.invalidateEntity("user", 1);
  assert.equal(shown.renders, 1);
  assert.equal(read().value.run, 2);
});

test("a value of a synchronous function that the cache does not keep is read once as long as it is shown", async () => {
  const { load, shown, read, show } = synchronous({ ttl: 0 });
  const first = read();
  const hide = show(first);
  await turn();
  assert.equal(read(), first);
  assert.deepEqual([load.runs, shown.renders], [1, 0]);
  hide();
});
