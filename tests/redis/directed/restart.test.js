// A server that dies and comes back: with all its data in the middle of an invalidation, or with older data.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startServer } from "../../chaos/server.js";
import { makeCache } from "../../helpers/cache.js";
import { connectTo } from "../../helpers/protocol.js";
import { startProxy } from "../../helpers/proxy.js";
import { callsOf, countOld, fill, untilTaken } from "../../helpers/rows.js";

const CALLS = 4000;
/** A restart takes a moment, and no command of the invalidation may be given up for it. */
const PATIENT = { operationTimeout: 10_000, breaker: { failures: 1000 } };

/** @param {string} what @param {(cache: any, get: any) => Promise<unknown>} invalidate */
function testRestart(what, invalidate) {
  test(`a server restarted with all its data within ${what}: no call keeps an old value`, async () => {
    const server = await startServer(["--appendonly", "yes"]);
    const proxy = await startProxy(server.port);
    const direct = connectTo(server.port);
    const through = connectTo(proxy.port);
    through.on("error", () => {});
    direct.on("error", () => {});
    const cache = makeCache(through, PATIENT);
    const other = makeCache(direct, PATIENT);
    try {
      const row = { version: 1 };
      const there = callsOf(other, row);
      const get = callsOf(cache, row);
      await fill(there, CALLS);
      row.version = 2;
      let commands = 0;
      proxy.decide = () => (commands++ === 4 ? "hold" : "pass");
      const invalidated = invalidate(cache, get);
      await proxy.untilHeld();
      await server.kill();
      proxy.cut();
      await server.restart();
      proxy.release();
      await invalidated;
      await untilTaken(cache);
      assert.equal(await countOld(there, CALLS, row), 0);
    } finally {
      await Promise.all([cache.close(), other.close()]);
      through.disconnect();
      direct.disconnect();
      await proxy.stop();
      await server.stop();
    }
  });
}
testRestart("the invalidation of an entity in many calls", (cache) => cache.invalidateEntity("user", 1));
testRestart("the invalidation of a function with many calls", (cache, get) => cache.invalidateFunction(get));

for (const who of ["the process that had invalidated", "another process that knew the log"]) {
  test(`a server that comes back with older data: after the next invalidation by ${who}, no value that had been invalidated is served`, async () => {
    const server = await startServer();
    const clients = [connectTo(server.port), connectTo(server.port)];
    for (const client of clients) client.on("error", () => {});
    const [a, b] = clients.map((client) => makeCache(client, PATIENT));
    try {
      const row = { version: 1 };
      const [here, there] = [callsOf(a, row), callsOf(b, row)];
      await a.invalidateEntity("user", "unrelated");
      await here(1);
      await there(2);
      await server.admin.save();
      row.version = 2;
      await a.invalidateEntity("user", 1);
      // Both have read the log after that.
      await here(3);
      await there(4);
      await server.kill();
      await server.restart();
      await (who.startsWith("the process") ? a : b).invalidateEntity("user", "unrelated");
      assert.deepEqual(await here(1), { id: 1, version: 2 });
      assert.deepEqual(await there(2), { id: 1, version: 2 });
    } finally {
      await Promise.all([a.close(), b.close()]);
      for (const client of clients) client.disconnect();
      await server.stop();
    }
  });
}

test("a server that comes back with older data: the first hit after a time-out looks at the log first, and the next one does not", async () => {
  const server = await startServer();
  const proxy = await startProxy(server.port);
  const client = connectTo(proxy.port);
  const admin = connectTo(server.port);
  for (const each of [client, admin]) each.on("error", () => {});
  const cache = makeCache(client, { operationTimeout: 200, breaker: { failures: 1000 } });
  try {
    const row = { version: 1 };
    const get = callsOf(cache, row);
    await cache.invalidateEntity("user", "unrelated");
    await get(1);
    await get(2);
    await server.admin.save();
    row.version = 2;
    await cache.invalidateEntity("user", 1);
    proxy.decide = () => "hold";
    await get(1); // times out, and runs
    await server.kill();
    proxy.cut();
    await server.restart();
    proxy.decide = () => "pass";
    proxy.release();
    await client.ping(); // connected again
    assert.deepEqual(await get(1), { id: 1, version: 2 });
    await untilTaken(cache);
    await get(1);
    await get(1);
    await cache.close();
    await admin.config("RESETSTAT");
    await get(1);
    assert.match(await admin.info("commandstats"), /cmdstat_get:calls=1,/);
    assert.doesNotMatch(await admin.info("commandstats"), /cmdstat_evalsha/);
  } finally {
    await cache.close();
    client.disconnect();
    admin.disconnect();
    await proxy.stop();
    await server.stop();
  }
});
