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

/** A full server that evicts nothing takes stores again when something has ended. @param {string} policy */
const filling = (policy) => ({ fillers: 4, fillerTtl: policy === "noeviction" ? 1 : 60 });

/** @type {import("../run-scenario.js").Scenario[]} */
export const eviction = POLICIES.map((policy) => ({
  name: `maxmemory-${policy}`,
  about: `6 MB and more to store than that, maxmemory-policy ${policy}${policy.startsWith("allkeys") ? ", with strict: true, as README demands" : ""}`,
  cache: { ttl: 60, strict: policy.startsWith("allkeys") },
  // The first worker provokes races. The others read 30 rows that are seldom invalidated: their values are used all the
  // while, and their indexes are not.
  workload: (worker) =>
    worker === 0
      ? filling(policy)
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
  start: onServer(undefined, ["--maxmemory", "6mb", "--maxmemory-policy", policy]),
}));
