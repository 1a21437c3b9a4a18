// The policy of waiting: nobody waits without limit for a run that another call began, and nobody is failed by another's abort.
import { gate } from "../../helpers/functions.js";
import { failing, outcome, policy } from "./policy.js";

/** A function whose first run hangs, and that says when it has begun. */
function hanging() {
  const begun = gate();
  let runs = 0;
  const load = async (/** @type {number} */ id) => {
    if (++runs > 1) return { id, run: runs };
    begun.resolve(undefined);
    return new Promise(() => {});
  };
  return Object.assign(load, { begun: begun.promise });
}

policy("a call that joined a run that hangs runs for itself after runTimeout", {
  options: { runTimeout: "20ms" },
  load: hanging,
  act: async ({ get, compute }) => {
    get(1);
    await compute.begun;
    const joined = get(1);
    const alive = setInterval(() => {}, 1000); // its timer alone keeps no process alive
    const result = await joined;
    clearInterval(alive);
    return [result, await get(1)];
  },
  result: Array(2).fill({ id: 1, run: 2 }),
  runs: 2,
  events: ["miss [1]", "join [1]", "miss [1]", "store [1]", "hit [1]"],
  lines: [],
});

policy("a call after runTimeout does not join the run that hangs", {
  options: { runTimeout: "20ms" },
  load: hanging,
  act: async ({ get, compute, advance }) => {
    get(1);
    await compute.begun;
    await advance(20);
    return [await get(1), await get(1)];
  },
  result: Array(2).fill({ id: 1, run: 2 }),
  runs: 2,
  events: ["miss [1]", "miss [1]", "store [1]", "hit [1]"],
  lines: [],
});

/** A function that takes its caller's signal as an argument, as those without the option `signal` do. */
function abortable() {
  const begun = gate();
  const load = (/** @type {number} */ id, /** @type {{ signal: AbortSignal }} */ { signal }) => {
    begun.resolve(undefined);
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      if (signal !== load.first) resolve({ id });
    });
  };
  return Object.assign(load, { begun: begun.promise, first: /** @type {any} */ (undefined) });
}

for (const reason of [undefined, new Error("the user has left")]) {
  policy(`the abort of one caller fails no other (${reason?.message ?? "AbortError"})`, {
    options: { key: (/** @type {number} */ id) => id },
    load: abortable,
    act: async ({ get, compute, untilJoined }) => {
      const [one, other] = [new AbortController(), new AbortController()];
      compute.first = one.signal;
      const aborted = outcome(get(1, { signal: one.signal }));
      await compute.begun;
      const joined = get(1, { signal: other.signal });
      await untilJoined(1);
      one.abort(reason);
      return [await aborted, await joined];
    },
    result: [reason ? "rejected: the user has left" : "rejected: This operation was aborted", { id: 1 }],
    runs: 2,
    events: ["miss [1]", "join [1]", "miss [1]", "store [1]"],
    lines: [],
  });
}

/** A function with the option `signal`, which ends when its signal is aborted and when `go` is called. */
function signalled() {
  const [begun, go] = [gate(), gate()];
  const load = async (/** @type {number} */ id, /** @type {{ signal: AbortSignal }} */ { signal }) => {
    load.signals.push(signal);
    begun.resolve(undefined);
    await new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      go.promise.then(resolve);
    });
    return { id };
  };
  return Object.assign(load, { begun: begun.promise, go: go.resolve, signals: /** @type {AbortSignal[]} */ ([]) });
}

policy("with the option signal a caller may go, and the run goes on while another waits", {
  options: { signal: true },
  load: signalled,
  act: async ({ get, compute, untilJoined }) => {
    const [one, other] = [new AbortController(), new AbortController()];
    const gone = outcome(get(1, { signal: one.signal }));
    await compute.begun;
    const waits = get(1, { signal: other.signal });
    await untilJoined(1);
    one.abort(new Error("gone"));
    const first = await gone;
    compute.go(undefined);
    return [first, await waits, compute.signals[0].aborted, await get(1)];
  },
  result: ["rejected: gone", { id: 1 }, false, { id: 1 }],
  runs: 1,
  events: ["miss [1]", "join [1]", "store [1]", "hit [1]"],
  lines: [],
});

policy("with the option signal a run is aborted when every caller has gone", {
  options: { signal: true },
  load: signalled,
  act: async ({ get, compute, untilJoined }) => {
    const [one, other] = [new AbortController(), new AbortController()];
    const calls = [outcome(get(1, { signal: one.signal }))];
    await compute.begun;
    calls.push(outcome(get(1, { signal: other.signal })));
    await untilJoined(1);
    one.abort(new Error("gone"));
    other.abort(new Error("gone too"));
    const results = await Promise.all(calls);
    compute.go(undefined);
    return [...results, compute.signals[0].reason.message, await get(1)];
  },
  result: ["rejected: gone", "rejected: gone too", "gone too", { id: 1 }],
  runs: 2,
  events: ["miss [1]", "join [1]", "miss [1]", "store [1]"],
  lines: [],
});

policy("with the option signal a run is aborted at runTimeout, which is what its caller gets", {
  options: { signal: true, runTimeout: "20ms" },
  load: signalled,
  act: async ({ get }) => {
    const alive = setInterval(() => {}, 1000);
    const result = await outcome(get(1));
    clearInterval(alive);
    return result;
  },
  result: "rejected: the run has taken 20 ms, its runTimeout",
  runs: 1,
  events: ["miss [1]"],
  lines: [],
});

policy("after a failed run within staleIfError the next ones are put off", {
  options: { staleIfError: 60 },
  load: failing,
  act: async ({ get, advance }) => {
    await get(1);
    await advance(65_000);
    return [await get(1), await get(1), await get(1)];
  },
  result: Array(3).fill({ id: 1 }),
  runs: 2,
  events: ["miss [1]", "store [1]", "miss [1]", "stale [1]", "stale [1]", "stale [1]"],
  lines: [],
});

policy("refresh takes a signal too: its caller may go, and its run is then aborted", {
  options: { signal: true },
  load: signalled,
  act: async ({ get, compute }) => {
    const one = new AbortController();
    const refreshed = outcome(get.refresh(1, { signal: one.signal }));
    await compute.begun;
    one.abort(new Error("gone"));
    return [await refreshed, compute.signals[0].reason.message, await outcome(get.refresh(1, { signal: one.signal }))];
  },
  result: ["rejected: gone", "gone", "rejected: gone"],
  runs: 1,
  events: [],
  lines: [],
});

policy("a call whose signal is aborted while it is looked up runs nothing", {
  options: { signal: true, staleWhileRevalidate: 60 },
  load: signalled,
  act: async ({ get, compute }) => {
    const one = new AbortController();
    const gone = outcome(get(1, { signal: one.signal }));
    one.abort(new Error("gone"));
    const result = await gone;
    compute.go(undefined);
    return [result, compute.signals.every(({ aborted }) => aborted), await get(2)];
  },
  result: ["rejected: gone", true, { id: 2 }],
  runs: 1,
  events: ["miss [2]", "store [2]"],
  lines: [],
});

policy("a refresh in the background outlives the signal of the call that began it", {
  options: { signal: true, staleWhileRevalidate: 60 },
  load: signalled,
  act: async ({ get, compute, advance, cache }) => {
    compute.go(undefined);
    await get(1);
    await advance(65_000);
    const one = new AbortController();
    const served = await get(1, { signal: one.signal });
    one.abort(new Error("gone"));
    await cache.close(); // waits for the refresh
    return [served, compute.signals.map(({ aborted }) => aborted), await get(1)];
  },
  result: [{ id: 1 }, [false, false], { id: 1 }],
  runs: 2,
  events: ["miss [1]", "store [1]", "stale [1]", "store [1]", "hit [1]"],
  lines: [],
});
