// What two functions, or two processes, read of one another's entries.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { makeCache } from "../helpers/cache.js";
import { connectTo } from "../helpers/protocol.js";
import { useRedis } from "../helpers/use-redis.js";

const { client, server } = await useRedis();
beforeEach(() => client.flushall());

for (const [first, second] of [
  [{}, { earlyRefresh: 1 }],
  [{ earlyRefresh: 1 }, {}],
  [{}, { staleWhileRevalidate: 10 }],
]) {
  test(`two functions of one keyPrefix, ${JSON.stringify(first)} and ${JSON.stringify(second)}, called in one turn: both get the value`, async () => {
    const cache = makeCache(client);
    const a = cache("user", { keyPrefix: "get", ...first })(async (/** @type {number} */ _id) => [7, 8]);
    const b = cache("user", { keyPrefix: "get", ...second })(async (/** @type {number} */ _id) => [7, 8]);
    await a(1);
    assert.deepEqual(await Promise.all([a(1), b(1)]), [
      [7, 8],
      [7, 8],
    ]);
    await cache.close();
  });
}

for (const window of [2, 0]) {
  test(`a value that a process with a window of 60 s has made stale is no hit for one with ${window} s`, async (t) => {
    const second = connectTo(server.port);
    t.after(() => second.disconnect());
    const [a, b] = [makeCache(client), makeCache(second)];
    let version = 1;
    const make = (/** @type {any} */ cache, /** @type {number} */ staleWhileRevalidate) =>
      cache("user", { keyPrefix: "get", staleWhileRevalidate })(async (/** @type {number} */ id) => ({ id, version }));
    const [here, there] = [make(a, 60), make(b, window)];
    await here(1);
    version = 2;
    await a.invalidateEntity("user", 1, { soft: true });
    const { version: found } = await there(1);
    const { hits, stale } = b.stats();
    assert.equal(hits, 0);
    assert.ok(found === 2 || stale === 1, "new, or served as stale");
    await Promise.all([a.close(), b.close()]);
  });
}
