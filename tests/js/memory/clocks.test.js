// Time on one backend: each cache has its own, and keys set by hand have that of the first cache.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EntityCache, MemoryBackend } from "../../../js/entries/node.js";
import { manualClock } from "../../../js/entries/testing.js";

function setUp() {
  const backend = new MemoryBackend();
  const [first, second] = [manualClock(), manualClock()];
  const one = new EntityCache({ backend, clock: first, prefix: "one:", ttl: 10 });
  const other = new EntityCache({ backend, clock: second, prefix: "other:", ttl: 10 });
  return { backend, one, other, first, second };
}

test("a key set by hand expires by the clock of the first cache, whichever caches come later", () => {
  const { backend, first, second } = setUp();
  backend.set("key", "value", 10);
  backend.sadd("set", "a");
  backend.expire("set", 10);
  second.advance(60_000);
  assert.equal(backend.get("key"), "value");
  assert.equal(backend.ttl("set"), 10);
  first.advance(9_999);
  assert.equal(backend.get("key"), "value");
  first.advance(1);
  assert.equal(backend.get("key"), null);
  assert.deepEqual(backend.smembers("set"), []);
});

test("a cached call expires by the clock of its own cache", async () => {
  const { one, other, first, second } = setUp();
  const getOne = one({ keyPrefix: "get" })(async () => 1);
  const getOther = other({ keyPrefix: "get" })(async () => 2);
  await getOne();
  await getOther();
  first.advance(10_000);
  assert.equal(await getOne.peek(), undefined);
  assert.equal(await getOther.peek(), 2);
  second.advance(10_000);
  assert.equal(await getOther.peek(), undefined);
});

test("a backend without a cache has the time of the system", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const backend = new MemoryBackend();
  backend.set("key", "value", 10);
  context.mock.timers.setTime(1_009_999);
  assert.equal(backend.get("key"), "value");
  context.mock.timers.setTime(1_010_000);
  assert.equal(backend.get("key"), null);
});
