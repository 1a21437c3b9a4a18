// The locks of keys: who waits for whom, and for how long.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Locks } from "../../../../js/remote/protocol/locks.js";

/** So long that a test that waits for it never ends. */
const FOR_EVER_MS = 2 ** 30;

test("a lock that was waited for in vain is overdue: nobody waits for it again", async () => {
  const locks = new Locks();
  const dead = locks.take("key", true);
  const alive = setInterval(() => {}, 1000); // its timer alone keeps no process alive
  assert.equal(await locks.wait("key", 1, 5), undefined);
  clearInterval(alive);
  assert.equal(dead?.overdueSince, 5);
  assert.equal(await locks.wait("key", FOR_EVER_MS, 6), undefined);
  assert.equal(dead?.overdueSince, 5);
  assert.equal(locks.late.has("key"), false, "what lies under the key is not old");
  locks.revoke("key");
  assert.equal((await locks.wait("key", FOR_EVER_MS, 7))?.overdueSince, undefined);
});

test("a late key is overdue until its holder is done", async () => {
  const locks = new Locks();
  const hold = locks.take("key", true);
  locks.setLate("key", 5);
  assert.equal(await locks.wait("key", FOR_EVER_MS, 6), undefined);
  hold?.release();
  assert.equal(locks.late.has("key"), false);
  assert.ok(await locks.wait("key", FOR_EVER_MS, 7));
});

test("one who waits for several holders in turn makes none of them overdue", async () => {
  const locks = new Locks();
  const first = locks.take("key");
  const waiting = [locks.wait("key", FOR_EVER_MS, 1), locks.wait("key", 20, 1)];
  first?.release();
  const second = await waiting[0];
  const alive = setInterval(() => {}, 1000);
  assert.equal(await waiting[1], undefined);
  clearInterval(alive);
  assert.equal(second?.overdueSince, undefined);
});
