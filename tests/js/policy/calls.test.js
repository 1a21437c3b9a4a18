// The policy of calls: hits, misses, joined runs, failures, refresh and peek.
import { gate } from "../../helpers/functions.js";
import { failing, outcome, policy, together, versioned, waiting } from "./policy.js";

const ada = { id: 1, name: "Ada" };

policy("a repeated call is a hit, another one a miss", {
  act: async ({ get }) => [await get(1), await get(1), await get(1), await get("2")],
  result: [ada, ada, ada, { id: "2", name: "Ada" }],
  runs: 2,
  events: ["miss [1]", "store [1]", "hit [1]", "hit [1]", 'miss ["2"]', 'store ["2"]'],
  lines: [],
});

policy("every empty value but undefined is a hit", {
  load: () => async (value) => value,
  act: async ({ get }) => {
    for (const value of [null, 0, "", false]) await get(value);
    return [await get(null), await get(0), await get(""), await get(false)];
  },
  result: [null, 0, "", false],
  runs: 4,
  events: [
    ...["null", "0", '""', "false"].flatMap((value) => [`miss [${value}]`, `store [${value}]`]),
    ...["null", "0", '""', "false"].map((value) => `hit [${value}]`),
  ],
  lines: [
    'warn cacheref: function "get": its result holds no id of "user", so a change of one does not drop it before its ttl ends; it is a boolean. If its arguments name it, say so: entities: { user: (result, [id]) => id }. If it depends on all of a type, say on which: dependsOn: ["user"].',
  ],
});

policy("an entry is a hit until its ttl, and then a miss", {
  act: async ({ get, advance }) => {
    await get(1);
    await advance(50_000);
    await get(1);
    await advance(10_000);
    return get(1);
  },
  result: ada,
  runs: 2,
  events: ["miss [1]", "store [1]", "hit [1]", "miss [1]", "store [1]"],
  lines: [],
});

policy("concurrent calls share one run: one is a miss, the others join", {
  load: () => waiting(() => ada),
  act: async (setting) => Promise.all(await together(setting, 2, 1)),
  result: [ada, ada, ada],
  runs: 1,
  events: ["miss [1]", "join [1]", "join [1]", "store [1]"],
  lines: [],
});

policy("an error of the function reaches every caller, and is not stored", {
  load: () =>
    waiting(() => {
      throw new Error("no such user");
    }),
  act: async (setting) => {
    const first = await Promise.all((await together(setting, 1, 1)).map(outcome));
    return [...first, await outcome(setting.get(1))];
  },
  result: Array(3).fill("rejected: no such user"),
  runs: 2,
  events: ["miss [1]", "join [1]", "miss [1]"],
  lines: [],
});

policy("refresh runs the function and replaces the entry", {
  load: versioned,
  act: async ({ get }) => [await get(1), await get.refresh(1), await get(1)],
  result: [1, 2, 2].map((version) => ({ id: 1, version })),
  runs: 2,
  events: ["miss [1]", "store [1]", "store [1]", "hit [1]"],
  lines: [],
});

policy("a refresh that fails leaves the entry", {
  load: failing,
  act: async ({ get }) => [await get(1), await outcome(get.refresh(1)), await get(1)],
  result: [{ id: 1 }, "rejected: down", { id: 1 }],
  runs: 2,
  events: ["miss [1]", "store [1]", "hit [1]"],
  lines: [],
});

policy("peek returns what is stored, runs nothing and reports nothing", {
  act: async ({ get, advance, cache }) => {
    const seen = [await get.peek(1)];
    await get.refresh(1);
    seen.push(await get.peek(1));
    await advance(60_000);
    seen.push(await get.peek(1));
    await get.refresh(1);
    await cache.invalidateEntity("user", 1);
    return [...seen, await get.peek(1)];
  },
  result: [undefined, ada, undefined, undefined],
  runs: 2,
  events: ["store [1]", "store [1]", "invalidate 1"],
  lines: ["info cacheref: invalidated user 1: 1 cached call dropped"],
});

policy("an invalidated entry is a miss", {
  act: async ({ get, cache }) => {
    await Promise.all([get(1), get(2)]);
    const count = await cache.invalidateEntity("user", 1);
    await get(1);
    return [count, await get(2)];
  },
  result: [1, { id: 2, name: "Ada" }],
  runs: 3,
  events: ["miss [1]", "miss [2]", "store [1]", "store [2]", "invalidate 1", "miss [1]", "store [1]", "hit [2]"],
  lines: ["info cacheref: invalidated user 1: 1 cached call dropped"],
});

/** A function that says when it starts, and waits. */
function held() {
  const [started, second, go] = [gate(), gate(), gate()];
  let runs = 0;
  const load = async (/** @type {number} */ id) => {
    (++runs === 1 ? started : second).resolve(undefined);
    await go.promise;
    return { id };
  };
  return Object.assign(load, { started, second, go });
}

policy("a run that an invalidation overtakes is skipped, and the call after it runs anew", {
  load: held,
  act: async ({ get, cache, compute }) => {
    const old = get(1);
    await compute.started.promise;
    await cache.invalidateEntity("user", 1);
    compute.go.resolve(undefined);
    return [await old, await get(1), await get(1)];
  },
  result: Array(3).fill({ id: 1 }),
  runs: 2,
  events: ["miss [1]", "invalidate 0", "skip [1]: invalidated meanwhile", "miss [1]", "store [1]", "hit [1]"],
  lines: ["info cacheref: invalidated user 1: 0 cached calls dropped"],
});

policy("a call that starts after the invalidation does not join the older run", {
  load: held,
  act: async ({ get, cache, compute }) => {
    const old = get(1);
    await compute.started.promise;
    await cache.invalidateFunction("get");
    const late = get(1);
    await compute.second.promise;
    compute.go.resolve(undefined);
    return Promise.all([old, late]);
  },
  result: Array(2).fill({ id: 1 }),
  runs: 2,
  events: ["miss [1]", "invalidate 0", "miss [1]", "skip [1]: invalidated meanwhile", "store [1]"],
  lines: ["info cacheref: invalidated function get: 0 cached calls dropped"],
});
