// MemoryBackend as an object with commands: those of every backend, and how they see cached calls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBackend as SmallBackend } from "../../../js/entries/memory.js";
import { EntityCache, MemoryBackend } from "../../../js/entries/node.js";
import { MemoryBackend as SlimBackend } from "../../../js/entries/slim.js";
import { backendSuite, manualClock } from "../../../js/entries/testing.js";

const clock = manualClock();

/** A backend whose time is that of `clock`: a backend takes it from the first cache on it. */
function makeBackend(options) {
  const backend = new MemoryBackend(options);
  new EntityCache({ backend, clock });
  return backend;
}

// One backend for all: what two caches over one store share is part of the suite.
const backend = makeBackend();
backendSuite({ EntityCache, makeBackend: () => backend, test, clock, elapse: (ms) => clock.advance(ms) });

test("cached calls are seen under the names that they would have in Redis", async () => {
  const backend = makeBackend();
  const cache = new EntityCache({ backend, prefix: "app:", clock });
  const getUser = cache("user")(async function getUser(id) {
    return { id };
  });
  const search = cache("user", { keyPrefix: "search", version: 2 })(async () => [{ id: 1 }, { id: 7 }]);
  const find = cache({ keyPrefix: "find", normalizeArgs: true, params: ["who"] })(async () => 1);
  await getUser(7);
  await search({ size: 2, page: 1, filter: { text: "x".repeat(80) } });
  await search({ page: 1 });
  await find("ada");
  assert.deepEqual(
    backend.keys("*").sort(),
    [
      getUser.key(7),
      find.key("ada"),
      search.key({ page: 1, size: 2, filter: { text: "x".repeat(80) } }),
      search.key({ page: 1 }),
      "app:e:user:1",
      "app:e:user:7",
      "app:l:user",
    ].sort(),
  );
  assert.equal(getUser.key(7), "app:c:getUser:[7]");
  assert.deepEqual(backend.keys("app:c:getUser:*"), ["app:c:getUser:[7]"]);
  assert.equal(backend.get("app:c:getUser:[7]"), '{"id":7}');
  assert.deepEqual(
    backend.smembers("app:e:user:7").sort(),
    [
      search.key({ page: 1, size: 2, filter: { text: "x".repeat(80) } }),
      "app:c:getUser:[7]",
      search.key({ page: 1 }),
    ].sort(),
  );
  assert.equal(backend.ttl("app:c:getUser:[7]"), 3600);
  assert.equal(backend.delete("app:c:getUser:[7]", "app:c:getUser:[8]"), 1);
  assert.equal(await getUser.peek(7), undefined);
  assert.deepEqual(await search.peek({ page: 1 }), [{ id: 1 }, { id: 7 }]);
});

test("a member that was added by hand to an index is dropped with it", async () => {
  const backend = makeBackend();
  const cache = new EntityCache({ backend, prefix: "app:", clock });
  backend.set("app:c:custom", "1");
  backend.set("app:c:other", "1");
  backend.sadd("app:e:user:42", "app:c:custom");
  backend.sadd("app:l:user", "app:c:list", "app:c:gone");
  backend.set("app:c:list", "1");
  assert.equal(await cache.invalidateEntity("user", 42), 1);
  assert.equal(backend.get("app:c:custom"), null);
  assert.equal(backend.get("app:c:other"), "1");
  assert.deepEqual(backend.smembers("app:e:user:42"), []);
  assert.equal(backend.get("app:c:list"), "1");
  assert.equal(await cache.invalidateLists("user"), 1);
  assert.equal(backend.get("app:c:list"), null);
});

test("keys are shown by the names of properties after the core was replaced, too", async () => {
  const backend = makeBackend();
  const cache = new EntityCache({ backend, prefix: "app:", clock });
  const search = cache({ keyPrefix: "search" })(async () => 1);
  await search({ page: 1 });
  assert.deepEqual(backend.keys("*"), [search.key({ page: 1 })]);
  backend.slots.core.replace();
  assert.deepEqual(backend.keys("*"), []);
  await search({ page: 1 });
  assert.deepEqual(backend.keys("*"), [search.key({ page: 1 })]);
});

test("a scan meets what is there all the while, in steps", async () => {
  const backend = makeBackend();
  for (let number = 0; number < 50; number += 1) backend.set(`stays:${number}`, "1");
  const found = new Set();
  let cursor = 0;
  let steps = 0;
  do {
    const answer = backend.scan(cursor, { match: "stays:*", count: 7 });
    for (const key of answer.keys) found.add(key);
    cursor = answer.cursor;
    steps += 1;
    backend.set(`comes:${steps}`, "1");
    backend.delete(`comes:${steps - 1}`);
  } while (cursor !== 0);
  assert.equal(found.size, 50);
  assert.ok(steps > 7);
});

test("expire, ttl and srem mean what they mean in Redis", () => {
  const backend = makeBackend();
  backend.set("key", "1");
  assert.equal(backend.ttl("key"), -1);
  assert.equal(backend.ttl("nothing"), -2);
  assert.equal(backend.expire("key", 10), 1);
  assert.equal(backend.expire("nothing", 10), 0);
  clock.advance(4000);
  assert.equal(backend.ttl("key"), 6);
  assert.equal(backend.expire("key", 0), 1);
  assert.equal(backend.get("key"), null);
  assert.equal(backend.sadd("set", "a", "b", "a"), 2);
  assert.equal(backend.sadd("set", "b"), 0);
  backend.expire("set", 100);
  assert.equal(backend.srem("set", "a", "c"), 1);
  assert.equal(backend.ttl("set"), 100);
  assert.equal(backend.srem("set", "b"), 1);
  assert.deepEqual(backend.keys("set"), []);
});

test("a command on a key of another kind is refused, as Redis refuses it", () => {
  const backend = makeBackend();
  backend.set("text", "1");
  backend.sadd("set", "a");
  assert.throws(() => backend.sadd("text", "a"), /WRONGTYPE/);
  assert.throws(() => backend.get("set"), /WRONGTYPE/);
});

test("bytes that are set by hand are kept apart from those of the caller", () => {
  const backend = makeBackend();
  const bytes = new Uint8Array([1, 2, 3]);
  backend.set("bytes", bytes);
  bytes[0] = 9;
  const got = backend.get("bytes");
  got[1] = 9;
  assert.deepEqual(backend.get("bytes"), new Uint8Array([1, 2, 3]));
});

test("keys set by hand count and go like cached calls", () => {
  const backend = makeBackend({ maxEntries: 2 });
  backend.set("a", "1");
  backend.set("b", "1");
  backend.get("a");
  backend.set("c", "1");
  assert.deepEqual(backend.keys("*").sort(), ["a", "c"]);
});

test("misuse of the options is told", () => {
  for (const [options, message] of [
    [{ maxEntries: 0 }, /maxEntries must be a whole number >= 1, or Infinity, got 0/],
    [{ maxEntries: 1.5 }, /maxEntries must be a whole number >= 1, or Infinity, got 1.5/],
    [{ maxEntries: Number.NaN }, /maxEntries must be a whole number >= 1, or Infinity, got NaN/],
    [{ maxBytes: "1 MB" }, /maxBytes must be a number >= 1, or Infinity, got "1 MB"/],
    [{ values: "copies" }, /values must be "copy", "shared" or "frozen", got "copies"/],
    [{ max: 5 }, /one of maxEntries, maxBytes, values, got "max"/],
    [null, /an object of options, got null/],
  ]) {
    assert.throws(() => new MemoryBackend(options), { name: "ConfigError", code: "ERR_CACHEREF_OPTION", message });
  }
  assert.ok(new MemoryBackend({ maxEntries: undefined, maxBytes: Number.POSITIVE_INFINITY }));
  assert.ok(
    new MemoryBackend({ maxEntries: Number.POSITIVE_INFINITY, maxBytes: 0.1 * 2 ** 30 }),
    "a share of the memory",
  );
});

test("a backend of another entry, whose core is another one, is refused", () => {
  for (const backend of [new SmallBackend(), new SlimBackend()]) {
    assert.throws(() => new EntityCache({ backend }), {
      name: "ConfigError",
      code: "ERR_CACHEREF_BACKEND",
      message: /import EntityCache and MemoryBackend from the same one/,
    });
  }
});
