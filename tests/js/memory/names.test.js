// Looking around in a store in memory: patterns, indexes and scans.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { matcherOf } from "../../../js/memory/glob.js";
import { setUp } from "../../helpers/cache.js";

const vectors = JSON.parse(readFileSync(new URL("../../vectors/glob.json", import.meta.url), "utf8"));

test("patterns match what they match in Redis", () => {
  for (const [pattern, wanted] of Object.entries(vectors.patterns)) {
    const isMatch = matcherOf(pattern);
    const found = vectors.texts.flatMap((text, index) => (isMatch(text) ? [index] : []));
    assert.deepEqual(found, wanted, pattern);
  }
});

test("a pattern with many stars ends soon", () => {
  assert.equal(matcherOf(`${"a*".repeat(1000)}b`)("a".repeat(2000)), false);
});

/** A cache whose functions return what they are given, so that a test says what an entry holds. */
function setUpFunctions() {
  const { cache, backend, clock } = setUp({ ttl: "1s" });
  const get = cache("user", { keyPrefix: "get" })(async (_, result) => result);
  const all = cache("user", { keyPrefix: "get:all" })(async (_, result) => result);
  return { cache, backend, clock, get, all };
}

test("a call is found by its key, and by no other", async () => {
  const { backend, get, all, clock } = setUpFunctions();
  await get("a", 1);
  await all("a", 2);
  assert.equal(backend.get('app:c:get:["a",1]'), "1");
  assert.equal(backend.get('app:c:get:all:["a",2]'), "2");
  assert.equal(backend.get('app:c:get:["b",1]'), null);
  assert.equal(backend.get('app:c:other:["a",1]'), null);
  clock.advance(1000);
  assert.equal(backend.get('app:c:get:["a",1]'), null, "it has expired");
});

test("a key that was set by hand is found even if it looks like another", async () => {
  const { backend, get } = setUpFunctions();
  await get("a", 1);
  backend.set("session:1", "plain");
  backend.set('app:c:get:["a",1]', "by hand");
  assert.equal(backend.get("session:1"), "plain");
  assert.equal(backend.get('app:c:get:["a",1]'), "by hand");
});

test("an index lists its calls, newest first", async () => {
  const { backend, get, all } = setUpFunctions();
  await get("a", [{ id: 7 }, { id: "8:x" }]);
  await all("b", [{ id: 7 }]);
  const [one, other] = [get.key("a", [{ id: 7 }, { id: "8:x" }]), all.key("b", [{ id: 7 }])];
  assert.deepEqual(backend.smembers("app:e:user:7"), [other, one]);
  assert.deepEqual(backend.smembers("app:e:user:8:x"), [one]);
  assert.deepEqual(backend.smembers("app:l:user"), [other, one]);
  for (const none of ["app:e:user", "app:e:user:9", "app:l:order", "other:e:user:7", "app:c:get"])
    assert.deepEqual(backend.smembers(none), [], none);
});

test("a scan returns every key and index once, whatever its pages", async () => {
  const { backend, get, clock } = setUpFunctions();
  await get("a", [{ id: 7 }]);
  backend.set("by hand", "1", 10);
  clock.advance(500);
  await get("b", { id: 8 });
  const all = (/** @type {number} */ count) => {
    const found = [];
    let cursor = 0;
    do {
      const page = backend.scan(cursor, { match: "*", count });
      found.push(...page.keys);
      cursor = page.cursor;
    } while (cursor !== 0);
    return found.sort();
  };
  const kept = [get.key("b", { id: 8 }), "app:e:user:8", "by hand"];
  const gone = [get.key("a", [{ id: 7 }]), "app:e:user:7", "app:l:user"];
  for (const count of [1, 2, 3, 5, 100, Number.POSITIVE_INFINITY])
    assert.deepEqual(all(count), [...kept, ...gone].sort(), `${count} at a time`);
  clock.advance(500);
  // Neither an expired call is shown, nor an index that lists nothing else.
  for (const count of [1, 2, 100]) assert.deepEqual(all(count), kept.sort(), `${count} at a time`);
});

test("a scan visits every entity although entries are added meanwhile", async () => {
  const { backend, get } = setUpFunctions();
  await get("a", [{ id: 1 }, { id: 2 }]);
  const first = backend.scan(0, { count: 2 });
  assert.ok(first.cursor < 0, "it is among the entities");
  for (const argument of ["b", "c", "d"]) await get(argument, "no entity");
  const second = backend.scan(first.cursor, { count: 10 });
  assert.equal(second.cursor, 0);
  const indexes = [...first.keys, ...second.keys].filter((key) => !key.startsWith("app:c:"));
  assert.ok(["app:e:user:1", "app:e:user:2", "app:l:user"].every((index) => indexes.includes(index)));
});

test("a cursor beyond the end is the end", () => {
  const { backend } = setUpFunctions();
  for (const cursor of [1000, -1000, Number.MAX_SAFE_INTEGER])
    assert.deepEqual(backend.scan(cursor), { cursor: 0, keys: [] });
});

test("explain shows the calls that contain an entity, newest first, with their times", async () => {
  const { cache, get, clock } = setUpFunctions();
  const forGood = cache("user", { keyPrefix: "forGood", ttl: Number.POSITIVE_INFINITY })(async (_, result) => result);
  await get("a", { id: 7 });
  await forGood("b", { id: 7 });
  await get("c", { id: 8 });
  clock.advance(400);
  assert.deepEqual(await cache.explain("user", 7), [
    { key: forGood.key("b", { id: 7 }), function: "forGood", ageMs: 400 },
    { key: get.key("a", { id: 7 }), function: "get", ageMs: 400, ttlMs: 600 },
  ]);
});
