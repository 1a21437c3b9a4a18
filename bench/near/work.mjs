// The works on two levels: node near/work.mjs WORK CONTESTANT. Prints its figures; times are in nanoseconds. N3 and N5 go
// through a proxy that makes each round trip longer.
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import Redis from "ioredis";
import { list, user } from "../data.mjs";
import { startRedis } from "../server.mjs";
import { makers } from "./contestants.mjs";

const KEYS = 10_000;
/** Pages that are made at the same time, the calls of each, and for how long. */
const PAGES_AT_ONCE = 50;
const CALLS = 50;
const SECONDS = 3;
const WRITES = 0.01;
/** One call in so many takes longer than the latency that is drawn. */
const ONE_IN = [1.1, 2, 10, 20, 100, 1000];
const FOLLOWERS = [0, 1, 8];
/** Invalidations before those that count. */
const WARM_UP = 100;
const ENTRIES = 50_000;
/** How many values there are where their memory is measured first and last. */
const KEPT = [100_000, 400_000];

const now = () => Number(process.hrtime.bigint());
const sorted = (numbers) => numbers.sort((a, b) => a - b);
const middle = (numbers) => sorted(numbers)[numbers.length >> 1];
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Opens a contestant and waits until its near level serves. */
async function open(name, port, fn) {
  const contestant = await makers[name](port);
  const call = await contestant.wrap(fn);
  await call(0);
  while (contestant.isServing?.() === false) await turn();
  return { ...contestant, call };
}

/** The median time of a hit of a thousand keys, after they are in memory. */
async function hits(name, port, fn, rounds, size) {
  const { call } = await open(name, port, fn);
  for (let id = 0; id < 2000; id += 1) await call(id % 1000);
  const act = async () => {
    for (let index = 0; index < size; index += 1) await call(index % 1000);
  };
  for (let round = 0; round < 5; round += 1) await act();
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const begin = now();
    await act();
    times.push((now() - begin) / size);
  }
  return { figure: middle(times) };
}

const children = [];
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Starts a program of this folder, and waits for its first message. */
async function start(program, ...args) {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), args.map(String));
  children.push(child);
  const [message] = await once(child, "message");
  return { child, message };
}

/** @param {number} port @param {number} ms */
const throughProxy = async (port, ms) => (await start("delay.mjs", port, ms)).message;

/** The median time of a round trip. */
async function roundTrip(port) {
  const client = new Redis(port);
  const times = [];
  for (let round = 0; round < 50; round += 1) {
    const begin = now();
    await client.ping();
    times.push(now() - begin);
  }
  client.disconnect();
  return middle(times);
}

/** Ids by Zipf's law: the sums of 1/rank, searched by halves. */
const weights = Array.from({ length: KEYS }, (_, index) => 1 / (index + 1));
const sums = weights.map(
  (
    (sum) => (weight) =>
      (sum += weight)
  )(0),
);
function popular() {
  const at = Math.random() * sums[KEYS - 1];
  let [low, high] = [0, KEYS - 1];
  while (low < high) {
    const half = (low + high) >> 1;
    if (sums[half] < at) low = half + 1;
    else high = half;
  }
  return low;
}

/**
 * Pages, each of some calls one after another; one call in a hundred is a write in its place. After a page other work gets
 * its turn, as when a response is sent.
 */
async function pages({ call, drop }, atOnce) {
  const [reads, writes, pages] = [[], [], []];
  const begin = performance.now();
  const end = begin + SECONDS * 1000;
  const render = async () => {
    while (performance.now() < end) {
      const begun = now();
      for (let count = 0, last = begun; count < CALLS; count += 1) {
        const isWrite = Math.random() < WRITES;
        await (isWrite ? drop : call)(popular());
        const time = now();
        (isWrite ? writes : reads).push(time - last);
        last = time;
      }
      pages.push(now() - begun);
      await turn();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, render));
  return { reads, writes, pages, perSecond: reads.length / ((performance.now() - begin) / 1000) };
}

/** The median time of invalidations of values that are stored. */
async function timeOfDrop({ call, drop }, rounds) {
  const times = [];
  for (let round = 0; round < WARM_UP + rounds; round += 1) {
    await call(round);
    const begin = now();
    await drop(round);
    if (round >= WARM_UP) times.push(now() - begin);
  }
  return middle(times);
}

/** The median of how many commands an invalidation sends, one after another; 0 where that is not known. */
async function commandsOfDrop({ call, drop, sentBy }) {
  const counts = [];
  for (let round = 0; sentBy !== undefined && round < 50; round += 1) {
    await call(round);
    counts.push(await sentBy(() => drop(round)));
  }
  return middle([...counts, 0]);
}

/** What other processes have used of the processor, in nanoseconds, on average. @param {import("node:child_process").ChildProcess[]} processes */
async function usedBy(processes) {
  const answers = await Promise.all(
    processes.map((child) => {
      child.send("used");
      return once(child, "message");
    }),
  );
  return sum(answers.map(([used]) => used)) / processes.length;
}

/**
 * The bytes for each further value, in the heap and outside of it: what the client and the core need themselves does not
 * count. `texts` keeps the texts of the values alone.
 */
async function slope(name, port, fn) {
  const texts = [];
  // In one piece: an engine may leave a text in two pieces until it is read.
  const keep = async (id) => texts.push(Buffer.from(JSON.stringify(await fn(id))).toString("latin1"));
  const { call, kept = () => Number.POSITIVE_INFINITY } =
    name === "texts" ? { call: keep } : await open(name, port, fn);
  const fill = async (from, to) => {
    for (let id = from; id < to; id += 100)
      await Promise.all(Array.from({ length: 100 }, (_, index) => call(id + index)));
    // A lease that lapsed has emptied the memory.
    if (kept() < to) await fill(0, to);
  };
  const used = async () => {
    await turn();
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  await fill(0, KEPT[0]);
  const before = await used();
  await fill(...KEPT);
  return { figure: ((await used()) - before) / (KEPT[1] - KEPT[0]), held: texts.length };
}

const works = {
  N1: (name, port) => hits(name, port, async (id) => user(id), 21, 20_000),
  N2: (name, port) => hits(name, port, async (id) => list(id), 11, 1000),

  /** First one page at a time, then 50: what the server and this process can take. */
  async N3(name, port) {
    const far = await throughProxy(port, 1);
    const trip = await roundTrip(far);
    const contestant = await open(name, far, async (id) => user(id));
    for (let round = 0; round < 2; round += 1)
      for (let from = 0; from < KEYS; from += 200)
        await Promise.all(Array.from({ length: 200 }, (_, index) => contestant.call(from + index)));
    const alone = await pages(contestant, 1);
    const many = await pages(contestant, PAGES_AT_ONCE);
    const misses = alone.reads.filter((time) => time > trip / 2);
    const calls = alone.reads.length + alone.writes.length;
    const at = (share) => many.reads[Math.min(many.reads.length - 1, Math.floor(many.reads.length * share))];
    sorted(many.reads);
    return {
      perSecond: many.perSecond,
      median: at(0.5),
      p99: at(0.99),
      latencies: ONE_IN.map((one) => at(1 - 1 / one)),
      page: middle(alone.pages),
      pageMean: sum(alone.pages) / alone.pages.length,
      writeMean: sum(alone.writes) / Math.max(1, alone.writes.length),
      missMean: sum(misses) / Math.max(1, misses.length),
      missShare: misses.length / calls,
      /** What a call takes at least, on average: its part of the misses and of the writes. */
      waits: (sum(misses) + sum(alone.writes)) / calls,
    };
  },

  /** Values that another process has stored, each read for the first time. */
  async N4(name, port) {
    const filler = await open(name === "cacheref" ? "far" : name, port, async (id) => user(id));
    for (let id = 0; id < 12_000; id += 1) await filler.call(id);
    const { call } = await open(name, port, async (id) => user(id));
    const times = [];
    for (let from = 1; from < 12_000; from += 400) {
      const begin = now();
      for (let id = from; id < from + 399; id += 1) await call(id);
      times.push((now() - begin) / 399);
    }
    return { figure: middle(times) };
  },

  /** An invalidation while 0, 1 and 8 other processes have the value near; `…Trips` is in round trips. */
  async N5(name, port) {
    const [close, away] = [await throughProxy(port, 1), await throughProxy(port, 10)];
    const load = async (id) => user(id);
    const writers = await Promise.all(
      [close, away].map((port) => open(name === "cacheref" ? "far" : name, port, load)),
    );
    const [medians, followers] = [[], []];
    for (const count of FOLLOWERS) {
      while (followers.length < count) followers.push((await start("work.mjs", "FOLLOW", name, close)).child);
      medians.push(await timeOfDrop(writers[0], 100));
    }
    const [none, one, eight] = medians;
    const eightTrips = eight / (await roundTrip(close));
    const commands = await commandsOfDrop(writers[0]);
    const before = await usedBy(followers);
    await timeOfDrop(writers[0], 100);
    const used = ((await usedBy(followers)) - before) / (WARM_UP + 100);
    // The same processes again, now a server away that is ten times as far.
    const processes = new Set(followers.map(({ pid }) => pid)).size;
    for (const child of followers) child.kill("SIGKILL");
    for (let count = 0; count < processes; count += 1) await start("work.mjs", "FOLLOW", name, away);
    const awayTrips = (await timeOfDrop(writers[1], 60)) / (await roundTrip(away));
    return { none, one, eight, eightTrips, awayTrips, processes, commands, used };
  },

  /** A near cache with entries to apply: from when the server has them until the last of them is applied. */
  async N6(name, port) {
    const client = new Redis(port);
    const { call, isKept } = await open(name, port, async (id) => user(id));
    const rates = [];
    for (let round = 0; round < 5; round += 1) {
      for (let id = 0; id < 3; id += 1) await call(7);
      const [[, fields]] = await client.xrevrange("bench:log", "+", "-", "COUNT", 1);
      await client.eval(
        "for i = 1, ARGV[1] do redis.call('XADD', 'bench:log', '*', 'by', ARGV[2], 'log', ARGV[3], 'e', 'user:' .. (i == tonumber(ARGV[1]) and 7 or 100 + i)) end",
        0,
        ENTRIES,
        "bench",
        fields[3],
      );
      const begin = now();
      await client.del("bench:c:load:[7]");
      while ((await isKept(call, 7)) !== undefined) await turn();
      rates.push(ENTRIES / ((now() - begin) / 1e9));
    }
    return { figure: middle(rates) };
  },

  /** What an entry takes in memory. Each figure has a process of its own: memory that one has left would serve the next. */
  async NM(name) {
    const slope = (form) => {
      const job = ["--expose-gc", fileURLToPath(import.meta.url), form, name];
      return JSON.parse(execFileSync(process.execPath, job).toString()).figure;
    };
    return { shared: slope("NM-shared"), own: slope("NM-own") };
  },
  "NM-shared": (name, port) => slope(name, port, async (id) => ({ ...user(id), id: id % (KEPT[1] / 10) })),
  "NM-own": (name, port) => slope(name, port, async (id) => user(id)),
};

const [work, name, port] = process.argv.slice(2);
if (work === "FOLLOW") {
  const { call } = await open(name, Number(port), async (id) => user(id));
  await call(1);
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.(1000 * (user + system));
  });
  process.send?.("ready");
} else {
  console.log(JSON.stringify(await works[work](name, await startRedis())));
  process.exit(0);
}
