// A client that caches replies itself (node-redis: clientSideCache) never answers our reads from its own memory: a value
// that was invalidated, or the end of the log, may be stale there.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "redis";
import { makeCache } from "../helpers/cache.js";
import { startRedis } from "../helpers/redis.js";

/** @type {Awaited<ReturnType<typeof startRedis>>} */
let server;
/** @type {any[]} */
const clients = [];
before(async () => {
  server = await startRedis();
});
after(async () => {
  for (const client of clients) client.destroy();
  await server.stop();
});

/** @param {object} [options] */
async function connect(options) {
  const client = createClient({ url: server.url, ...options });
  client.on("error", () => {});
  clients.push(client);
  return client.connect();
}

test("I1: a client's own cache answers none of our reads", async () => {
  const client = await connect({ RESP: 3, clientSideCache: { ttl: 0, maxEntries: 0 } });
  // The cache of the client is at work: it answers its own `get` from memory.
  await client.set("app:seen", "1");
  assert.deepEqual([await client.get("app:seen"), await client.get("app:seen")], ["1", "1"]);
  const reads = () => Number(/cmdstat_get:calls=(\d+)/.exec(server.cli("info", "commandstats"))?.[1] ?? 0);
  const before = reads();
  await client.get("app:seen");
  assert.equal(reads(), before, "the client asked the server");

  const [cache, other] = [makeCache(client), makeCache(await connect())];
  let version = 1;
  const getUser = cache("user", { keyPrefix: "user" })(async (/** @type {number} */ id) => ({ id, version }));
  for (let round = 1; round <= 5; round++) {
    version = round;
    assert.deepEqual(await getUser(1), { id: 1, version });
    const asked = reads();
    assert.deepEqual(await getUser(1), { id: 1, version });
    assert.equal(reads(), asked + 1, "a hit asks the server");
    assert.equal(await other.invalidateEntity("user", 1), 1);
  }
});
