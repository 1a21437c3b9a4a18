// The policy of stale values: stale-while-revalidate, stale-if-error, early refresh.
import { gate } from "../../helpers/functions.js";
import { failing, outcome, policy, versioned } from "./policy.js";

/** The least that a window is entered by: far more than the time that a test takes on a server's clock. */
const BIT = 5_000;
const REFRESH_FAILED = 'warn cacheref: function "get": its refresh failed: down';

policy("stale-while-revalidate serves the stale value and refreshes it once", {
  options: { staleWhileRevalidate: 60 },
  load: versioned,
  act: async ({ get, advance, cache }) => {
    await get(1);
    await advance(60_000 + BIT);
    const served = await Promise.all([get(1), get(1)]);
    await cache.close(); // waits for the refresh
    return [...served, await get(1)];
  },
  result: [1, 1, 2].map((version) => ({ id: 1, version })),
  runs: 2,
  events: ["miss [1]", "store [1]", "stale [1]", "stale [1]", "store [1]", "hit [1]"],
  lines: [],
});

policy("after the window of stale-while-revalidate the call is a miss", {
  options: { staleWhileRevalidate: 60 },
  act: async ({ get, advance }) => {
    await get(1);
    await advance(120_000);
    return get(1);
  },
  result: { id: 1, name: "Ada" },
  runs: 2,
  events: ["miss [1]", "store [1]", "miss [1]", "store [1]"],
  lines: [],
});

policy("a refresh that fails is reported, and the stale value stays", {
  options: { staleWhileRevalidate: 60 },
  load: failing,
  act: async ({ get, advance, cache }) => {
    await get(1);
    await advance(60_000 + BIT);
    const served = [await get(1)];
    await cache.close();
    return [...served, await get.peek(1)];
  },
  result: [{ id: 1 }, undefined],
  runs: 2,
  events: ["miss [1]", "store [1]", "stale [1]"],
  lines: [REFRESH_FAILED],
});

policy("stale-if-error serves the stale value when the function fails", {
  options: { staleIfError: 60 },
  load: failing,
  act: async ({ get, advance }) => {
    await get(1);
    await advance(60_000 + BIT);
    const served = await get(1);
    await advance(60_000);
    return [served, await outcome(get(1))];
  },
  result: [{ id: 1 }, "rejected: down"],
  runs: 3,
  events: ["miss [1]", "store [1]", "miss [1]", "stale [1]", "miss [1]"],
  lines: [],
});

/** A function that works once, and then fails when it is let go. */
function failingLater() {
  const [begun, go] = [gate(), gate()];
  const works = failing();
  let runs = 0;
  const load = async (/** @type {number} */ id) => {
    if (runs++ === 0) return works(id);
    begun.resolve(undefined);
    await go.promise;
    return works(id);
  };
  return Object.assign(load, { begun: begun.promise, go: () => go.resolve(undefined) });
}

policy("calls that joined a run which fails are served the stale value too, and say so", {
  options: { staleIfError: 60 },
  load: failingLater,
  act: async ({ get, advance, compute, untilJoined }) => {
    await get(1);
    await advance(60_000 + BIT);
    const first = get(1);
    await compute.begun;
    const others = [get(1), get(1), get(1)];
    await untilJoined(3);
    compute.go();
    return Promise.all([first, ...others]);
  },
  result: Array(4).fill({ id: 1 }),
  runs: 2,
  events: [
    ...["miss [1]", "store [1]", "miss [1]", "join [1]", "join [1]", "join [1]"],
    ...["stale [1]", "stale [1]", "stale [1]", "stale [1]"],
  ],
  lines: [],
});

policy("within staleIfError a function that works again replaces the stale value", {
  options: { staleIfError: 60 },
  act: async ({ get, advance }) => {
    await get(1);
    await advance(60_000 + BIT);
    return [await get(1), await get(1)];
  },
  result: Array(2).fill({ id: 1, name: "Ada" }),
  runs: 2,
  events: ["miss [1]", "store [1]", "miss [1]", "store [1]", "hit [1]"],
  lines: [],
});

policy("an early refresh is a hit, and replaces the entry", {
  options: { earlyRefresh: 20 },
  load: versioned,
  act: async ({ get, advance, cache }) => {
    await get(1);
    await advance(30_000);
    const before = await get(1);
    await advance(15_000);
    const due = await get(1);
    await cache.close(); // waits for the refresh
    return [before, due, await get(1)];
  },
  result: [1, 1, 2].map((version) => ({ id: 1, version })),
  runs: 2,
  events: ["miss [1]", "store [1]", "hit [1]", "hit [1]", "store [1]", "hit [1]"],
  lines: [],
});

policy("an early refresh that fails is reported, and the entry stays a hit", {
  options: { earlyRefresh: 20 },
  load: failing,
  act: async ({ get, advance, cache }) => {
    await get(1);
    await advance(45_000);
    const served = await get(1);
    await cache.close();
    return [served, await get.peek(1)];
  },
  result: Array(2).fill({ id: 1 }),
  runs: 2,
  events: ["miss [1]", "store [1]", "hit [1]"],
  lines: [REFRESH_FAILED],
});
