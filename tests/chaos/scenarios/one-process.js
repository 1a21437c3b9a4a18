// Backends whose log is in the process: own ones, Workers KV within one isolate, memory.

/** @param {object} place */
const alone = (place) => async () => ({ placeOf: () => place, async stop() {} });

/** @type {import("../run-scenario.js").Scenario[]} */
export const oneProcess = [
  {
    name: "own-backend",
    about: "an own backend with the eight methods, whose commands take up to 15 ms each way",
    workers: 1,
    workload: { lookers: 12, rest: 0 },
    start: alone({ kind: "own", slowest: 15 }),
  },
  {
    name: "own-backend-reaping",
    about: "the same with srem, exists and srandmember",
    workers: 1,
    workload: { lookers: 12, rest: 0 },
    start: alone({ kind: "own", slowest: 15, canReap: true }),
  },
  {
    name: "own-backend-slow",
    about: "an own backend that writes one value in four after 60 to 260 ms, where the cache waits for 50 ms",
    workers: 1,
    cache: { operationTimeout: 50, breaker: { failures: 1000 } },
    start: alone({ kind: "own", slowest: 5, slowSets: true }),
  },
  {
    name: "kv-isolate",
    about: "Workers KV within one isolate, whose calls take up to 15 ms each way",
    workers: 1,
    workload: { lookers: 12, rest: 0 },
    start: alone({ kind: "kv", slowest: 15 }),
  },
  {
    name: "memory-50",
    about: "memory with room for 50 entries",
    workers: 1,
    workload: { ids: 60 },
    start: alone({ kind: "memory", maxEntries: 50 }),
  },
];
