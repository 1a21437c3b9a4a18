// A server whose memory is full, by each policy. What is read all the while outlives what is not.
import { onServer } from "../server.js";

const POLICIES = [
  "noeviction",
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
];

/** Each key that the server evicts, and each command that it refuses for want of memory, is a fault. @param {import("../run-scenario.js").Run} run @param {import("../server.js").Server} server */
async function countEvictions(run, { admin }) {
  let before = 0;
  let goesOn = true;
  while (goesOn) {
    goesOn = await run.pause(500);
    const info = await admin.info("everything");
    const [evicted, refused] = [/evicted_keys:(\d+)/, /errorstat_OOM:count=(\d+)/].map((it) =>
      Number(it.exec(info)?.[1] ?? 0),
    );
    run.fault(evicted + refused - before);
    before = evicted + refused;
  }
}

/** A full server that evicts nothing takes stores again when something has ended. @param {string} policy */
const filling = (policy) => ({ fillers: 4, fillerTtl: policy === "noeviction" ? 1 : 60 });

/** @type {import("../run-scenario.js").Scenario[]} */
export const eviction = POLICIES.map((policy) => ({
  name: `maxmemory-${policy}`,
  about: `6 MB and more to store than that, maxmemory-policy ${policy}`,
  cache: { ttl: 60 },
  // The first worker provokes races. The others read 30 rows that are seldom invalidated: their values are used all the
  // while, and their indexes are not.
  workload: (worker) =>
    worker === 0
      ? { ...filling(policy), ways: ["entity", "entities", "key"] }
      : {
          ...filling(policy),
          shapes: ["one"],
          ids: 30,
          firstId: 100,
          refreshes: 0,
          lookers: 10,
          writers: 1,
          writeRest: 300,
          ways: ["entity"],
        },
  start: onServer(countEvictions, ["--maxmemory", "6mb", "--maxmemory-policy", policy]),
}));
