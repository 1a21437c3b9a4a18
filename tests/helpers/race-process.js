// One process of the randomized run: reads, writes and invalidates at random over a tiny database with version numbers,
// and sees to it that nothing read is older than what an invalidation had acknowledged before the read began.
import { Cluster, Redis } from "ioredis";
import { EntityCache } from "../../js/entries/node.js";
import { numbersOf } from "./random.js";

/** @typedef {{ seconds: number, seed: number, database: number, port?: number, cluster?: { nodes: any[], natMap: any }, isQuiet: boolean }} Task */

/** @type {Task} */
const task = JSON.parse(process.argv[2]);
const upTo = numbersOf(task.seed);

const IDS = 6;
const LONGEST_DELAY_MS = 30_000;
const database = new Redis(task.database);
const client = task.cluster
  ? new Cluster(task.cluster.nodes, {
      natMap: task.cluster.natMap,
      clusterRetryStrategy: () => 20,
      slotsRefreshTimeout: 500,
    })
  : new Redis(Number(task.port), "127.0.0.1", { retryStrategy: () => 10, maxRetriesPerRequest: 1 });
client.on("error", () => {});

const counts = { reads: 0, hits: 0, writes: 0, refused: 0, errors: 0, kept: 0, stale: 0 };
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const cache = new EntityCache({
  backend: client,
  prefix: "race:",
  logger: silent,
  ttl: 5,
  operationTimeout: 300,
  breaker: { failures: 8, cooldown: 30 },
});
cache.on("skip", ({ reason }) => {
  if (reason === "invalidated meanwhile") counts.refused += 1;
});
cache.on("error", () => {
  counts.errors += 1;
});

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Most runs are quick; some last longer than an invalidation. */
const dawdle = () => (upTo(3) === 0 ? pause(upTo(25)) : undefined);

/** @param {number[]} ids */
async function read(ids) {
  const versions = await database.mget(ids.map((id) => `version:${id}`));
  await dawdle();
  return ids.map((id, i) => ({ id, version: Number(versions[i] ?? 0) }));
}
const one = cache("user", { keyPrefix: "one" })(async (id) => (await read([id]))[0]);
const three = cache("user", { keyPrefix: "three" })((id) => read([id, (id + 1) % IDS, (id + 2) % IDS]));

/** What an acknowledged invalidation guarantees of a function and an id. */
const floor = (/** @type {string} */ name, /** @type {number} */ id) => `floor:${name}:${id}`;
database.defineCommand("raise", {
  numberOfKeys: 1,
  lua: "if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or 0) then redis.call('SET', KEYS[1], ARGV[1]) end",
});

async function look() {
  const name = upTo(2) === 0 ? "one" : "three";
  const call = name === "one" ? one : three;
  const id = upTo(IDS);
  const ids = name === "one" ? [id] : [id, (id + 1) % IDS, (id + 2) % IDS];
  const floors = await database.mget(ids.map((each) => floor(name, each)));
  const how = upTo(20);
  const result = await (how === 0 ? call.refresh(id) : how === 1 ? call.peek(id) : call(id));
  counts.reads += 1;
  if (result === undefined) return;
  for (const [i, { id: found, version }] of [result].flat().entries()) {
    if (version >= Number(floors[i] ?? 0)) continue;
    counts.stale += 1;
    process.send?.({
      stale: `${name}(${id}) gave version ${version} of ${found}, but ${floors[i]} was acknowledged before the call`,
    });
  }
}

async function write() {
  await pause(upTo(20));
  const id = upTo(IDS);
  const version = await database.incr(`version:${id}`);
  const way = upTo(8);
  const invalidate =
    way < 5
      ? cache.invalidateEntity("user", id)
      : way === 5
        ? cache.invalidateFunction(one)
        : way === 6
          ? one.invalidate(id)
          : cache.invalidateAll();
  await invalidate;
  if (cache.stats().pending > 0) {
    counts.kept += 1;
    while (cache.stats().pending > 0) await pause(2);
  }
  counts.writes += 1;
  const isAboutAll = way < 5 || way === 7;
  for (const name of isAboutAll ? ["one", "three"] : ["one"])
    await /** @type {any} */ (database).raise(floor(name, id), version);
}

/** Whether this process had a hit, has written, and has seen a store that an invalidation overtook. */
const hasShown = () => cache.stats().hits > 0 && counts.writes > 0 && counts.refused > 0;

/** Repeats for the time of the task, and on a busy machine for longer, until this process has shown something. @param {() => Promise<void>} act */
async function repeat(act) {
  const end = performance.now() + task.seconds * 1000;
  const latest = end + LONGEST_DELAY_MS;
  while (performance.now() < (hasShown() ? end : latest)) await act();
}
await Promise.all([...Array.from({ length: 8 }, () => repeat(look)), repeat(write), repeat(write)]);
counts.hits = cache.stats().hits;
await cache.close();
process.send?.({ counts }, () => {
  client.disconnect();
  database.disconnect();
  process.disconnect?.();
});
