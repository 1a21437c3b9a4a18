// Another program has put something under the log's key.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { makeCache } from "../../helpers/cache.js";
import { gate } from "../../helpers/functions.js";
import { until } from "../../helpers/until.js";
import { useRedis } from "../../helpers/use-redis.js";

const { client } = await useRedis();
beforeEach(() => client.flushall());

test("a string under the log's key counts as a lost log for a run under way: its result is not stored", async () => {
  const cache = makeCache(client);
  const slow = gate();
  const row = { version: 1 };
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => {
    const { version } = row;
    if (id === 1) await slow.promise;
    return { id, version };
  });
  const first = get(1);
  await until(() => cache.stats().running > 0, "a run has begun");
  await client.set("app:log", "something else");
  await get(2); // finds the string, and begins a new log
  slow.resolve(undefined);
  await first;
  assert.equal(await get.peek(1), undefined);
  await cache.close();
});

for (const [what, invalidate] of Object.entries({
  "an entity": (/** @type {any} */ cache) => cache.invalidateEntity("user", 1),
  "a function": (/** @type {any} */ cache) => cache.invalidateFunction("get"),
  everything: (/** @type {any} */ cache) => cache.invalidateAll(),
})) {
  test(`the invalidation of ${what} repairs a log whose key holds a string`, async () => {
    const cache = makeCache(client);
    const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id }));
    await get(1);
    await client.set("app:log", "something else");
    assert.equal(await invalidate(cache), 1);
    assert.equal(cache.stats().pending, 0);
    assert.equal(await client.type("app:log"), "stream");
    await cache.close();
  });
}

test("the refresh of a call repairs a log whose key holds a string", async () => {
  const cache = makeCache(client);
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id }));
  await client.set("app:log", "something else");
  await get.refresh(1);
  assert.equal(cache.stats().errors, 0);
  assert.equal(await client.type("app:log"), "stream");
  await cache.close();
});
