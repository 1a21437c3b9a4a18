import { counted, equal, ok, recorder } from "../expect.js";

/** Values of which no two are one. @type {[string, () => unknown[]][]} */
const ZOO = [
  ["nothing", () => []],
  ["null", () => [null]],
  ["a hole before null", () => [undefined, null]],
  ["1", () => [1]],
  ['"1"', () => ["1"]],
  ["1n", () => [1n]],
  ["true", () => [true]],
  ['"true"', () => ["true"]],
  ["0", () => [0]],
  ['""', () => [""]],
  ["false", () => [false]],
  ["NaN", () => [Number.NaN]],
  ["Infinity", () => [Number.POSITIVE_INFINITY]],
  ["-Infinity", () => [Number.NEGATIVE_INFINITY]],
  ["2 ** 53", () => [2 ** 53]],
  ["a large bigint", () => [2n ** 80n]],
  ["[]", () => [[]]],
  ["[[]]", () => [[[]]]],
  ["[1, 2]", () => [[1, 2]]],
  ["1, 2", () => [1, 2]],
  ["[2, 1]", () => [[2, 1]]],
  ["{}", () => [{}]],
  ["{ a: null }", () => [{ a: null }]],
  ["{ a: 1 }", () => [{ a: 1 }]],
  ["{ a: { b: 1 } }", () => [{ a: { b: 1 } }]],
  ['"[1]"', () => ["[1]"]],
  ['"{}"', () => ["{}"]],
  ["a Date", () => [new Date(0)]],
  ["its text", () => ["1970-01-01T00:00:00.000Z"]],
  ["an invalid Date", () => [new Date(Number.NaN)]],
  ["/a/g", () => [/a/g]],
  ["/a/i", () => [/a/i]],
  ["a URL", () => [new URL("https://example.com/")]],
  ["its text", () => ["https://example.com/"]],
  ["an empty Map", () => [new Map()]],
  ["a Map", () => [new Map([["a", 1]])]],
  ["an empty Set", () => [new Set()]],
  ["a Set", () => [new Set(["a", 1])]],
  ["bytes", () => [new Uint8Array([1, 0])]],
  ["16-bit numbers", () => [new Uint16Array([1])]],
  ["a buffer", () => [new Uint8Array([1, 0]).buffer]],
  ["a lone high surrogate", () => ["\ud800"]],
  ["a lone low surrogate", () => ["\udfff"]],
  ["its escape", () => ["\\ud800"]],
  ["a replacement character", () => ["\ufffd"]],
  ["an emoji", () => ["🙂"]],
  ["a NUL", () => ["\0"]],
  ["braces and stars", () => ["{*}?[a]"]],
  ["a long text", () => ["x".repeat(1000)]],
  ["a longer text", () => ["x".repeat(1001)]],
];

/** What cannot be a part of a key. @type {[string, () => unknown][]} */
const UNCACHEABLE = [
  ["a function", () => () => 1],
  ["a symbol", () => Symbol("a")],
  ["a promise", () => Promise.resolve(1)],
  ["a WeakMap", () => new WeakMap()],
  ["an instance of a class", () => new (class User {})()],
  ["a cycle", () => Object.assign([], { 0: [] }) && cyclic()],
  ["a getter that throws", () => Object.defineProperty({}, "a", { enumerable: true, get: fail })],
  ["an AbortSignal", () => new AbortController().signal],
  ["a stream", () => new ReadableStream()],
  ["a Request", () => new Request("https://example.com/")],
  ["101 levels", () => nested(101)],
];

function cyclic() {
  const cycle = {};
  cycle.self = { cycle };
  return cycle;
}

function nested(levels) {
  let value = [];
  for (let i = 1; i < levels; i++) value = [value];
  return value;
}

function fail() {
  throw new Error("never read this");
}

export function keyCases({ EntityCache, isMemoryBuild = false }) {
  const cache = () => new EntityCache({ prefix: "app:", logger: recorder().logger });
  const keyOf = (...args) => cache()({ keyPrefix: "f" })(() => 1).key(...args);

  return [
    {
      name: "a key is prefix, function name and arguments",
      run() {
        equal(cache()()(async function getUser() {}).key(42), "app:c:getUser:[42]");
        equal(keyOf("a", [1.5, null], { b: 1, a: [true] }), 'app:c:f:["a",[1.5,null],{"a":[true],"b":1}]');
      },
    },
    {
      name: "above 64 bytes the arguments are the start of their SHA-256",
      async run() {
        const text = JSON.stringify(["x".repeat(100)]);
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
        const base64 = btoa(String.fromCharCode(...digest.subarray(0, 24)));
        equal(keyOf("x".repeat(100)), `app:c:f:#${base64.replaceAll("+", "-").replaceAll("/", "_")}`);
        equal(keyOf("x".repeat(60)), `app:c:f:["${"x".repeat(60)}"]`);
      },
    },
    {
      name: "no two different arguments are alike, and equal ones are",
      run() {
        const seen = new Map();
        for (const [name, make] of ZOO) {
          const key = keyOf(...make());
          ok(typeof key === "string", `${name} has a key`);
          equal(keyOf(...make()), key, name);
          ok(!seen.has(key), `${name} and ${seen.get(key)} have the key ${key}`);
          seen.set(key, name);
        }
      },
    },
    {
      name: "the order of an object's keys does not matter, nor the sign of zero, nor what is left out at the end",
      run() {
        equal(keyOf({ b: 1, a: { d: 1, c: 2 } }), keyOf({ a: { c: 2, d: 1 }, b: 1 }));
        equal(keyOf(-0), keyOf(0));
        equal(keyOf(1, undefined, undefined), keyOf(1));
      },
    },
    ...UNCACHEABLE.map(([name, make]) => ({
      name: `${name} is no key: the call runs, and one WARNING says why`,
      async run() {
        const { lines, logger } = recorder();
        const load = counted(async () => "result");
        const get = new EntityCache({ logger })({ keyPrefix: "get" })(load);
        equal(get.key(1, make()), undefined, "the key");
        equal(await get(1, make()), "result", "the first call");
        equal(await get(1, make()), "result", "the second call");
        equal(load.count, 2, "runs");
        equal(lines.warn.length, 1, "warnings");
        ok(lines.warn[0].includes("key"), "the warning points to the option");
      },
    })),
    {
      name: "with normalizeArgs two services share entries, whatever their parameters are called and however ordered",
      async run() {
        const shared = new EntityCache();
        const options = { keyPrefix: "user.get", normalizeArgs: true };
        const one = counted(async (id, region) => ({ id, region }));
        const two = counted(async (region, id) => ({ id, region }));
        const getUser = shared("user", { ...options, params: ["id", "region"] })(one);
        const fetchUser = shared("user", { ...options, params: ["region", "id"] })(two);
        await getUser(1, "eu");
        equal(await fetchUser("eu", 1), { id: 1, region: "eu" });
        equal([one.count, two.count], [1, 0], "runs");
      },
    },
    ...(isMemoryBuild ? [] : [pythonCase(cache)]),
    {
      name: "the key option and the version make the key",
      async run() {
        const load = counted(async function (id) {
          return `${this?.tenant}${id}`;
        });
        const key = function (id) {
          return [this.tenant, id];
        };
        const cache = new EntityCache();
        const api = { tenant: "a", get: cache({ keyPrefix: "get", key })(load) };
        const other = { ...api, tenant: "b" };
        equal([await api.get(1), await other.get(1), await api.get(1)], ["a1", "b1", "a1"]);
        equal(load.count, 2, "runs");
        const versions = [1, 2].map((version) => cache({ keyPrefix: "get", version })(load).key(1));
        ok(versions[0] !== versions[1], "another version is another key");
      },
    },
    {
      name: "functions of one name do not share entries in memory, those of one keyPrefix do",
      async run() {
        const cache = new EntityCache();
        const makers = [() => 1, () => 2].map((make) => cache()(make));
        equal([await makers[0](), await makers[1]()], [1, 2]);
        const named = [() => 1, () => 2].map((make) => cache({ keyPrefix: "shared" })(make));
        equal([await named[0](), await named[1]()], [1, 1]);
      },
    },
  ];
}

/** @param {() => any} cache */
function pythonCase(cache) {
  return {
    name: "keys are those of the Python library where that is asked for",
    run() {
      const options = { keyPrefix: "svc.get_user", keyFormat: "python" };
      const get = cache()(options)(() => 1);
      equal(get.key(42), "app:c:svc.get_user:b9a08a92b9acce11d0d18cff20edc65d");
      equal(get.key([1]), "app:c:svc.get_user:101384154120353d868468c2cab063f3");
      const named = cache()({ ...options, normalizeArgs: true, params: ["user_id"] })(() => 1);
      equal(named.key(42), "app:c:svc.get_user:f479bdd73f3e2ad8a5add4d8d0151159");
      equal(get.key(), "app:c:svc.get_user:noargs");
    },
  };
}
