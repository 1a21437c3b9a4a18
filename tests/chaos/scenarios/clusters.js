// A Cluster of three masters, without a hash tag (single commands) and with one (scripts); and a Sentinel failover.
import { startSentinels } from "../../helpers/sentinel.js";
import { onCluster, PATIENT } from "../cluster.js";
import { again, anyOf, killMaster } from "../faults.js";
import { rounds } from "./rounds.js";

const TAGGED = { ...PATIENT, prefix: "{chaos}:" };
const AOF = ["--appendonly", "yes"];

/** Moves the slots of keys that are in use, one after the other. @param {number} everyMs */
const moving = (everyMs) =>
  onCluster((run, cluster) =>
    again(run, everyMs, async () => {
      const key = await cluster.anyKey();
      if (key !== null) await cluster.moveSlotOf(key);
    }),
  );

/** Moves a key's slot some milliseconds after each invalidation of many calls has been asked for. @param {string} key */
const movingWithin = (key) =>
  onCluster(async (run, cluster) => {
    for (;;) {
      await run.invalidating();
      if (!(await run.pause(Math.random() * 40))) return;
      run.fault();
      await cluster.moveSlotOf(key);
    }
  });

/** @type {import("../run-scenario.js").Scenario[]} */
export const clusters = [
  { name: "cluster", about: "a Cluster where nothing fails", cache: PATIENT, start: onCluster() },
  {
    name: "cluster-pages",
    about: "a Cluster where nothing fails: one entity in up to 2,000 calls, so that its index is read in several pages",
    cache: { ...PATIENT, ttl: 60 },
    workload: rounds(["entity"], { calls: 2000 }),
    start: onCluster(),
  },
  {
    name: "cluster-slots-move",
    about: "slots of small indexes and their values move",
    cache: PATIENT,
    start: moving(50),
  },
  {
    name: "cluster-slots-move-tagged",
    about: "the one slot of a prefix with a hash tag moves",
    cache: TAGGED,
    start: moving(50),
  },
  {
    name: "cluster-large-index-moves",
    about: "the slot of an index of up to 6,000 members moves within its invalidation",
    workers: 2,
    cache: { ...PATIENT, ttl: 60 },
    workload: rounds(["entity"], { calls: 6000 }),
    start: movingWithin("chaos:e:user:0"),
  },
  {
    name: "cluster-large-index-moves-tagged",
    about: "the same with a hash tag: the values move with it",
    workers: 2,
    cache: { ...TAGGED, ttl: 60 },
    workload: rounds(["entity"], { calls: 6000 }),
    start: movingWithin("{chaos}:e:user:0"),
  },
  {
    name: "cluster-slots-move-in-sweep",
    about: "slots move within the invalidation of a function with up to 2,000 calls, or of everything",
    workers: 2,
    cache: { ...PATIENT, ttl: 60 },
    workload: rounds(["function", "all"], { calls: 2000 }),
    start: moving(5),
  },
  {
    name: "cluster-node-emptied",
    about: "one master loses all its data (FLUSHALL), the others keep theirs",
    cache: PATIENT,
    // Without sweeps, which would drop what is left before anybody reads it.
    workload: { ids: 40, ways: ["entity", "entity", "entity", "key"], rest: 1 },
    start: onCluster((run, cluster) => again(run, 1000, () => anyOf(cluster.admins).flushall())),
  },
  {
    name: "cluster-masters-killed",
    about: "masters are killed and come back with all their data (AOF)",
    cache: PATIENT,
    start: onCluster((run, cluster) => again(run, 1500, () => killMaster(run, cluster)), AOF),
  },
  {
    name: "sentinel-failover",
    about:
      "the master of a Sentinel set dies once and its replica takes its place. Bound: invalidations that the replica had not received are lost, and old values may be served for 2 s after it has taken over, then none is",
    async start() {
      const set = await startSentinels();
      return {
        placeOf: () => ({ kind: "sentinel", sentinels: set.sentinels }),
        async disturb(run) {
          await run.pause(1500);
          run.fault();
          await run.excuse(20_000);
          await set.failOver();
          await run.excuse(2000);
        },
        stop: set.stop,
      };
    },
  },
];
