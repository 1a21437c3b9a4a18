// What a cache offers beyond plain calls, and results and indexes of uncommon size.
import { onServer } from "../server.js";
import { rounds } from "./rounds.js";

const HARD = ["entity", "entity", "entity", "entities", "function", "key", "all"];

/** @type {import("../run-scenario.js").Scenario[]} */
export const ways = [
  {
    name: "many",
    about: "batches (cache.many) beside plain calls",
    workload: { shapes: ["many", "many", "one", "three"] },
    start: onServer(),
  },
  {
    name: "soft",
    about:
      "soft invalidations. Bound: a row that was softly invalidated may be served as stale, with the event `stale`, and never as a hit",
    workload: { shapes: ["soft", "soft", "one"], ways: ["soft", "soft", "soft", "entity", "key"] },
    start: onServer(),
  },
  {
    name: "soft-unequal-windows",
    about: "the same while the processes give the function different stale windows, as in a rolling deploy",
    workload: (worker) => ({ shapes: ["soft"], ways: ["soft", "soft", "soft", "entity"], window: [60, 2, 0][worker] }),
    start: onServer(),
  },
  {
    name: "windows",
    about: "short ttls with stale-while-revalidate, stale-if-error and early refresh, and a source that fails at times",
    workload: { shapes: ["revalidated", "early", "forgiving"], isFailing: true, ways: HARD },
    start: onServer(),
  },
  {
    name: "refresh",
    about: "half of the calls are refreshes",
    workload: { refreshes: 10 },
    start: onServer(),
  },
  {
    name: "creates",
    about: "rows are created: lists of the type are invalidated, empty ones too",
    workload: { shapes: ["list", "three", "one"], ways: ["create", "create", "lists", "entity", "all"] },
    start: onServer(),
  },
  {
    name: "wide-results",
    about: "50,000 entities in a result (500 for each second of a short run)",
    workers: 2,
    cache: { operationTimeout: 5000, ttl: 60 },
    workload: (_worker, seconds) => ({
      shapes: ["wide"],
      width: Math.min(50_000, 500 * seconds),
      slowest: 500,
      refreshes: 4,
      lookers: 2,
      writers: 1,
      rest: 50,
      writeRest: 2000,
      ways: ["entity", "entity", "function"],
    }),
    start: onServer(),
  },
  {
    name: "many-calls",
    about:
      "one entity in up to 200,000 calls (as many as a fifth of the run can fill), invalidated at one stroke while others run",
    cache: { operationTimeout: 2000, ttl: 600 },
    workload: rounds(["entity", "entity", "function"], { calls: 200_000, atOnce: 300 }),
    start: onServer(),
  },
  {
    name: "mixed-clients",
    about:
      "ioredis, node-redis and an own backend on one prefix. Bound: the log of an own backend is its process's, so it works on rows of its own; all invalidate each other's functions and everything",
    workload: (worker) => ({ ids: 6, firstId: worker === 2 ? 6 : 0, shapes: ["one"], ways: HARD }),
    start: onServer(undefined, [], (worker) => ["ioredis", "node-redis", "own-on-redis"][worker]),
  },
];
