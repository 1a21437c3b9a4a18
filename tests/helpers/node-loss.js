// A Cluster in which one node loses its data, the node of the log or another one.
import assert from "node:assert/strict";
import { makeCache } from "./cache.js";

const PATIENT = { operationTimeout: 20_000, breaker: { failures: 1000 } };

/**
 * Empties the node that holds an index, and asks for the value that another node has kept.
 * @param {import("../chaos/cluster.js").OwnCluster} cluster
 * @param {import("ioredis").Cluster} client
 * @param {boolean} hasLog whether that node holds the log too
 * @param {(cache: import("../../js/entries/index.js").EntityCache, id: number) => Promise<unknown>} [invalidate]
 */
export async function loseNode(
  cluster,
  client,
  hasLog,
  invalidate = (cache, id) => cache.invalidateEntity("user", id),
) {
  const ownerOf = async (/** @type {string} */ key) => cluster.ownerOf(await cluster.admins[0].cluster("KEYSLOT", key));
  const ofLog = await ownerOf("app:log");
  const at = hasLog ? ofLog : (ofLog + 1) % 3;
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
  await invalidate(cache, id);
  assert.deepEqual(await get(id), { id, version: 2 });
  await cache.close();
}
