// A Cluster in which a node loses its data, and not the log (G23).
import { after, before, beforeEach, test } from "node:test";
import { Cluster } from "ioredis";
import { startOwnCluster } from "../chaos/cluster.js";
import { loseNode } from "../helpers/node-loss.js";

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

test("a node loses its data, an index but not the log: no value elsewhere outlives the next invalidation", () =>
  loseNode(cluster, client, false));
