// A Cluster in which a node loses its data, and not the log (G23).
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster } from "ioredis";
import { startOwnCluster } from "../chaos/cluster.js";
import { makeCache } from "../helpers/cache.js";

const PATIENT = { operationTimeout: 20_000, breaker: { failures: 1000 } };

/** @type {import("../chaos/cluster.js").OwnCluster} */
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

for (const hasLog of [false]) {
  test(`a node loses its data, an index${hasLog ? " and the log" : " but not the log"}: no value elsewhere outlives the next invalidation`, async () => {
    const ownerOf = async (/** @type {string} */ key) =>
      cluster.ownerOf(await cluster.admins[0].cluster("KEYSLOT", key));
    const emptied = await ownerOf("app:log");
    const other = (emptied + 1) % 3;
    const at = hasLog ? emptied : other;
    let id = 0;
    while ((await ownerOf(`app:e:user:${id}`)) !== at || (await ownerOf(`app:c:get:[${id}]`)) === at) id += 1;
    let version = 1;
    const cache = makeCache(client, PATIENT);
    const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ user) => ({ id: user, version }));
    await cache.invalidateEntity("user", "unrelated");
    await get(id);
    await cache.close(); // what the store leaves to be done is done
    await cluster.admins[at].flushall();
    version = 2;
    await cache.invalidateEntity("user", id);
    assert.deepEqual(await get(id), { id, version: 2 });
    await cache.close();
  });
}
