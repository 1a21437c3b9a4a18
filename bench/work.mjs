// The works of performance.md, in memory. Each takes a contestant and gives a figure; smaller is better.
import { setImmediate } from "node:timers/promises";
import { list, query, tagsOf, user } from "./data.mjs";

/** The median of `rounds` timings of `act`, in nanoseconds per operation. */
async function median(rounds, operations, act) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const begin = process.hrtime.bigint();
    await act(round);
    times.push(Number(process.hrtime.bigint() - begin) / operations);
  }
  return times.sort((a, b) => a - b)[rounds >> 1];
}

/** What warming up and one round may take: some contestants are thousands of times slower than others. */
const WARM_MS = 500;
const ROUND_MS = 150;

/** Warms up by `most` operations, and says how many make a round: as many, unless that takes too long. */
async function warmUp(most, act) {
  const part = Math.ceil(most / 20);
  let done = 0;
  let each = 0;
  for (const start = performance.now(); done < most && performance.now() - start < WARM_MS; done += part) {
    const begin = performance.now();
    await act(part);
    each = (performance.now() - begin) / part;
  }
  return Math.min(most, Math.max(20, Math.floor(ROUND_MS / each)));
}

async function hits(contestant, load, argumentsOf) {
  const call = contestant.wrap(load, tagsOf);
  const args = Array.from({ length: 1000 }, (_, id) => argumentsOf(id));
  for (const arg of args) await call(arg);
  const act = async (operations) => {
    for (let index = 0; index < operations; index += 1) await call(args[index % 1000]);
  };
  const operations = await warmUp(20_000, act);
  return median(21, operations, () => act(operations));
}

/** The same for a function that returns a value, called in a loop without a pause. */
async function syncHits(call, args) {
  let sum = 0;
  const act = async (operations) => {
    for (let index = 0; index < operations; index += 1) sum += call(args[index % args.length]).id;
  };
  const operations = await warmUp(20_000, act);
  const figure = await median(21, operations, () => act(operations));
  if (!(sum > 0)) throw new Error("nothing was returned");
  return figure;
}

async function misses(contestant, load, rounds, most) {
  const call = contestant.wrap(load, tagsOf);
  let id = 0;
  const act = async (operations) => {
    for (const end = id + operations; id < end; id += 1) await call(id);
  };
  const operations = await warmUp(most, act);
  return median(rounds, operations, () => act(operations));
}

/** The calls that hold an entity, in the rows over fan-out. */
export const FAN_OUT = [1, 10, 100, 1000, 10_000];

export const works = {
  M1: {
    title: "memory hit, one numeric argument, 1,000 keys",
    run: (contestant) =>
      hits(
        contestant,
        async (id) => user(id),
        (id) => id,
      ),
  },
  M2: {
    title: "memory hit, one object argument of 5 keys in varying order",
    run: (contestant) => hits(contestant, async ({ userId }) => user(userId), query),
  },
  M1t100: {
    title: "memory hit of a list with 100 tracked entities",
    run: (contestant) =>
      hits(
        contestant,
        async (id) => list(id),
        (id) => id,
      ),
  },
  M3: {
    title: "miss and store, one entity",
    run: (contestant) => misses(contestant, async (id) => user(id), 15, 5000),
  },
  M4: {
    title: "miss and store, a list of 100 entities (20 KB of JSON)",
    run(contestant) {
      const ready = Array.from({ length: 50 }, (_, index) => list(index * 100));
      return misses(contestant, async (id) => ready[id % 50], 15, 300);
    },
  },
  M5: {
    title: "invalidate an entity that 100 of 100,000 entries contain, and read one of them again",
    async run(contestant) {
      // Entry `id` contains user `id % 1000`: 100 entries each.
      const call = contestant.wrap(async (id) => user(id % 1000), tagsOf);
      for (let id = 0; id < 100_000; id += 1) await call(id);
      return median(41, 1, async (round) => {
        await contestant.invalidate(round);
        await call(round);
      });
    },
  },
  M5L: {
    title: "invalidate an entity that 100 cached lists of 100 entities contain",
    async run(contestant) {
      const times = [];
      const lists = Array.from({ length: 100 }, (_, index) => [user(7), ...list(1000 + index * 100).slice(1)]);
      const call = contestant.wrap(async (id) => lists[id % 100], tagsOf);
      for (let round = 0; round < 15; round += 1) {
        for (let id = 0; id < 100; id += 1) await call(id);
        const begin = process.hrtime.bigint();
        await contestant.invalidate(7);
        times.push(Number(process.hrtime.bigint() - begin));
        await setImmediate();
      }
      return times.sort((a, b) => a - b)[7];
    },
  },
  M5F: {
    title: "invalidate an entity that so many of 50,000 entries contain, and read one of them again",
    /** A figure for each number of calls. */
    async run(contestant) {
      // The entity and the call are one number: objects would be about keys.
      const callOf = (entity, index) => entity * 100_000 + index;
      const call = contestant.wrap(async (id) => user(Math.floor(id / 100_000)), tagsOf);
      for (let id = 0; id < 50_000; id += 1) await call(callOf(20_000 + id, 0));
      for (let entity = 20_000; entity < 20_500; entity += 1) {
        await contestant.invalidate(entity);
        await call(callOf(entity, 0));
      }
      const figures = [];
      for (const calls of FAN_OUT) {
        const times = [];
        for (let round = 0; round < (calls > 1000 ? 5 : 21); round += 1) {
          for (let index = 0; index < calls; index += 1) await call(callOf(calls, index));
          const begin = process.hrtime.bigint();
          await contestant.invalidate(calls);
          await call(callOf(calls, 0));
          times.push(Number(process.hrtime.bigint() - begin));
        }
        figures.push(times.sort((a, b) => a - b)[times.length >> 1]);
      }
      return figures;
    },
  },
  M8: {
    title: "memory hit of a synchronous function, one numeric argument, 1,000 keys",
    run: (contestant) =>
      syncHits(
        contestant.wrap((id) => user(id)),
        Array.from({ length: 1000 }, (_, id) => id + 1),
      ),
  },
  M8i: {
    title: "memory hit of a selector: one of 10 states of 100 rows each, compared by identity",
    run: (contestant) =>
      syncHits(
        contestant.wrapByIdentity((state) => state.at(-1)),
        Array.from({ length: 10 }, (_, index) => list(1 + index * 100)),
      ),
  },
  M7: {
    title: "1,000 concurrent calls of one missing key",
    async run(contestant) {
      let runs = 0;
      const call = contestant.wrap(async (id) => {
        runs += 1;
        await setImmediate();
        return user(id);
      }, tagsOf);
      const rounds = 31;
      const time = await median(rounds, 1, async (round) => {
        await Promise.all(Array.from({ length: 1000 }, () => call(round)));
      });
      if (runs !== rounds) throw new Error(`the function ran ${runs} times for ${rounds} keys`);
      return time;
    },
  },
};
