// Caches with the option `near`: four processes that serve from memory, while what carries their invalidations fails.
import { onCluster, PATIENT } from "../cluster.js";
import { again, anyOf, killAndRestart, killMaster, standStill } from "../faults.js";
import { behindProxies, onServer } from "../server.js";

const LEASE_MS = 500;
const LOG = "chaos:log";
const REGISTRY = "chaos:near";

/** What all have in common. Values live long enough to be hit near again and again. */
export const near = {
  workers: 4,
  cache: { ttl: 30, near: { lease: `${LEASE_MS}ms` } },
  workload: { ids: 20, rest: 2, lookers: 8, writers: 1, writeRest: 60, refreshes: 1 },
};

/** Cuts one of the connections that follow the log of a server. @param {import("ioredis").Redis} admin */
async function cutFollower(admin) {
  const followers = [...String(await admin.client("LIST")).matchAll(/id=(\d+)[^\n]*cmd=xread/g)];
  if (followers.length > 0) await admin.client("KILL", "ID", Number(anyOf(followers)[1]));
}

/** The proxies hold back what the workers read of the log, again and again. */
const late = behindProxies(near.workers, async (run, proxies) => {
  for (const proxy of proxies)
    proxy.decide = ([name]) => (/^xread$/i.test(name) && Math.random() < 0.7 ? "hold-reply" : "pass");
  await Promise.all(proxies.map((proxy) => again(run, 50 + 700 * Math.random() ** 2, () => proxy.letGo())));
  for (const proxy of proxies) proxy.release();
});

/** @type {import("../run-scenario.js").Scenario[]} */
export const nears = [
  { name: "near-normal", about: "near caches; nothing fails", ...near, start: onServer() },
  {
    name: "near-ways",
    about: "near caches; batches, lists and pages of rows, and every way to invalidate; nothing fails",
    ...near,
    workload: {
      ...near.workload,
      ids: 8,
      shapes: ["one", "three", "many", "list"],
      ways: ["entity", "entity", "entities", "key", "function", "lists", "create", "all"],
    },
    start: onServer(),
  },
  {
    name: "near-stale",
    about: "near caches; functions with stale windows and early refreshes, and soft invalidations; nothing fails",
    ...near,
    workload: {
      ...near.workload,
      ids: 8,
      shapes: ["soft", "revalidated", "early", "forgiving"],
      ways: ["soft", "soft", "entity", "key"],
    },
    start: onServer(),
  },
  {
    name: "near-small",
    about: "near caches with room for five frozen values; connections that follow the log are cut",
    ...near,
    cache: { ttl: 2, near: { lease: `${LEASE_MS}ms`, maxEntries: 5, values: "frozen" } },
    start: onServer((run, { admin }) => again(run, 300, () => cutFollower(admin))),
  },
  {
    name: "near-stopped",
    about: "near caches; workers stand still (SIGSTOP) for 0.5 to 5 s",
    ...near,
    start: onServer((run) => again(run, 300, () => standStill(run, 500 + Math.random() ** 2 * 4500))),
  },
  {
    name: "near-blocked",
    about: "near caches; the event loops of the workers stand still for up to 1.5 s",
    ...near,
    workload: { ...near.workload, blockMs: 1500 },
    start: onServer(),
  },
  {
    name: "near-cut",
    about: "near caches; the connections that follow the log are cut (CLIENT KILL), and the others now and then",
    ...near,
    start: onServer((run, { admin }) =>
      again(run, 50, async () => {
        if (Math.random() < 0.1) return admin.client("KILL", "TYPE", "normal", "SKIPME", "yes");
        await cutFollower(admin);
      }),
    ),
  },
  {
    name: "near-late",
    about: "near caches; what they read of the log is held back, so that invalidations must wait",
    ...near,
    start: late,
  },
  {
    name: "near-kill-aof",
    about: "near caches; the server is killed and comes back with all its data (AOF)",
    ...near,
    start: onServer(
      (run, server) => again(run, 2000, () => killAndRestart(run, server)),
      ["--appendonly", "yes", "--appendfsync", "always"],
    ),
  },
  {
    name: "near-flushall",
    about:
      "near caches; all data is deleted (FLUSHALL). Bound: what is near may be older than an invalidation until the lease is renewed, within 0.5 s",
    ...near,
    start: onServer((run, { admin }) =>
      again(run, 2000, async () => {
        await run.excuse(LEASE_MS * 1.5);
        await admin.flushall();
      }),
    ),
  },
  {
    name: "near-log-trimmed",
    about: "near caches; the log loses all its entries (XTRIM MAXLEN 0)",
    ...near,
    start: onServer((run, { admin }) => again(run, 300, () => admin.call("XTRIM", LOG, "MAXLEN", "0").catch(() => {}))),
  },
  {
    name: "near-log-deleted",
    about: "near caches; the log is deleted (DEL)",
    ...near,
    start: onServer((run, { admin }) => again(run, 500, () => admin.del(LOG))),
  },
  {
    name: "near-leases-deleted",
    about: "near caches; the registry of their leases is deleted (DEL)",
    ...near,
    start: onServer((run, { admin }) => again(run, 700, () => admin.del(REGISTRY))),
  },
  {
    name: "near-cluster",
    about: "near caches on a Cluster without a hash tag (single commands); the connections that follow the log are cut",
    ...near,
    cache: { ...near.cache, ...PATIENT },
    start: onCluster((run, cluster) => again(run, 500, () => cutFollower(anyOf(cluster.admins)))),
  },
  {
    name: "near-cluster-slots-move",
    about: "near caches on a Cluster, all keys in one slot (scripts), which moves: the log and the leases move with it",
    ...near,
    cache: { ...near.cache, ...PATIENT, prefix: "{chaos}:" },
    start: onCluster((run, cluster) => again(run, 1000, () => cluster.moveSlotOf("{chaos}:log"))),
  },
  {
    name: "near-cluster-masters-killed",
    about: "near caches on a Cluster whose masters are killed and come back with all their data (AOF)",
    ...near,
    cache: { ...near.cache, ...PATIENT, prefix: "{chaos}:" },
    start: onCluster(
      (run, cluster) => again(run, 2000, () => killMaster(run, cluster)),
      ["--appendonly", "yes", "--appendfsync", "always"],
    ),
  },
];
