// Invalidations that a backend did not take.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pending, pendingOf } from "../../../js/remote/pending.js";

/**
 * @param {(concerns: string[]) => Promise<unknown>} invalidate
 * @param {number} [patienceMs]
 * @param {() => number} [now]
 */
function make(invalidate, patienceMs = 1000, now = () => performance.now()) {
  const pending = new Pending();
  const applier = { invalidate, patienceMs, now, keepAlive: () => {} };
  pending.open(applier);
  return { pending, applier, flush: () => pending.flush(applier), close: () => pending.close(applier) };
}
const users = (/** @type {number} */ count) => Array.from({ length: count }, (_, id) => `e:user:${id}`);

test("each concern is kept once, and applied by one attempt that all share", async () => {
  /** @type {string[][]} */
  const applied = [];
  const { pending, flush, close } = make(async (concerns) => applied.push(concerns));
  pending.add(["e:user:1", "e:user:2"]);
  pending.add(["e:user:1"]);
  assert.equal(pending.size, 2);
  assert.deepEqual(await Promise.all([flush(), flush()]), [true, true]);
  assert.deepEqual(applied, [["e:user:1", "e:user:2"]]);
  assert.equal(pending.size, 0);
  assert.equal(await flush(), true);
  assert.deepEqual(await close(), []);
});

test("what fails is kept", async () => {
  let isDown = true;
  const { pending, flush, close } = make(async () => {
    if (isDown) throw new Error("down");
  });
  pending.add(["e:user:1"]);
  assert.equal(await flush(), false);
  assert.equal(pending.size, 1);
  isDown = false;
  assert.equal(await flush(), true);
  await close();
});

test("it is tried again without being asked", async () => {
  let attempts = 0;
  const applied = new Promise((resolve) => {
    const { pending } = make(async () => {
      attempts += 1;
      if (attempts < 3) throw new Error("down");
      resolve(undefined);
    });
    pending.add(["e:user:1"]);
  });
  // Its timer alone would not keep this process alive.
  const alive = setInterval(() => {}, 1000);
  await applied;
  clearInterval(alive);
  assert.equal(attempts, 3);
});

test("what is asked for during an attempt is applied after it", async () => {
  /** @type {string[][]} */
  const applied = [];
  /** @type {(() => void)[]} */
  const gates = [];
  const { pending, flush, close } = make((concerns) => {
    applied.push(concerns);
    return new Promise((resolve) => gates.push(() => resolve(undefined)));
  });
  pending.add(["e:user:1"]);
  const first = flush();
  pending.add(["e:user:1"]);
  assert.equal(pending.size, 1);
  gates[0]();
  assert.equal(await first, false);
  const second = flush();
  gates[1]();
  assert.equal(await second, true);
  assert.deepEqual(applied, [["e:user:1"], ["e:user:1"]]);
  await close();
});

test("too many concerns become everything", async () => {
  /** @type {string[][]} */
  const applied = [];
  const { pending, flush, close } = make(async (concerns) => applied.push(concerns));
  pending.add(users(10_001));
  assert.equal(pending.size, 1);
  pending.add(["e:user:1"]);
  assert.equal(await flush(), true);
  assert.deepEqual(applied, [["a:*"]]);
  await close();
});

test("an attempt applies 200 concerns, and the next ones follow without being asked", async () => {
  /** @type {number[]} */
  const applied = [];
  const done = new Promise((resolve) => {
    const { pending, flush } = make(async (concerns) => {
      applied.push(concerns.length);
      if (applied.length === 3) resolve(undefined);
    });
    pending.add(users(450));
    flush().then((isDone) => assert.equal(isDone, false));
  });
  const alive = setInterval(() => {}, 1000);
  await done;
  clearInterval(alive);
  assert.deepEqual(applied, [200, 200, 50]);
});

test("a call waits no longer than its patience for an attempt, and one that is lost is begun anew", async () => {
  let attempts = 0;
  let now = 0;
  const invalidate = () => {
    attempts += 1;
    return attempts === 1 ? new Promise(() => {}) : Promise.resolve();
  };
  const { pending, flush } = make(invalidate, 5, () => now);
  pending.add(["e:user:1"]);
  assert.equal(await flush(), false);
  now = 10;
  assert.equal(await flush(), false);
  assert.equal(attempts, 1);
  now = 11;
  assert.equal(await flush(), true);
  assert.equal(attempts, 2);
});

test("calls at the same time share one burst of the concerns that wait", async () => {
  let attempts = 0;
  const { pending, flush, close } = make(() => {
    attempts += 1;
    return Promise.reject(new Error("down"));
  });
  pending.add(users(10_000));
  assert.equal(pending.size, 10_000);
  await Promise.all(Array.from({ length: 100 }, flush));
  assert.equal(attempts, 1, "100 calls share one burst");
  assert.equal((await close()).length, 10_000, "close says what is lost");
});

test("caches of one client and prefix share what waits, and the last one says what is lost", async () => {
  const client = {};
  const pending = pendingOf(client, "app:");
  assert.equal(pendingOf(client, "app:"), pending);
  assert.notEqual(pendingOf(client, "other:"), pending);
  assert.notEqual(pendingOf({}, "app:"), pending);
  const [one, other] = [0, 1].map(() => ({
    invalidate: () => Promise.reject(new Error("down")),
    patienceMs: 1000,
    now: () => performance.now(),
    keepAlive: () => {},
  }));
  pending.open(one);
  pending.open(other);
  pending.add(["e:user:1"]);
  assert.deepEqual(await pending.close(one), []);
  assert.deepEqual(await pending.close(other), ["e:user:1"]);
});
