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

async function hits(contestant, load, argumentsOf) {
  const call = contestant.wrap(load, tagsOf);
  const args = Array.from({ length: 1000 }, (_, id) => argumentsOf(id));
  for (let warm = 0; warm < 20; warm += 1) for (const arg of args) await call(arg);
  return median(21, 20_000, async () => {
    for (let turn = 0; turn < 20; turn += 1) for (let index = 0; index < 1000; index += 1) await call(args[index]);
  });
}

async function misses(contestant, load, rounds, perRound) {
  const call = contestant.wrap(load, tagsOf);
  for (let id = 0; id < perRound; id += 1) await call(id);
  return median(rounds, perRound, async (round) => {
    const from = (round + 1) * perRound;
    for (let id = from; id < from + perRound; id += 1) await call(id);
  });
}

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
