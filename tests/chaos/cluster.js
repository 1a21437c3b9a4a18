// A Cluster whose masters a scenario kills and brings back, and whose slots it moves.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster } from "../helpers/cluster.js";
import { startRedis } from "../helpers/redis.js";
import { adminOf } from "./server.js";

/** Options for caches over a Cluster, whose clients take a while to find out what has changed. */
export const PATIENT = { operationTimeout: 1000, breaker: { failures: 1000 } };

/** Keys that one MIGRATE takes. */
const BURST = 100;

/** @param {string[]} [options] for redis-server */
export async function startOwnCluster(options = []) {
  const folders = [0, 1, 2].map(() => mkdtempSync(join(tmpdir(), "cacheref-chaos-")));
  const cluster = await startCluster((master) => [...options, "--dir", folders[master]]);
  const { servers, nodes } = cluster;
  const admins = nodes.map(({ port }) => adminOf(port));
  const ids = /** @type {string[]} */ (await Promise.all(admins.map((admin) => admin.cluster("MYID"))));
  const others = (/** @type {number} */ master) => [0, 1, 2].filter((other) => other !== master);

  /** Which master has a slot. @param {number} slot */
  async function ownerOf(slot) {
    const ranges = /** @type {[number, number, [string, number]][]} */ (await admins[0].cluster("SLOTS"));
    const range = ranges.find(([from, to]) => from <= slot && slot <= to);
    return nodes.findIndex(({ port }) => port === range?.[2][1]);
  }
  return {
    nodes,
    admins,
    ownerOf,
    /** Kills a master with kill -9 and starts it again with what is on disk. @param {number} master @param {() => Promise<unknown>} meanwhile */
    async killAndRestart(master, meanwhile) {
      await servers[master].stop();
      await meanwhile();
      const { options, busPort, port } = servers[master];
      servers[master] = { ...(await startRedis(options, port)), busPort, options };
    },
    /** Moves the slot of a key to another master, with all its keys. @param {string} key @param {number} [to] default: either */
    async moveSlotOf(key, to) {
      const slot = await admins[0].cluster("KEYSLOT", key);
      const from = await ownerOf(slot);
      to ??= others(from)[Math.floor(Math.random() * 2)];
      if (to === from) return;
      await admins[to].cluster("SETSLOT", slot, "IMPORTING", ids[from]);
      await admins[from].cluster("SETSLOT", slot, "MIGRATING", ids[to]);
      // What is made meanwhile is made at its new place, so there is an end.
      for (;;) {
        const keys = /** @type {string[]} */ (await admins[from].cluster("GETKEYSINSLOT", slot, BURST));
        if (keys.length === 0) break;
        await admins[from].call("MIGRATE", "127.0.0.1", nodes[to].port, "", 0, 5000, "KEYS", ...keys);
      }
      for (const master of [to, from, ...others(to).filter((other) => other !== from)])
        await admins[master].cluster("SETSLOT", slot, "NODE", ids[to]);
    },
    /** A key that is there, if any is. @returns {Promise<string | null>} */
    anyKey: () => admins[Math.floor(Math.random() * 3)].randomkey(),
    async stop() {
      for (const admin of admins) admin.disconnect();
      await cluster.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof startOwnCluster>>} OwnCluster */

/**
 * A place of one Cluster.
 * @param {(run: import("./run-scenario.js").Run, cluster: OwnCluster) => Promise<unknown>} [disturb]
 * @param {string[]} [options] for redis-server
 */
export function onCluster(disturb, options) {
  return async () => {
    const cluster = await startOwnCluster(options);
    return {
      placeOf: () => ({ kind: "cluster", nodes: cluster.nodes }),
      disturb: (/** @type {import("./run-scenario.js").Run} */ run) => disturb?.(run, cluster),
      stop: cluster.stop,
    };
  };
}
