// What is measured of whom, and the targets of the design: ratios to a base within one repetition.

const ALL = [
  "lru-cache",
  "reference",
  "cacheref-shared",
  "cacheref",
  "async-cache-dedupe",
  "bentocache",
  "cacheable",
  "cache-manager",
  "cachified",
  "layered-loader",
  "memoizee",
  "p-memoize",
];
const TAGGING = ["reference", "cacheref-shared", "cacheref", "async-cache-dedupe", "bentocache", "cacheable"];

/** `targets`: the contestant, the base it is compared with, and the ratio that it should not exceed. */
export const rows = [
  { work: "M1", contestants: ALL, base: "lru-cache", targets: { "cacheref-shared": 1.5 } },
  { work: "M2", contestants: ALL, base: "lru-cache", targets: { "cacheref-shared": 1.0 } },
  { work: "M1t100", contestants: ALL, base: "lru-cache", targets: { "cacheref-shared": 1.65 } },
  { work: "M3", contestants: ALL, base: "reference", targets: { "cacheref-shared": 1.0 } },
  { work: "M4", contestants: ALL, base: "reference", targets: { "cacheref-shared": 0.7 } },
  { work: "M5", contestants: TAGGING, base: "reference", targets: { "cacheref-shared": 0.7, cacheref: 0.7 } },
  { work: "M5L", contestants: TAGGING, base: "reference", targets: { "cacheref-shared": 1.0, cacheref: 1.0 } },
  {
    work: "M7",
    contestants: ALL.filter((name) => name !== "lru-cache"),
    base: "p-memoize",
    targets: { "cacheref-shared": 1.2 },
  },
];

/** Memory and pauses; `values` is the results alone. */
export const memoryContestants = ["values", "cacheref-shared", "reference", "async-cache-dedupe"];

const ON_REDIS = ["cacheref", "async-cache-dedupe", "bentocache"];

/** On Redis: ratios to the bare client in the same process, or milliseconds. */
export const redisRows = [
  { work: "R1", title: "hit", contestants: ON_REDIS, target: { ratio: 1.1 }, bare: "`ioredis.get` and `JSON.parse`" },
  {
    work: "R2b",
    title: "miss and store, a list of 100 entities",
    contestants: ON_REDIS,
    target: { ratio: 2.5 },
    bare: "`SET` of the same value",
  },
  { work: "R3", title: "invalidate an entity with 100 keys among 1,000,000 others", contestants: ON_REDIS, target: {} },
  {
    work: "R3k",
    title: "invalidate an entity with 10,000 keys among 1,000,000 others",
    contestants: ON_REDIS,
    target: {},
  },
  {
    work: "R6",
    title: "invalidate a function with 100 entries among 1,000,000 others",
    contestants: ON_REDIS,
    target: { ms: 400 },
  },
];
