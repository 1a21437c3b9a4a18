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

/** Of a page of N3, as in near/work.mjs. */
const CALLS = 50;
const TWO_LEVELS = ["cacheref", "bentocache", "layered-loader", "node-redis"];
const HIT = [{ head: "a hit", field: "figure", format: "time" }];
/** A hit near costs about what a hit of a cache in memory costs. */
const LIKE_MEMORY = [
  { name: "cacheref", field: "figure", to: "memory", most: 1.25 },
  { name: "cacheref-frozen", field: "figure", to: "memory-frozen", most: 1.25 },
];

/** What sets the bound of N3: a write waits for the server, and what was written is read from there once more. */
function boundOfPages(of, { time, times }) {
  const share = of("cacheref", "missShare");
  const call = of("far", "pageMean") / CALLS;
  return [
    `One page at a time: without near a call takes ${time(call)} on average. With near ${(100 * share).toFixed(1)} % of the calls miss`,
    `and take ${time(of("cacheref", "missMean"))} (value and position of the log, then the store), and the writes, 1 %, take`,
    `${time(of("cacheref", "writeMean"))}. If all other calls took no time, a page would be ready ${times(call / of("cacheref", "waits"))} as fast;`,
    `it is ready ${times(of("far", "pageMean") / of("cacheref", "pageMean"))} as fast on average, and ${times(of("far", "page") / of("cacheref", "page"))} in the median. With 50 pages at once the cores are the bound, which`,
    "the process, the proxy and the server share.",
  ].join(" ");
}

/** Memory in front of Redis. `targets`: to another contestant, or for a figure by itself. `note`: what stands below the table. */
const near = [
  {
    work: "N1",
    title: "hit in memory in front of Redis",
    contestants: ["memory", "memory-frozen", "cacheref-frozen", ...TWO_LEVELS],
    columns: HIT,
    targets: LIKE_MEMORY,
    seconds: 15,
  },
  {
    work: "N2",
    title: "hit in memory in front of Redis, a list of 20 KB",
    contestants: ["memory", "memory-frozen", "cacheref-frozen", ...TWO_LEVELS],
    columns: HIT,
    targets: LIKE_MEMORY,
    seconds: 30,
  },
  {
    work: "N3",
    title: "pages of 50 calls, 10,000 keys by Zipf's law, one write in a hundred calls, a server a millisecond away",
    contestants: ["far", ...TWO_LEVELS],
    columns: [
      { head: "a page alone, median", field: "page", format: "time" },
      { head: "50 pages at once: calls a second", field: "perSecond", format: "count" },
      { head: "a call, median", field: "median", format: "time" },
      { head: "a call, p99", field: "p99", format: "time" },
    ],
    targets: [{ name: "cacheref", field: "perSecond", to: "far", least: 50 }],
    curve: { across: "one call in so many takes longer", over: [1.1, 2, 10, 20, 100, 1000] },
    note: boundOfPages,
    seconds: 60,
  },
  {
    work: "N4",
    title: "first hit of a value that another process has stored",
    contestants: ["far", ...TWO_LEVELS],
    columns: HIT,
    targets: [{ name: "cacheref", field: "figure", to: "far", most: 1.2 }],
    seconds: 30,
  },
  {
    work: "N5",
    title: "invalidate an entity that other processes have near, a server a millisecond away",
    contestants: TWO_LEVELS,
    columns: [
      { head: "none", field: "none", format: "time" },
      { head: "1 process", field: "one", format: "time" },
      { head: "8 processes", field: "eight", format: "time" },
      { head: "8, in round trips", field: "eightTrips", format: "times" },
      { head: "8, a server 10 ms away, in round trips", field: "awayTrips", format: "times" },
    ],
    targets: [
      { name: "cacheref", field: "eightTrips", most: 3 },
      { name: "cacheref", field: "awayTrips", most: 3 },
    ],
    note: (of, { time }) =>
      [
        `cacheref sends ${of("cacheref", "commands")} commands in the median, one after another: so many round trips. The`,
        `${of("cacheref", "processes")} are processes of their own. Each takes ${time(of("cacheref", "used"))} of a core for an entry, and all share the`,
        "cores of this machine with the proxy and the server: what goes beyond the round trips is that.",
      ].join(" "),
    seconds: 60,
  },
  {
    work: "N6",
    title: "entries of the log that a near cache applies in a second",
    contestants: ["cacheref"],
    columns: [{ head: "entries", field: "figure", format: "count" }],
    targets: [{ name: "cacheref", field: "figure", least: 100_000, format: "count" }],
    seconds: 10,
  },
  {
    work: "NM",
    title: "memory of a near entry with one entity",
    contestants: ["texts", "memory", "cacheref"],
    columns: [
      { head: "ten entries share an entity, as in M6", field: "shared", format: "bytes" },
      { head: "each has its own", field: "own", format: "bytes" },
    ],
    targets: [
      { name: "cacheref", field: "shared", beyond: "texts", most: 130, format: "bytes" },
      { name: "cacheref", field: "own", to: "memory", most: 1.05 },
    ],
    mostRepetitions: 1,
    seconds: 60,
  },
].map((row) => ({
  kind: "near",
  ...row,
  job: (name) => ["near/work.mjs", [row.work, name], ["--expose-gc"]],
}));

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
  ...near,
].map((row) => ({ id: row.work, cases: [undefined], ...row }));
