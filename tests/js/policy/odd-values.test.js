// The policy of values that are hard to handle: what throws when it is read, and what can be read only once.
import assert from "node:assert/strict";
import { outcome, policy, together, waiting } from "./policy.js";

const trap = () => {
  throw new Error("trap");
};
/** The arguments that no key can be made of, each with what the log says of it. */
const UNREADABLE = {
  "a getter": [
    () => ({
      get id() {
        return trap();
      },
    }),
    "arguments[0].id could not be read (trap)",
  ],
  "a getter named signal": [
    () => ({
      get signal() {
        return trap();
      },
    }),
    "arguments[0].signal could not be read (trap)",
  ],
  "a proxy": [
    () => new Proxy({}, { get: trap, getPrototypeOf: trap, has: trap, ownKeys: trap }),
    "arguments[0] could not be read (trap)",
  ],
};

for (const [what, [make, why]] of /** @type {[string, [() => object, string]][]} */ (Object.entries(UNREADABLE))) {
  for (const signal of [false, true]) {
    policy(`an argument with ${what} that throws reaches the function${signal ? ", with the option signal" : ""}`, {
      options: { signal },
      load: () => async (/** @type {object} */ argument) => typeof argument,
      act: async ({ get }) => {
        const argument = make();
        return [await get(argument), await get.refresh(argument), await get.peek(argument), get.key(argument)];
      },
      result: ["object", "object", undefined, undefined],
      runs: 2,
      events: Array(2).fill("skip without a key: key"),
      lines: [
        `warn cacheref: function "get": ${why}, so the call runs uncached; the option key can say what of the arguments makes the key`,
      ],
    });
  }
}

const unreadable = Object.defineProperties(new Error("down"), { name: { get: trap }, message: { get: trap } });
const THROWN = {
  undefined: undefined,
  null: null,
  "a frozen error": Object.freeze(new Error("down")),
  "a symbol": Symbol("down"),
  "an error whose name throws": unreadable,
};
for (const [what, thrown] of Object.entries(THROWN)) {
  policy(`every caller gets what the function throws: ${what}`, {
    load: () =>
      waiting(() => {
        throw thrown;
      }),
    act: async (setting) => {
      const isThrown = (/** @type {Promise<unknown>} */ call) => call.then(assert.fail, (error) => error === thrown);
      const isSame = await Promise.all((await together(setting, 1, 1)).map(isThrown));
      return [...isSame, await isThrown(setting.get(1))];
    },
    result: [true, true, true],
    runs: 2,
    events: ["miss [1]", "join [1]", "miss [1]"],
    lines: [],
  });
}

policy("what the function throws before it returns a promise is a rejection", {
  load: () => () => {
    throw new Error("down");
  },
  act: async ({ get }) => [await outcome(get(1)), await outcome(get.refresh(1))],
  result: Array(2).fill("rejected: down"),
  runs: 2,
  events: ["miss [1]"],
  lines: [],
});

policy("a joined call gets the error even if an argument throws when it is read", {
  options: { key: () => 1 },
  load: () =>
    waiting(() => {
      throw new Error("down");
    }),
  act: async (setting) => {
    const argument = {
      get signal() {
        return trap();
      },
    };
    return Promise.all((await together(setting, 1, argument)).map(outcome));
  },
  result: Array(2).fill("rejected: down"),
  runs: 1,
  events: ["miss [1]", "join [1]"],
  lines: [],
});

policy("a result that throws when it is read is returned, and the next call runs anew", {
  load: () => async () => ({
    id: 1,
    get name() {
      return trap();
    },
    part: new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap }),
  }),
  act: async ({ get }) => [(await get(1)).id, (await get(1)).id],
  result: [1, 1],
  runs: 2,
  events: ["miss [1]", "skip [1]: not serializable", "miss [1]", "skip [1]: not serializable"],
  lines: ['warn cacheref: function "get": its result cannot be serialized and is not stored: trap'],
});

policy("a result that can be read only once is no joined call's: each runs for itself", {
  load: () => waiting(() => new Response("text")),
  act: async (setting) => {
    const responses = await Promise.all(await together(setting, 1, 1));
    return Promise.all(responses.map((response) => response.text()));
  },
  result: ["text", "text"],
  runs: 2,
  events: ["miss [1]", "join [1]", "skip [1]: not serializable", "miss [1]", "skip [1]: not serializable"],
  lines: [
    'warn cacheref: function "get": its result is a Response, which cannot be kept, so it is not stored; let it return plain data',
  ],
});
