// What is measured of whom, and the targets of the design: ratios to a base within one repetition.
//
// `seconds` is about what one repetition of all contestants takes, for the time that is left to be told.
import { FAN_OUT, works } from "./work.mjs";

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
const SYNCHRONOUS = ["lru-cache-sync", "cacheref-sync", "memoizee-sync", "micro-memoize-sync", "reselect-sync"];
const TAGGING = ["reference", "cacheref-shared", "cacheref", "async-cache-dedupe", "bentocache", "cacheable"];

/**
 * In memory. `targets`: what the ratio of a contestant to `base` should not exceed. `copies`: the same for cacheref with
 * copies, to the bare JSON; with `beyond`, for what it takes more than another contestant.
 */
const memory = [
  {
    work: "M1",
    contestants: [...ALL, "json"],
    base: "lru-cache",
    targets: { "cacheref-shared": 1.5 },
    copies: { ratio: 1.2, of: "a Map of texts and `JSON.parse`", beyond: "cacheref-shared" },
    seconds: 15,
  },
  { work: "M2", contestants: ALL, base: "lru-cache", targets: { "cacheref-shared": 1.0 }, seconds: 15 },
  {
    work: "M1t100",
    contestants: [...ALL, "json"],
    base: "lru-cache",
    targets: { "cacheref-shared": 1.65 },
    seconds: 30,
  },
  { work: "M3", contestants: ALL, base: "reference", targets: { "cacheref-shared": 1.0 }, seconds: 14 },
  {
    work: "M4",
    contestants: [...ALL, "json"],
    base: "reference",
    targets: { "cacheref-shared": 0.7 },
    copies: { ratio: 1.3, of: "`JSON.stringify` and a Map of texts" },
    seconds: 14,
  },
  {
    work: "M5",
    contestants: TAGGING,
    base: "reference",
    targets: { "cacheref-shared": 0.7, cacheref: 0.7 },
    seconds: 9,
  },
  {
    work: "M5L",
    contestants: TAGGING,
    base: "reference",
    targets: { "cacheref-shared": 1.0, cacheref: 1.0 },
    seconds: 9,
  },
  {
    work: "M7",
    contestants: ALL.filter((name) => name !== "lru-cache" && name !== "cacheable"),
    base: "p-memoize",
    targets: { "cacheref-shared": 1.2 },
    seconds: 4,
  },
  {
    work: "M8",
    contestants: [...SYNCHRONOUS, "cacheref-sync-ttl", "fast-memoize-sync"],
    base: "lru-cache-sync",
    targets: { "cacheref-sync": 1.3 },
    seconds: 10,
  },
  {
    work: "M8i",
    contestants: SYNCHRONOUS,
    base: "memoizee-sync",
    targets: { "cacheref-sync": 1.0 },
    seconds: 8,
  },
];

const ENTRIES = [10_000, 100_000, 1_000_000];
const HEAP_FLAGS = ["--expose-gc", "--max-old-space-size=12000"];

/** Memory and pauses over the number of entries; `values` is the results alone. Targets are for the most entries. */
const heap = [
  { entities: 1, bytes: 130, seconds: 22 },
  { entities: 10, bytes: 300, seconds: 80 },
].map(({ entities, bytes, seconds }) => ({
  work: "M6",
  id: `M6-${entities}`,
  kind: "heap",
  contestants: ["values", "cacheref-shared", "reference", "async-cache-dedupe"],
  cases: ENTRIES,
  entities,
  targets: { bytes, fillUs: 4, collection: 1.3, pause: 1.2 },
  job: (name, entries) => ["memory.mjs", [name, entries, entities], HEAP_FLAGS],
  // Half of the time of everything goes here, and what is counted in bytes hardly moves.
  mostRepetitions: 3,
  seconds,
}));

const ON_REDIS = ["cacheref", "async-cache-dedupe", "bentocache"];

/** On Redis: ratios to the bare client in the same process, milliseconds, or the longest command of the server. */
const redis = [
  {
    work: "R1",
    title: "hit",
    target: { ratio: 1.1 },
    bare: "`ioredis.get` and `JSON.parse`",
    seconds: 6,
  },
  {
    work: "R2b",
    title: "miss and store, a list of 100 entities",
    target: { ratio: 2.5 },
    bare: "`SET` of the same value",
    seconds: 5,
  },
  {
    work: "R3",
    title: "invalidate an entity with 100 keys among 1,000,000 others",
    target: { longestMs: 1 },
    seconds: 8,
  },
  {
    work: "R3k",
    title: "invalidate an entity with 10,000 keys among 1,000,000 others",
    target: { longestMs: 1 },
    seconds: 16,
  },
  {
    work: "R3m",
    title: "invalidate an entity with 1,000,000 keys",
    contestants: ["cacheref"],
    target: { longestMs: 10 },
    seconds: 10,
  },
  {
    work: "R6",
    title: "invalidate a function with 100 entries among 1,000,000 others",
    target: { ms: 400, longestMs: 5 },
    seconds: 9,
  },
].map((row) => ({ kind: "redis", contestants: ON_REDIS, ...row, job: (name) => ["redis.mjs", [row.work, name]] }));

const inMemory = (row) => ({
  kind: "memory",
  title: works[row.work].title,
  job: (name) => ["measure.mjs", [row.work, name]],
  ...row,
});

/** All of it, in the order of the page. */
export const rows = [
  ...memory.map(inMemory),
  inMemory({ work: "M5F", kind: "fan-out", contestants: TAGGING, over: FAN_OUT, seconds: 17 }),
  ...heap,
  ...redis,
  {
    work: "R3F",
    kind: "fan-out",
    title: "invalidate an entity that so many cached calls contain, on Redis",
    contestants: ON_REDIS,
    over: FAN_OUT,
    job: (name) => ["redis.mjs", ["R3F", name]],
    seconds: 25,
  },
].map((row) => ({ id: row.work, cases: [undefined], ...row }));
