// Memoized synchronous functions: errors, invalidations during a run, and functions that call themselves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp } from "../../helpers/cache.js";
import { countedSync } from "../../helpers/functions.js";

const user = (/** @type {any} */ id) => ({ id, name: "Ada" });

test("an error reaches the caller as it is and is not cached", () => {
  const { cache } = setUp();
  const error = new Error("down");
  const fn = countedSync(() => {
    throw error;
  });
  const get = cache.sync("user")(fn);
  for (let call = 1; call <= 2; call += 1) {
    assert.throws(
      () => get(1),
      (thrown) => thrown === error,
    );
    assert.equal(fn.runs, call);
  }
  assert.equal(cache.stats().running, 0);
});

for (const values of ["copy", "shared", "frozen"]) {
  test(`within staleIfError a failing function gives its last value (${values})`, () => {
    const { cache, clock } = setUp({}, { values });
    let isDown = false;
    const get = cache.sync("user", { ttl: 10, staleIfError: 60 })((id) => {
      if (isDown) throw new Error("down");
      return user(id);
    });
    const first = get(1);
    isDown = true;
    clock.advance(20_000);
    assert.equal(get(1), first);
    assert.equal(get(1), first, "without a run, because the last one has just failed");
    assert.deepEqual([cache.stats().stale, cache.stats().misses], [2, 2]);
    clock.advance(60_000);
    assert.throws(() => get(1), /down/);
    isDown = false;
    assert.notEqual(get(1), first);
  });
}

test("a run during which its entity is invalidated is not stored", () => {
  const { cache } = setUp();
  const fn = countedSync((id) => {
    if (fn.runs === 1) cache.invalidateEntity("user", id);
    return user(id);
  });
  const get = cache.sync("user")(fn);
  const [first, second] = [get(1), get(1)];
  assert.notEqual(first, second);
  assert.equal(get(1), second);
  assert.equal(fn.runs, 2);
});

test("a run during which its own call is invalidated is not stored", () => {
  const { cache } = setUp();
  const fn = countedSync((id) => {
    if (fn.runs === 1) get.invalidate(id);
    return user(id);
  });
  const get = cache.sync("user")(fn);
  assert.notEqual(get(1), get(1));
  assert.equal(fn.runs, 2);
});

test("a function that calls itself with other arguments uses what is stored", () => {
  const { cache } = setUp();
  let runs = 0;
  const fibonacci = cache.sync()((n) => {
    runs += 1;
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
  });
  assert.equal(fibonacci(70), 190392490709135);
  assert.equal(runs, 71);
});

test("a function that calls itself with the same arguments runs again and does not hang", () => {
  const { cache } = setUp();
  const fn = countedSync((id) => (fn.runs < 3 ? get(id) : user(id)));
  const get = cache.sync("user")(fn);
  const reasons = [];
  cache.on("skip", ({ reason }) => reasons.push(reason));
  const first = get(1);
  assert.equal(get(1), first);
  assert.equal(fn.runs, 3);
  assert.deepEqual(reasons, ["recursion", "recursion"]);
  assert.equal(cache.stats().running, 0);
});

for (const values of ["copy", "shared", "frozen"]) {
  test(`a recursion too deep for the stack is the caller's RangeError, and costs the cache nothing (${values})`, () => {
    const { cache, lines } = setUp({}, { values });
    const get = cache.sync("user", { keyPrefix: "get" })(user);
    const kept = get(1);
    // The stack ends at another place each time.
    for (let frames = 0; frames < 40; frames += 1) {
      const depth = cache.sync("user", { keyPrefix: "depth" })((n) => ({ id: n, rest: depth(n + 1).id }));
      const within = (/** @type {number} */ left) => (left === 0 ? depth(0) : [within(left - 1)]);
      assert.throws(() => within(frames), RangeError);
      assert.equal(cache.stats().running, 0);
    }
    assert.equal(get(1), kept);
    const short = cache.sync({ keyPrefix: "short" })((n) => (n === 0 ? 0 : 1 + short(n - 1)));
    assert.equal(short(100), 100);
    assert.equal(cache.stats().errors, 0);
    assert.deepEqual(
      lines.filter(([level]) => level !== "info"),
      [],
    );
  });
}

test("a function may catch the RangeError of a recursion inside of it", () => {
  const { cache } = setUp();
  const endless = cache.sync()((n) => 1 + endless(n + 1));
  const guarded = cache.sync()((n) => {
    try {
      return endless(n);
    } catch {
      return -1;
    }
  });
  assert.equal(guarded(0), -1);
  assert.equal(guarded(0), -1);
  assert.equal(cache.stats().errors, 0);
  assert.equal(cache.stats().running, 0);
});
