// The works on two levels: node near/work.mjs WORK CONTESTANT. Prints its figures; times are in nanoseconds. N3 and N5 go
// through a proxy that adds a millisecond to each round trip.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import Redis from "ioredis";
import { list, user } from "../data.mjs";
import { startRedis } from "../server.mjs";
import { makers } from "./contestants.mjs";

const KEYS = 10_000;
const READERS = 50;
const SECONDS = 3;
const WRITES = 0.01;
/** The parts of all calls whose latency is drawn. */
const SHARES = [0.1, 0.5, 0.9, 0.95, 0.99, 0.999];
const FOLLOWERS = [0, 1, 8];
const ENTRIES = 50_000;
/** How many values are near where their memory is measured. */
const KEPT = 100_000;

const now = () => Number(process.hrtime.bigint());
const sorted = (numbers) => numbers.sort((a, b) => a - b);
const middle = (numbers) => sorted(numbers)[numbers.length >> 1];
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

const throughProxy = async (port) => (await start("delay.mjs", port)).message;

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

const works = {
  N1: (name, port) => hits(name, port, async (id) => user(id), 21, 20_000),
  N2: (name, port) => hits(name, port, async (id) => list(id), 11, 1000),

  /** Calls of 50 readers; one in a hundred is a write in its place. */
  async N3(name, port) {
    const { call, drop } = await open(name, await throughProxy(port), async (id) => user(id));
    for (let round = 0; round < 2; round += 1)
      for (let from = 0; from < KEYS; from += 200)
        await Promise.all(Array.from({ length: 200 }, (_, index) => call(from + index)));
    const times = [];
    const begin = performance.now();
    const end = begin + SECONDS * 1000;
    await Promise.all(
      Array.from({ length: READERS }, async () => {
        for (let count = 0; performance.now() < end; count += 1) {
          const id = popular();
          if (Math.random() < WRITES) {
            await drop(id);
            continue;
          }
          const begun = now();
          await call(id);
          times.push(now() - begun);
          // Hits in memory never let other work in by themselves.
          if (count % 100 === 0) await turn();
        }
      }),
    );
    const perSecond = times.length / ((performance.now() - begin) / 1000);
    sorted(times);
    const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return { perSecond, median: at(0.5), p99: at(0.99), latencies: SHARES.map(at) };
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

  /** An invalidation while 0, 1 and 8 other processes have the value near; `bare` is a round trip. */
  async N5(name, port) {
    const far = await throughProxy(port);
    const client = new Redis(far);
    const trips = [];
    for (let round = 0; round < 30; round += 1) {
      const begin = now();
      await client.ping();
      trips.push(now() - begin);
    }
    const writer = await open(name === "cacheref" ? "far" : name, far, async (id) => user(id));
    const figures = [];
    let running = 0;
    for (const followers of FOLLOWERS) {
      for (; running < followers; running += 1) await start("work.mjs", "FOLLOW", name, far);
      const times = [];
      for (let round = 0; round < 40; round += 1) {
        await writer.call(round);
        const begin = now();
        await writer.drop(round);
        times.push(now() - begin);
      }
      figures.push(middle(times));
    }
    const [none, one, eight] = figures;
    return { none, one, eight, trips: eight / middle(trips) };
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

  /** What a near entry with one entity takes beyond its text. `far` keeps the texts alone. */
  async NM(name, port) {
    const { call } = await open(name, port, async (id) => user(id));
    const texts = [];
    const act = async (id) => {
      const value = await call(id);
      if (name === "far") texts.push(JSON.stringify(value));
    };
    const used = () => {
      globalThis.gc();
      globalThis.gc();
      return process.memoryUsage.rss();
    };
    const fill = async (from, to) => {
      for (let id = from; id < to; id += 100)
        await Promise.all(Array.from({ length: 100 }, (_, index) => act(id + index)));
      await turn();
    };
    // The client and the core have what they need themselves.
    await fill(1_000_000, 1_010_000);
    const before = used();
    await fill(0, KEPT);
    return { bytes: (used() - before) / KEPT, kept: texts.length };
  },
};

const [work, name, port] = process.argv.slice(2);
if (work === "FOLLOW") {
  const { call } = await open(name, Number(port), async (id) => user(id));
  await call(1);
  process.send?.("ready");
} else {
  console.log(JSON.stringify(await works[work](name, await startRedis())));
  process.exit(0);
}
