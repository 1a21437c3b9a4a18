// Durations: what a user gives, in milliseconds; what lasts longer than a hundred years lasts for good.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkersKVBackend } from "../../../js/entries/node.js";
import { duration, FOR_GOOD_MS } from "../../../js/functions/duration.js";
import { makeCache } from "../../helpers/cache.js";
import { counted } from "../../helpers/functions.js";
import { useRedis } from "../../helpers/use-redis.js";

const { client } = await useRedis();

test("what lasts longer than a hundred years lasts for good", () => {
  assert.equal(duration(60, "ttl"), 60_000);
  assert.equal(duration("36500d", "ttl"), FOR_GOOD_MS);
  for (const endless of [Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, "36501d"])
    assert.equal(duration(endless, "ttl"), Number.POSITIVE_INFINITY);
});

for (const [name, options] of Object.entries({
  "an endless ttl": { ttl: Number.POSITIVE_INFINITY },
  "a huge ttl": { ttl: Number.MAX_SAFE_INTEGER },
  "an endless stale window": { ttl: 60, staleWhileRevalidate: Number.POSITIVE_INFINITY },
  "an endless window for errors": { ttl: 60, staleIfError: Number.POSITIVE_INFINITY },
  "a huge window": { ttl: 60, staleIfError: 1e15 },
})) {
  test(`${name} is stored on Redis, is fresh as long as its ttl, and its entity leads to it`, async () => {
    const cache = makeCache(client, { prefix: `${name.replaceAll(" ", "-")}:` });
    const load = counted(async (id) => ({ id }));
    const get = cache("user", { keyPrefix: "get", ...options })(load);
    await get(1);
    await get(1);
    assert.equal(load.runs, 1);
    assert.deepEqual(
      cache.lines.filter(([level]) => level !== "info"),
      [],
    );
    const left = await client.pttl(`${name.replaceAll(" ", "-")}:c:get:[1]`);
    assert.ok(options.ttl === 60 ? left > FOR_GOOD_MS && left <= FOR_GOOD_MS + 60_000 : left === -1, String(left));
    assert.equal(await cache.invalidateEntity("user", 1), 1);
    await cache.close();
  });
}

test("Workers KV gets no time that it refuses", async () => {
  /** @type {any[]} */
  const puts = [];
  const kv = {
    getWithMetadata: async () => ({ value: null, metadata: null }),
    put: async (/** @type {string} */ _name, /** @type {unknown} */ _value, /** @type {any} */ options) =>
      puts.push(options),
    delete: async () => {},
    list: async () => ({ keys: [], list_complete: true }),
  };
  const cache = makeCache(new WorkersKVBackend(kv));
  await cache("user", { keyPrefix: "get", ttl: Number.POSITIVE_INFINITY })(async (id) => ({ id }))(1);
  await cache("user", { keyPrefix: "long", ttl: "30000d" })(async (id) => ({ id }))(1);
  assert.ok(puts.length >= 4);
  for (const { expirationTtl } of puts) assert.ok(expirationTtl === undefined || expirationTtl < 2 ** 31);
  await cache.close();
});
