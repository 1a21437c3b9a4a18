// The policy of results that are not stored, and of calls that are not cached: each is counted, with its reason.
import { policy } from "./policy.js";

const ada = { id: 1, name: "Ada" };

for (const ttl of [0, () => 0]) {
  policy(`a ttl of 0 is skipped (${typeof ttl})`, {
    options: { ttl },
    act: async ({ get }) => [await get(1), await get(1)],
    result: [ada, ada],
    runs: 2,
    events: ["miss [1]", "skip [1]: ttl", "miss [1]", "skip [1]: ttl"],
    lines: [],
  });
}

policy("a ttl function that throws is reported once, and its result is skipped", {
  options: {
    ttl: () => {
      throw new Error("no idea");
    },
  },
  act: async ({ get }) => [await get(1), await get(1)],
  result: [ada, ada],
  runs: 2,
  events: ["miss [1]", "skip [1]: ttl", "miss [1]", "skip [1]: ttl"],
  lines: ['warn cacheref: function "get": its ttl function threw: no idea; nothing is stored'],
});

policy("a result of undefined is skipped, without a word", {
  load: () => async () => undefined,
  act: async ({ get }) => [await get(1), await get(1)],
  result: [undefined, undefined],
  runs: 2,
  events: ["miss [1]", "skip [1]: not serializable", "miss [1]", "skip [1]: not serializable"],
  lines: [],
});

policy("a result that cannot be serialized is skipped", {
  load: () => async (id) => BigInt(id),
  act: async ({ get }) => [String(await get(1)), String(await get(1))],
  result: ["1", "1"],
  runs: 2,
  events: ["miss [1]", "skip [1]: not serializable", "miss [1]", "skip [1]: not serializable"],
  lines: [
    'warn cacheref: function "get": its result cannot be serialized and is not stored: result is a bigint; cacheref/rich has a serializer for it',
  ],
});

policy("an extractor that throws is reported once, and its result is skipped", {
  options: {
    extractEntityIds: () => {
      throw new Error("no idea");
    },
  },
  act: async ({ get }) => [await get(1), await get(1)],
  result: [ada, ada],
  runs: 2,
  events: ["miss [1]", "skip [1]: entities", "miss [1]", "skip [1]: entities"],
  lines: ['warn cacheref: function "get": the entities of its result cannot be found, so it is not stored: no idea'],
});

policy("a call with an argument that cannot be a key is skipped, and reported once", {
  load: () => async () => ada,
  act: async ({ get }) => {
    const argument = { signal: () => {} };
    return [await get(argument), await get.refresh(argument), await get.peek(argument), await get(argument)];
  },
  result: [ada, ada, undefined, ada],
  runs: 3,
  events: Array(3).fill("skip without a key: key"),
  lines: [
    'warn cacheref: function "get": arguments[0].signal is a function, so the call runs uncached; the option key can say what of the arguments makes the key',
  ],
});

policy("a key that the core refuses is worded alike", {
  options: { keyFormat: "python" },
  load: () => async () => ada,
  act: async ({ get }) => [await get(new Date(0)), await get(new Date(0))],
  result: [ada, ada],
  runs: 2,
  events: Array(2).fill("skip without a key: key"),
  lines: [
    'warn cacheref: function "get": arguments[0] has no counterpart in Python, so the call runs uncached; the option key can say what of the arguments makes the key',
  ],
});

policy("a key option that throws is reported once, and the call is skipped", {
  options: {
    key: () => {
      throw new Error("no idea");
    },
  },
  act: async ({ get }) => [await get(1), await get(1)],
  result: [ada, ada],
  runs: 2,
  events: Array(2).fill("skip without a key: key"),
  lines: ['warn cacheref: function "get": its option key threw "no idea", so the call runs uncached'],
});

policy("a skip option that returns a promise leaves all calls out, and is reported once", {
  options: { skip: async () => false },
  act: async ({ get }) => [await get(1), await get(1)],
  result: [ada, ada],
  runs: 2,
  events: Array(2).fill("skip without a key: skip"),
  lines: [
    'warn cacheref: function "get": its skip option returned a promise, which counts as true, so no call is cached; skip must answer at once',
  ],
});

policy("a key option that returns nothing makes one entry, and is reported once", {
  options: { key: () => {} },
  act: async ({ get }) => [await get(1), await get(2)],
  result: [ada, ada],
  runs: 1,
  events: ["miss []", "store []", "hit []"],
  lines: [
    'warn cacheref: function "get": its option key returned undefined, and all such calls have one entry; let it return what tells them apart',
  ],
});

policy("a call that the option skip leaves out is skipped", {
  options: { skip: (/** @type {number} */ id) => id === 1 },
  act: async ({ get }) => [await get(1), await get(1)],
  result: [ada, ada],
  runs: 2,
  events: Array(2).fill("skip without a key: skip"),
  lines: [],
});

policy("a function that calls itself before it awaits is skipped, since it would wait for itself", {
  load: () => {
    let depth = 0;
    const load = Object.assign(
      async (/** @type {number} */ id) => {
        depth += 1;
        return depth < 3 ? load.get(id) : "bottom";
      },
      { get: (/** @type {number} */ _id) => /** @type {any} */ (undefined) },
    );
    return load;
  },
  act: async ({ get, compute }) => {
    compute.get = get;
    return get(1);
  },
  result: "bottom",
  runs: 3,
  events: ["miss [1]", "miss [1]", "skip [1]: recursion", "miss [1]", "skip [1]: recursion", "store [1]"],
  lines: [],
});
