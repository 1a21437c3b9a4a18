// A slot of a Cluster that moves to another master while its keys are in use: MOVED, ASK and TRYAGAIN. After each step
// of the move nothing stale is served, and no invalidation is lost.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { Cluster } from "ioredis";
import { createCluster } from "redis";
import { makeCache } from "../helpers/cache.js";
import { startCluster } from "../helpers/cluster.js";
import { counted } from "../helpers/functions.js";
import { until } from "../helpers/until.js";

/** @type {Awaited<ReturnType<typeof startCluster>>} */
let cluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.stop());

const CLIENTS = {
  "ioredis Cluster": async () => {
    const client = new Cluster(cluster.nodes);
    client.on("error", () => {});
    return { client, stop: () => client.disconnect() };
  },
  "node-redis Cluster": async () => {
    const client = createCluster({
      rootNodes: cluster.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })),
    });
    client.on("error", () => {});
    await client.connect();
    return { client, stop: () => client.destroy() };
  },
};

/** How often the servers have answered with an error of a kind. @param {string} kind */
const answered = (kind) =>
  cluster.servers.reduce(
    (sum, server) =>
      sum + Number(new RegExp(`errorstat_${kind}:count=(\\d+)`).exec(server.cli("info", "errorstats"))?.[1] ?? 0),
    0,
  );

/**
 * Moves the slot of a key to another master, with a look at the caches after each step.
 * @param {string} key
 * @param {() => Promise<unknown>} look
 */
async function move(key, look) {
  const [first] = cluster.servers;
  const slot = first.cli("cluster", "keyslot", key);
  const isOwner = (/** @type {typeof first} */ server) =>
    server
      .cli("cluster", "nodes")
      .split("\n")
      .some((line) => {
        const [, , flags, , , , , , ...ranges] = line.split(" ");
        return (
          flags.includes("myself") &&
          ranges.some((range) => {
            const [from, to = from] = range.split("-").map(Number);
            return from <= Number(slot) && Number(slot) <= to;
          })
        );
      });
  const from = /** @type {typeof first} */ (cluster.servers.find(isOwner));
  const to = /** @type {typeof first} */ (cluster.servers.find((server) => server !== from));
  const ids = { from: from.cli("cluster", "myid"), to: to.cli("cluster", "myid") };
  const keys = () => from.cli("cluster", "getkeysinslot", slot, "100").split("\n").filter(Boolean);
  to.cli("cluster", "setslot", slot, "importing", ids.from);
  await look();
  from.cli("cluster", "setslot", slot, "migrating", ids.to);
  await look();
  // What comes meanwhile is made at its new place, so there is an end.
  for (let [next] = keys(); next !== undefined; [next] = keys()) {
    from.cli("migrate", "127.0.0.1", String(to.port), next, "0", "5000");
    await look();
  }
  for (const server of [to, from, ...cluster.servers]) {
    server.cli("cluster", "setslot", slot, "node", ids.to);
    await look();
  }
}

for (const [name, connect] of Object.entries(CLIENTS)) {
  for (const prefix of ["app:", "{app}:"]) {
    describe(`${name}, keys that begin with ${prefix}`, () => {
      /** @type {(() => void)[]} */
      let stops = [];
      /** @type {any} */
      let a;
      /** @type {any} */
      let b;
      beforeEach(async () => {
        for (const server of cluster.servers) server.cli("flushall");
        const [here, there] = [await connect(), await connect()];
        stops = [here.stop, there.stop];
        // A client waits a while before it tries again what is refused for the moment.
        const options = { prefix, operationTimeout: 300, breaker: { failures: 1000 } };
        a = makeCache(here.client, options);
        b = makeCache(there.client, options);
      });
      afterEach(async () => {
        await Promise.all([a.close(), b.close()]);
        for (const stop of stops) stop();
      });

      const keys = { value: "c:get:[1]", index: "e:user:1", log: "log" };
      for (const [what, concern] of Object.entries(prefix === "app:" ? keys : { whole: "log" })) {
        test(`the slot of the ${what} moves while it is in use`, async () => {
          let version = 1;
          const load = counted(async (/** @type {number} */ id) => [{ id, version }]);
          const here = a("user", { keyPrefix: "get" })(load);
          const there = b("user", { keyPrefix: "get" })(load);
          const look = async () => {
            assert.deepEqual(await here(1), [{ id: 1, version }]);
            version += 1;
            await a.invalidateEntity("user", 1);
            assert.deepEqual(await here(1), [{ id: 1, version }]);
            // What the Cluster does not take yet is kept, and that was told.
            if (a.stats().pending === 0) assert.deepEqual(await there(1), [{ id: 1, version }]);
          };
          await look();
          const before = { MOVED: answered("MOVED"), ASK: answered("ASK") };
          await move(prefix + concern, look);
          assert.ok(answered("MOVED") > before.MOVED, "the servers have answered with MOVED");
          assert.ok(answered("ASK") > before.ASK, "the servers have answered with ASK");
          await until(async () => {
            if (a.stats().pending > 0) assert.deepEqual(await here(1), [{ id: 1, version }]);
            return a.stats().pending === 0;
          }, "every invalidation has been applied");
          await look();
          assert.equal(a.stats().pending, 0);
          const { runs } = load;
          assert.deepEqual(await here(1), [{ id: 1, version }]);
          assert.deepEqual(await there(1), [{ id: 1, version }]);
          assert.equal(load.runs, runs, "hits again");
        });
      }
    });
  }
}
