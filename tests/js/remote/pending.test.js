// Invalidations that a backend did not take.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pending } from "../../../js/remote/pending.js";

/** @param {(concerns: string[]) => Promise<unknown>} apply */
const make = (apply) => new Pending({ invalidate: apply });

test("each concern is kept once, and applied by one attempt that all share", async () => {
  /** @type {string[][]} */
  const applied = [];
  const pending = make(async (concerns) => applied.push(concerns));
  pending.add(["e:user:1", "e:user:2"]);
  pending.add(["e:user:1"]);
  assert.equal(pending.size, 2);
  assert.deepEqual(await Promise.all([pending.flush(), pending.flush()]), [true, true]);
  assert.deepEqual(applied, [["e:user:1", "e:user:2"]]);
  assert.equal(pending.size, 0);
  assert.equal(await pending.flush(), true);
  await pending.close();
});

test("what fails is kept", async () => {
  let isDown = true;
  const pending = make(async () => {
    if (isDown) throw new Error("down");
  });
  pending.add(["e:user:1"]);
  assert.equal(await pending.flush(), false);
  assert.equal(pending.size, 1);
  isDown = false;
  assert.equal(await pending.flush(), true);
  await pending.close();
});

test("it is tried again without being asked", async () => {
  let attempts = 0;
  const applied = new Promise((resolve) => {
    const pending = make(async () => {
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
  const pending = make((concerns) => {
    applied.push(concerns);
    return new Promise((resolve) => gates.push(() => resolve(undefined)));
  });
  pending.add(["e:user:1"]);
  const first = pending.flush();
  pending.add(["e:user:1"]);
  assert.equal(pending.size, 1);
  gates[0]();
  assert.equal(await first, false);
  const second = pending.flush();
  gates[1]();
  assert.equal(await second, true);
  assert.deepEqual(applied, [["e:user:1"], ["e:user:1"]]);
  await pending.close();
});

test("too many concerns become everything", async () => {
  /** @type {string[][]} */
  const applied = [];
  const pending = make(async (concerns) => applied.push(concerns));
  pending.add(Array.from({ length: 10_001 }, (_, id) => `e:user:${id}`));
  assert.equal(pending.size, 1);
  pending.add(["e:user:1"]);
  assert.equal(await pending.flush(), true);
  assert.deepEqual(applied, [["a:*"]]);
  await pending.close();
});
