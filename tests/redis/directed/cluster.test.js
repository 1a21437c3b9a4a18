// A Cluster: slots that move within an invalidation, an index of several pages, a node that loses its data.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster } from "ioredis";
import { manualClock } from "../../../js/entries/testing.js";
import { startOwnCluster } from "../../chaos/cluster.js";
import { makeCache } from "../../helpers/cache.js";
import { gate } from "../../helpers/functions.js";
import { hooked } from "../../helpers/hooked-client.js";
import { loseNode } from "../../helpers/node-loss.js";
import { callsOf, countOld, fill, untilTaken } from "../../helpers/rows.js";

const PATIENT = { operationTimeout: 20_000, breaker: { failures: 1000 } };
/** Five pages of an index, and more than ten scripts that drop. */
const CALLS = 2500;
/** A test that hangs ends, and says which one it is. */
const LIMIT = { timeout: 120_000 };

/** @type {import("../../chaos/cluster.js").OwnCluster} */
let cluster;
/** @type {Cluster} */
let client;
before(async () => {
  cluster = await startOwnCluster();
  client = new Cluster(cluster.nodes);
  client.on("error", () => {});
});
beforeEach(() => Promise.all(cluster.admins.map((admin) => admin.flushall())));
after(async () => {
  client.disconnect();
  await cluster.stop();
});

for (const prefix of ["app:", "{app}:"]) {
  test(
    `keys that begin with ${prefix}: the slot of a large index moves within its invalidation, and no call keeps an old value`,
    LIMIT,
    async () => {
      const index = `${prefix}e:user:1`;
      const row = { version: 1 };
      const reader = makeCache(client, { prefix, ...PATIENT });
      const there = callsOf(reader, row);
      await fill(there, CALLS);
      row.version = 2;
      let commands = 0;
      const moving = hooked(client, async (_name, words) => {
        if (words.includes(index) && ++commands === 3) await cluster.moveSlotOf(index);
      });
      const cache = makeCache(moving, { prefix, ...PATIENT });
      await cache.invalidateEntity("user", 1);
      await untilTaken(cache);
      assert.ok(commands >= 3, "the slot has moved");
      assert.equal(await countOld(there, CALLS, row), 0);
      await Promise.all([cache.close(), reader.close()]);
    },
  );
}

for (const what of ["a function", "everything"]) {
  test(
    `slots move, within the invalidation of ${what}, to a node that it has looked at: no call keeps an old value`,
    LIMIT,
    async () => {
      const row = { version: 1 };
      const reader = makeCache(client, PATIENT);
      // Without entities: an index would lead to them, wherever they are.
      const there = callsOf(reader, row, { entityType: undefined });
      await fill(there, 60);
      row.version = 2;
      let moved = 0;
      let moves = 0;
      let last = -1;
      // Each time that the next node is looked at, some of its slots move to the one before, but not for ever.
      const moving = hooked(client, async (name, [cursor], node) => {
        if (name !== "scan" || cursor !== "0") return;
        const place = cluster.nodes.findIndex(({ port }) => port === node.options.port);
        const before = last;
        last = place;
        if (before < 0 || before === place || moves++ >= 8) return;
        for (const key of (await cluster.admins[place].keys("app:c:get:*")).slice(0, 10)) {
          await cluster.moveSlotOf(key, before);
          moved += 1;
        }
      });
      const cache = makeCache(moving, PATIENT);
      await (what === "everything" ? cache.invalidateAll() : cache.invalidateFunction("get"));
      await untilTaken(cache);
      assert.ok(moved > 0, "some have moved");
      assert.equal(await countOld(there, 60, row), 0);
      await Promise.all([cache.close(), reader.close()]);
    },
  );
}

test(
  "values that get their names while an index of several pages is invalidated are dropped with it",
  LIMIT,
  async () => {
    const row = { version: 1 };
    const CHECKED = 60;
    const reader = makeCache(client, PATIENT);
    await fill(callsOf(reader, row), 3000);
    // Stores that have read the log, and stand before their last command.
    const [arrived, go] = [gate(), gate()];
    let waiting = 0;
    const slow = hooked(client, (name) => {
      if (name !== "rename") return undefined;
      if (++waiting === CHECKED) arrived.resolve(undefined);
      return go.promise;
    });
    const writer = makeCache(slow, PATIENT);
    const late = callsOf(writer, row, { keyPrefix: "late" });
    const stored = fill(late, CHECKED);
    await arrived.promise;
    row.version = 2;
    let pages = 0;
    const paging = hooked(client, async (_name, words) => {
      // The walk lock of the index is among the keys of the script that reads a page.
      if (!words.some((word) => String(word).startsWith("app:w:e:user:1")) || ++pages !== 2) return;
      go.resolve(undefined);
      await stored;
      await writer.close();
    });
    const cache = makeCache(paging, PATIENT);
    await cache.invalidateEntity("user", 1);
    go.resolve(undefined);
    await stored;
    assert.ok(pages >= 2, "there were several pages");
    assert.equal(await countOld(callsOf(reader, row, { keyPrefix: "late" }), CHECKED, row), 0);
    await Promise.all([cache.close(), reader.close()]);
  },
);

test("a node loses its data, an index and the log: no value elsewhere outlives the next invalidation", LIMIT, () =>
  loseNode(cluster, client, true),
);

test("a node loses its data, an index but not the log: no value elsewhere outlives the next invalidation", LIMIT, () =>
  loseNode(cluster, client, false),
);

test(
  "a node loses its data, an index but not the log: no value elsewhere outlives the invalidation of its type",
  LIMIT,
  () => loseNode(cluster, client, false, (cache) => cache.invalidateType("user")),
);

/** The witness of a slot that a Cluster without a hash tag has. */
const witnesses = async () => (await Promise.all(cluster.admins.map((admin) => admin.keys("app:s:*")))).flat();

test(
  "a store that finds no witness in its slot is left out, and after a second everything is dropped",
  LIMIT,
  async () => {
    const reader = makeCache(client, PATIENT);
    await reader("user", { keyPrefix: "get" })(async () => ({ id: 1 }))();
    for (const key of await witnesses()) await client.del(key);
    const clock = manualClock();
    const cache = makeCache(client, { ...PATIENT, clock });
    const other = cache("user", { keyPrefix: "other" })(async () => ({ id: 1 }));
    await other();
    assert.equal(await client.exists("app:c:other:[]"), 0);
    assert.equal(await client.exists("app:c:get:[]"), 1);
    clock.advance(1000);
    await other();
    await cache.close(); // waits for the recovery
    assert.equal(await client.exists("app:c:get:[]"), 0);
    await other();
    assert.equal(await client.exists("app:c:other:[]"), 1);
    assert.equal(cache.lines.filter(([level]) => level === "error").length, 1);
    await Promise.all([cache.close(), reader.close()]);
  },
);

test(
  "another type under the witnesses and their map: everything is dropped once, and stored again",
  LIMIT,
  async () => {
    const cache = makeCache(client, PATIENT);
    const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id }));
    await get(1);
    await cache.invalidateEntity("user", 1);
    const there = (await Promise.all(cluster.admins.map((admin) => admin.keys("app:s*")))).flat();
    assert.ok(there.length >= 2);
    for (const key of there) {
      await client.del(key);
      await client.lpush(key, "x");
    }
    const other = makeCache(client, PATIENT);
    const again = other("user", { keyPrefix: "get" })(async (id) => ({ id }));
    await again(2);
    await other.invalidateEntity("user", 1);
    await again(1);
    assert.equal(await client.exists("app:c:get:[1]"), 1);
    assert.equal(await other.invalidateEntity("user", 1), 1);
    await Promise.all([cache.close(), other.close()]);
  },
);

test("witnesses that a server evicts cost neither stores nor values", LIMIT, async () => {
  const policy = (/** @type {string} */ name) =>
    Promise.all(cluster.admins.map((admin) => admin.config("SET", "maxmemory-policy", name)));
  await policy("allkeys-lru");
  try {
    const reader = makeCache(client, PATIENT);
    await reader("user", { keyPrefix: "get" })(async (id) => ({ id }))(1);
    for (const key of await witnesses()) await client.del(key);
    const cache = makeCache(client, PATIENT);
    await cache("user", { keyPrefix: "other" })(async () => ({ id: 1 }))();
    assert.equal(await client.exists("app:c:other:[]"), 1);
    await cache.invalidateEntity("user", 2);
    assert.equal(await client.exists("app:c:get:[1]"), 1);
    assert.equal(await cache.invalidateEntity("user", 1), 2);
    await Promise.all([cache.close(), reader.close()]);
  } finally {
    await policy("noeviction");
  }
});
