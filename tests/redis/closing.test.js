// Closing entries: an invalidation of several steps appends its concerns to the log once more when all is dropped, since a
// near cache may have read an old value in between. One that is a single step does not.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Redis } from "ioredis";
import { readEntries } from "../../js/remote/protocol/log.js";
import { makeCache } from "../helpers/cache.js";
import { useRedis } from "../helpers/use-redis.js";

const { client, server } = await useRedis();
beforeEach(() => client.flushall());

/** The concerns of each entry that an act appends to the log. @param {() => Promise<unknown>} act */
async function appended(act) {
  const before = await client.xlen("app:log");
  await act();
  return readEntries(await client.xrange("app:log", "-", "+"))
    .slice(before)
    .map(({ concerns }) => concerns.filter((concern) => !concern.startsWith("y:")));
}

/** @param {any} cache */
async function fill(cache, calls = 3) {
  const get = cache("user", { keyPrefix: "get", staleWhileRevalidate: 60 })(async (/** @type {number} */ id) => [
    { id: "shared" },
    { id },
  ]);
  await Promise.all(Array.from({ length: calls }, (_, id) => get(id)));
  return get;
}

test("a script that does all in one step appends one entry", async () => {
  const cache = makeCache(client);
  const get = await fill(cache);
  assert.deepEqual(await appended(() => cache.invalidateEntity("user", "shared")), [["e:user:shared"]]);
  assert.deepEqual(await appended(() => cache.invalidateLists("user")), [["l:user"]]);
  assert.deepEqual(await appended(() => get.invalidate(1)), [["c:get:[1]"]]);
  await cache.close();
});

/** @type {[string, string, (cache: any) => Promise<unknown>, number?][]} */
const STEPS = [
  ["an index that several scripts drop", "e:user:shared", (cache) => cache.invalidateEntity("user", "shared"), 500],
  ["a sweep for a function", "f:get", (cache) => cache.invalidateFunction("get")],
  ["a sweep for everything", "a:*", (cache) => cache.invalidateAll()],
  ["a soft invalidation", "e:user:shared", (cache) => cache.invalidateEntity("user", "shared", { soft: true })],
];
for (const [what, concern, invalidate, calls] of STEPS) {
  test(`${what} has a closing entry`, async () => {
    const cache = makeCache(client);
    await fill(cache, calls);
    assert.deepEqual(await appended(() => invalidate(cache)), [[concern], [concern]]);
    await cache.close();
  });
}

test("without scripts each invalidation has a closing entry", async () => {
  await client.call("ACL", "SETUSER", "single", "on", ">secret", "~*", "+@all", "-eval", "-evalsha");
  const single = new Redis(server.port, { username: "single", password: "secret" });
  const cache = makeCache(single);
  const get = await fill(cache);
  // The first command finds out that scripts are forbidden.
  await fill(cache);
  for (const [concern, invalidate] of /** @type {[string, () => Promise<unknown>][]} */ ([
    ["e:user:shared", () => cache.invalidateEntity("user", "shared")],
    ["c:get:[1]", () => get.invalidate(1)],
    ["f:get", () => cache.invalidateFunction("get")],
    ["a:*", () => cache.invalidateAll()],
  ]))
    assert.deepEqual(await appended(invalidate), [[concern], [concern]]);
  await cache.close();
  single.disconnect();
});

test("batches that are one step each have no closing entry", async () => {
  const cache = makeCache(client);
  await fill(cache);
  const ids = Array.from({ length: 1500 }, (_, id) => id);
  const entries = await appended(() => cache.invalidateEntity("user", ids));
  assert.ok(entries.length > 1);
  const concerns = entries.flat();
  assert.deepEqual([concerns.length, new Set(concerns).size], [1500, 1500]);
  await cache.close();
});
