// Cached calls in memory: the rules (docs/rules.md) that hold for values that are copied, shared and frozen alike.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp } from "../../helpers/cache.js";
import { counted, gated } from "../../helpers/functions.js";

for (const values of ["copy", "shared", "frozen"]) {
  test(`C2: a hit does not run the function (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const load = counted((argument) => [typeof argument, String(argument)]);
    const get = cache({ keyPrefix: "get" })(load);
    for (const argument of [1, "1", { a: 1, b: [2] }, [1], null, undefined, true, 1n, Number.NaN, 1.5]) {
      load.runs = 0;
      for (let call = 0; call < 4; call += 1) {
        assert.deepEqual(await get(argument), [typeof argument, String(argument)]);
      }
      assert.equal(load.runs, 1, String(argument));
    }
  });

  test(`K2: -0 is 0, NaN is NaN, and trailing undefined is nothing (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const load = counted(() => "value");
    const get = cache({ keyPrefix: "get" })(load);
    await get(0);
    await get(-0);
    await get(0, undefined);
    await get(-0);
    assert.equal(load.runs, 1);
    await get("0");
    assert.equal(load.runs, 2);
    await get();
    await get(undefined);
    assert.equal(load.runs, 3);
  });

  test(`C3: concurrent calls share one run (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const load = gated((id) => ({ id }));
    const get = cache("user", { keyPrefix: "get" })(load);
    const calls = [get(1), get(1), get(1)];
    load.pass();
    assert.deepEqual(await Promise.all(calls), [{ id: 1 }, { id: 1 }, { id: 1 }]);
    assert.equal(load.runs, 1);
  });

  test(`C3: calls that joined are not joined any more after an invalidation (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const load = gated((id) => ({ id }));
    const get = cache("user", { keyPrefix: "get" })(load);
    const before = [get(1), get(1), get(1)];
    await cache.invalidateEntity("user", 1);
    const after = [get(1), get(1), get(1)];
    load.pass();
    await Promise.all([...before, ...after]);
    assert.equal(load.runs, 2);
    await Promise.all([get(1), get(1), get(1)]);
    assert.equal(load.runs, 2);
  });

  test(`C3, I1: a call after an invalidation does not join, and the older run is not stored (${values})`, async () => {
    const { cache } = setUp({}, { values });
    let version = 1;
    const waiting = [];
    const get = cache("user", { keyPrefix: "get" })(async (id) => {
      const read = { id, version };
      await new Promise((resolve) => waiting.push(resolve));
      return read;
    });
    const old = get(1);
    version = 2;
    await cache.invalidateEntity("user", 1);
    const fresh = get(1);
    waiting[1]();
    assert.equal((await fresh).version, 2);
    waiting[0]();
    assert.equal((await old).version, 1);
    assert.equal((await get(1)).version, 2);
  });

  test(`I1: a run is not stored when what it read was invalidated meanwhile (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const load = gated((id) => [{ id }, { id: 7 }]);
    const get = cache("user", { keyPrefix: "get" })(load);
    const invalidations = [
      () => cache.invalidateEntity("user", 7),
      () => cache.invalidateLists("user"),
      () => cache.invalidateFunction("get"),
      () => cache.invalidateKey(get, 2),
      () => cache.invalidateAll(),
    ];
    const concerned = invalidations.map((invalidate, id) => ({ call: get(id), invalidate }));
    await concerned[0].invalidate();
    load.pass();
    await Promise.all(concerned.map(({ call }) => call));
    assert.equal(await get.peek(0), undefined);
    for (const [id, { invalidate }] of concerned.entries()) {
      const late = gated((id) => [{ id }, { id: 7 }]);
      const again = cache("user", { keyPrefix: `again ${id}` })(late);
      const call = again(2);
      await (id === 2 ? cache.invalidateFunction(again) : id === 3 ? again.invalidate(2) : invalidate());
      late.pass();
      await call;
      assert.equal(await again.peek(2), undefined, `invalidation ${id}`);
    }
  });

  test(`C6: every caller that joined gets the very error, and the next call runs (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const error = new Error("not today");
    let runs = 0;
    const get = cache({ keyPrefix: "get" })(async () => {
      runs += 1;
      if (runs === 1) throw error;
      return "value";
    });
    const caught = await Promise.all([get(1), get(1)].map((call) => call.catch((reason) => reason)));
    assert.deepEqual(
      caught.map((reason) => reason === error),
      [true, true],
    );
    assert.equal(await get(1), "value");
    assert.equal(cache.stats().running, 0);
  });

  test(`T1: an entry is a hit until its ttl and never after (${values})`, async () => {
    const { cache, clock } = setUp({ ttl: 10 }, { values });
    const load = counted((id) => ({ id }));
    const get = cache({ keyPrefix: "get" })(load);
    for (const argument of [1, { a: 1 }]) {
      load.runs = 0;
      for (let call = 0; call < 3; call += 1) await get(argument);
      clock.advance(9999);
      await get(argument);
      assert.equal(load.runs, 1);
      clock.advance(1);
      await get(argument);
      assert.equal(load.runs, 2);
    }
  });

  test(`the least recently used goes first, by hits of all kinds (${values})`, async () => {
    const { cache } = setUp({}, { values, maxEntries: 3 });
    const get = cache({ keyPrefix: "get" })(async (id) => ({ id }));
    await get(1);
    await get({ two: 2 });
    await get(3);
    await get(1);
    await get({ two: 2 });
    await get(1);
    await get(4);
    assert.deepEqual(await Promise.all([get.peek(1), get.peek({ two: 2 }), get.peek(3), get.peek(4)]), [
      { id: 1 },
      { id: { two: 2 } },
      undefined,
      { id: 4 },
    ]);
    await get(5);
    await get(6);
    assert.deepEqual(await Promise.all([get.peek(1), get.peek({ two: 2 })]), [undefined, undefined]);
    assert.equal(cache.stats().evictions, 3);
    assert.equal(cache.stats().entries, 3);
  });

  test(`many more single arguments than are kept at hand stay right (${values})`, async () => {
    const { cache } = setUp({}, { values, maxEntries: 20_000 });
    const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id }));
    for (let round = 0; round < 3; round += 1) {
      for (let id = 0; id < 25_000; id += 1) {
        const got = await get(id);
        if (got.id !== id) assert.fail(`${id} gave ${got.id}`);
      }
      await cache.invalidateEntity("user", 24_999);
    }
    for (let id = 24_000; id < 25_000; id += 1) assert.deepEqual(await get(id), { id });
    assert.equal(cache.stats().entries, 20_000);
  });

  test(`a stale value is served while one run refreshes it (${values})`, async () => {
    const { cache, clock } = setUp({ ttl: 10, staleWhileRevalidate: 5 }, { values });
    const load = counted(() => ({ runs: load.runs }));
    const get = cache({ keyPrefix: "get" })(load);
    await get(1);
    clock.advance(12_000);
    assert.deepEqual(await Promise.all([get(1), get(1)]), [{ runs: 1 }, { runs: 1 }]);
    await cache.close();
    assert.equal(load.runs, 2);
    assert.deepEqual(await get(1), { runs: 2 });
    assert.equal(cache.stats().stale, 2);
    clock.advance(15_000);
    assert.deepEqual(await get(1), { runs: 3 });
  });

  test(`when the function fails a stale value is served for staleIfError (${values})`, async () => {
    const { cache, clock } = setUp({ ttl: 10, staleIfError: 60 }, { values });
    const error = new Error("down");
    let isDown = false;
    const get = cache("user", { keyPrefix: "get" })(async (id) => {
      if (isDown) throw error;
      return { id };
    });
    await get(1);
    isDown = true;
    clock.advance(69_999);
    assert.deepEqual(await Promise.all([get(1), get(1)]), [{ id: 1 }, { id: 1 }]);
    await assert.rejects(get.refresh(1), error);
    clock.advance(1);
    await assert.rejects(get(1), (reason) => reason === error);
    assert.equal(cache.stats().entries, 0);
  });

  test(`an entity that was softly invalidated is served stale and refreshed (${values})`, async () => {
    const { cache } = setUp({ staleWhileRevalidate: 60 }, { values });
    const load = counted((id) => ({ id, runs: load.runs }));
    const get = cache("user", { keyPrefix: "get" })(load);
    for (let call = 0; call < 3; call += 1) await get(1);
    assert.equal(await cache.invalidateEntity("user", 1, { soft: true }), 1);
    assert.equal((await get(1)).runs, 1);
    await cache.close();
    assert.equal((await get(1)).runs, 2);
  });

  test(`refresh runs and stores, whatever is cached (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const load = counted((id) => ({ id, runs: load.runs }));
    const get = cache("user", { keyPrefix: "get" })(load);
    await get(1);
    await get(1);
    assert.equal((await get.refresh(1)).runs, 2);
    assert.equal((await get(1)).runs, 2);
    assert.equal((await get.peek(1)).runs, 2);
    assert.equal(await get.peek(2), undefined);
    assert.equal(load.runs, 2);
  });

  test(`the core is replaced after a trap, and calls go on (${values})`, async () => {
    const { cache, backend, lines } = setUp({}, { values });
    const load = counted((id) => ({ id }));
    const get = cache("user", { keyPrefix: "get" })(load);
    for (let call = 0; call < 3; call += 1) await get(1);
    const slow = gated((id) => ({ id }));
    const getSlowly = cache("user", { keyPrefix: "getSlowly" })(slow);
    const running = getSlowly(5);
    const { slots } = backend;
    const { storeLookup } = slots.core.exports;
    // A real trap in the middle of a call: a store that was never made.
    assert.throws(() => storeLookup(4_000_000, 0, 1, 0, 0), WebAssembly.RuntimeError);
    const { handle } = slots;
    Object.defineProperty(slots, "handle", { configurable: true, get: () => 4_000_000 });
    assert.deepEqual(await get({ a: 1 }), { id: { a: 1 } });
    delete slots.handle;
    assert.equal(slots.core.generation > 0, true);
    assert.equal(handle !== undefined, true);
    assert.ok(
      lines.some(([level, line]) => level === "error" && line.includes("the core was replaced after it trapped")),
    );
    slow.pass();
    assert.deepEqual(await running, { id: 5 });
    assert.equal(await getSlowly.peek(5), undefined);
    load.runs = 0;
    for (let call = 0; call < 3; call += 1) assert.deepEqual(await get(1), { id: 1 });
    assert.equal(load.runs, 1);
    assert.equal(await cache.invalidateEntity("user", 1), 1);
  });
}
