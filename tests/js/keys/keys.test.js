// Keys as users meet them: whole caches, in memory and with the keys that a shared backend would get.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeCache } from "../../helpers/cache.js";

/** What a cache has warned of. */
const warningsOf = (cache) =>
  cache.lines.filter(([level]) => level === "warn" || level === "error").map(([, message]) => message);

/** A cached function that counts its runs and returns their number. */
function cachedCounter(cache, options, name = "counted") {
  let runs = 0;
  return cache(options)({ [name]: async () => ++runs }[name]);
}

describe("a call", () => {
  test("hits another with equal arguments, whatever the order of properties", async () => {
    const get = cachedCounter(makeCache());
    assert.equal(await get({ a: 1, b: [new Date(5)] }), 1);
    assert.equal(await get({ b: [new Date(5)], a: 1 }), 1);
    assert.equal(await get({ a: 1, b: [new Date(6)] }), 2);
    assert.equal(await get({ a: 1, b: ["1970-01-01T00:00:00.005Z"] }), 3);
  });

  test("with one id has the key that the core writes, however it is made", () => {
    const ids = [1, -1, 42, 0, -0, 1.5, 1e21, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1, 42n, true, null];
    const texts = [
      "42",
      "",
      "a",
      "a-b_C9",
      "a b",
      "ä",
      'say "x"',
      "a\\b",
      "\n",
      "x".repeat(48),
      "x".repeat(70),
      "\ud800",
    ];
    for (const options of [
      {},
      { version: "2" },
      { normalizeArgs: true },
      { keyFormat: "python" },
      { keyPrefix: "x".repeat(80) },
      { keyPrefix: "ünï" },
    ]) {
      const get = cachedCounter(makeCache(), { keyPrefix: "get", ...options });
      for (const id of [...ids, ...texts]) {
        // An undefined argument at the end changes no key, but such a call has two.
        assert.equal(get.key(id), get.key(id, undefined), `${String(id)} with ${JSON.stringify(options)}`);
      }
    }
  });

  test("never hits one with other arguments, where rivals do", async () => {
    const get = cachedCounter(makeCache());
    const calls = [
      ...[["Az"], ["BY"], [1], ["1"], [1n], [true], [null], [], [[]], [{}], [undefined, 1], [null, 1]],
      ...[
        [new Map([["a", 1]])],
        [new Map([["b", 1]])],
        [new Set(["a"])],
        [/a/],
        [/b/],
        [{ a: undefined }],
        [{ a: null }],
      ],
      ...[
        [Number.NaN],
        [Number.POSITIVE_INFINITY],
        [new Date(0)],
        ["a", "b"],
        ["a,b"],
        ["a"],
        [["a"]],
        [new Array(1)],
        [[undefined]],
      ],
    ];
    for (const [index, args] of calls.entries()) assert.equal(await get(...args), index + 1, String(index));
    for (const [index, args] of calls.entries()) assert.equal(await get(...args), index + 1, String(index));
  });

  test("with NaN, -0 or trailing undefined hits its equal", async () => {
    const get = cachedCounter(makeCache());
    assert.equal(await get(Number.NaN), 1);
    assert.equal(await get(Number.NaN, undefined), 1);
    assert.equal(await get(0), 2);
    assert.equal(await get(-0), 2);
    assert.equal(await get(), 3);
    assert.equal(await get(undefined), 3);
  });

  test("with an argument that cannot be a key runs uncached, with one warning that says which and what to do", async () => {
    const cache = makeCache();
    const get = cachedCounter(cache);
    const { signal } = new AbortController();
    assert.equal(await get(1, { signal }), 1);
    assert.equal(await get(1, { signal }), 2);
    assert.equal(get.key(1, { signal }), undefined);
    assert.equal(warningsOf(cache).length, 1);
    assert.match(
      warningsOf(cache)[0],
      /function "counted": arguments\[1\]\.signal is an instance of AbortSignal.*option key/,
    );
  });

  test("of one function never hits that of another, of no name or of the same", async () => {
    const cache = makeCache();
    const [one, other] = [
      (
        () => async () =>
          "one"
      )(),
      (
        () => async () =>
          "other"
      )(),
    ].map((fn) => cache()(fn));
    const [same, name] = ["same", "name"].map((word) => cache()({ get: async () => word }.get));
    assert.deepEqual(await Promise.all([one(1), other(1), same(1), name(1)]), ["one", "other", "same", "name"]);
    assert.deepEqual(await Promise.all([one(1), other(1), same(1), name(1)]), ["one", "other", "same", "name"]);
    assert.deepEqual(
      [one.key(1), other.key(1), same.key(1), name.key(1)],
      ["app:c:anonymous-1:[1]", "app:c:anonymous-2:[1]", "app:c:get:[1]", "app:c:get-2:[1]"],
    );
  });

  test("from inside a getter of the arguments of another disturbs neither", async () => {
    const cache = makeCache();
    const inner = cachedCounter(cache, {}, "inner");
    const outer = cachedCounter(cache, {}, "outer");
    const argument = (calls) => ({
      a: "x".repeat(30),
      get b() {
        if (calls) inner({ z: 1, y: "é".repeat(50) });
        return 1;
      },
      c: [1, 2, 3],
    });
    assert.equal(await outer(argument(true)), 1);
    assert.equal(await outer(argument(false)), 1);
    assert.equal(await inner({ y: "é".repeat(50), z: 1 }), 1);
    assert.equal(await outer({ a: "x".repeat(30), b: 2, c: [1, 2, 3] }), 2);
  });

  test("with a property named by no letters hits its equal", async () => {
    const get = cachedCounter(makeCache());
    for (const argument of [{ "": 1 }, { a: 1, "": 1 }, { "": 1, a: 1 }, { "": 1 }]) await get(argument);
    assert.equal(await get({ "": 1, a: 2 }), 3);
    assert.equal(await get({ a: 2, "": 1 }), 3);
  });

  test("with thousands of names that were never met hits its equal and no other", async () => {
    const get = cachedCounter(makeCache());
    const argument = (n, flip) => {
      const entries = Array.from({ length: 4000 }, (_, index) => [`name-${n}-${index}`, index]);
      return Object.fromEntries(flip ? entries.reverse() : entries);
    };
    // More than get numbers: some of the names are written out.
    for (let n = 0; n < 4; n++) assert.equal(await get(argument(n, false)), n + 1);
    for (let n = 0; n < 4; n++) assert.equal(await get(argument(n, true)), n + 1);
    assert.equal(await get({ [`name-0-${"long".repeat(50)}`]: 1, b: 2 }), 5);
    assert.equal(await get({ b: 2, [`name-0-${"long".repeat(50)}`]: 1 }), 5);
  });
});

describe("the option key", () => {
  test("says what of the arguments makes the key", async () => {
    const get = cachedCounter(makeCache(), { key: (request) => [request.method, request.url] });
    assert.equal(await get(new Request("http://a/1")), 1);
    assert.equal(await get(new Request("http://a/1")), 1);
    assert.equal(await get(new Request("http://a/2")), 2);
    assert.equal(get.key(new Request("http://a/1")), 'app:c:counted:[["GET","http://a/1"]]');
  });

  test("is called with the this of the call", async () => {
    const cache = makeCache();
    class Api {
      constructor(tenant) {
        this.tenant = tenant;
      }
      load = cache({
        keyPrefix: "load",
        key(id) {
          return [this.tenant, id];
        },
      })(async function load(id) {
        return `${this.tenant} ${id}`;
      });
    }
    const [one, two] = [new Api("one"), new Api("two")];
    assert.deepEqual([await one.load(1), await two.load(1), await one.load(1)], ["one 1", "two 1", "one 1"]);
  });

  test("that throws or gives what cannot be a key makes the call uncached, and is told", async () => {
    const cache = makeCache();
    const throws = cachedCounter(cache, { key: () => assert.fail("no idea") }, "throws");
    const odd = cachedCounter(cache, { key: async (id) => id }, "odd");
    assert.deepEqual([await throws(1), await throws(1), await odd(1), await odd(1)], [1, 2, 1, 2]);
    assert.deepEqual(
      warningsOf(cache).map((warning) =>
        /"throws": its option key threw "no idea"|"odd": key\(\) is an instance of Promise/.test(warning),
      ),
      [true, true],
    );
  });
});

describe("normalizeArgs", () => {
  test("lets services A and B of the README share entries (K4)", async () => {
    const cache = makeCache();
    const options = { keyPrefix: "user.get_by_id", normalizeArgs: true };
    const getUser = cache(
      "user",
      options,
    )(async function get_user(user_id) {
      return { id: user_id, name: "User from Service A" };
    });
    const fetchUser = cache(
      "user",
      options,
    )(async function fetch_user(id) {
      return { id, name: "User from Service B" };
    });
    assert.equal(getUser.key(42), fetchUser.key(42));
    assert.equal((await getUser(42)).name, "User from Service A");
    assert.equal((await fetchUser(42)).name, "User from Service A");
    assert.equal((await fetchUser(43)).name, "User from Service B");
    assert.equal((await getUser(43)).name, "User from Service B");
  });

  test("lets functions share whose parameters come in another order", async () => {
    const cache = makeCache();
    const options = { keyPrefix: "member", normalizeArgs: true };
    const one = cache(options)(async (userId, orgId) => [userId, orgId]);
    const other = cache({ ...options, params: ["orgId", "userId"] })(async (a, b) => [b, a]);
    assert.equal(one.key(1, 2), 'app:c:member:[{"orgId":2,"userId":1}]');
    assert.equal(other.key(2, 1), one.key(1, 2));
    assert.deepEqual(await one(1, 2), [1, 2]);
    assert.deepEqual(await other(2, 1), [1, 2]);
    assert.deepEqual(await other(1, 2), [2, 1]);
  });

  test("compares lists, sets and maps as unordered", async () => {
    const get = cachedCounter(makeCache(), { normalizeArgs: true });
    assert.equal(await get(["b", "a", ["y", "x"]]), 1);
    assert.equal(await get([["x", "y"], "a", "b"]), 1);
    assert.equal(await get(new Set([1, 2])), 2);
    assert.equal(await get(new Set([2, 1])), 2);
    assert.equal(
      await get(
        new Map([
          [1, 2],
          [3, 4],
        ]),
      ),
      3,
    );
    assert.equal(
      await get(
        new Map([
          [3, 4],
          [1, 2],
        ]),
      ),
      3,
    );
    assert.equal(await get(["a", "b"]), 4);
    const plain = cachedCounter(makeCache());
    assert.equal(await plain(["b", "a"]), 1);
    assert.equal(await plain(["a", "b"]), 2);
  });

  test("asks for params where the names cannot be read", () => {
    const cache = makeCache();
    const options = { normalizeArgs: true };
    assert.throws(() => cache(options)(async (id, options = {}) => [id, options]), { code: "ERR_CACHEREF_PARAMS" });
    assert.equal(
      cache({ ...options, keyPrefix: "f", params: ["id", "options"] })(async (id, o = {}) => [id, o]).key(1),
      'app:c:f:[{"id":1}]',
    );
  });
});

describe("a version", () => {
  test("keeps the entries of other versions apart", async () => {
    const cache = makeCache();
    const first = cachedCounter(cache, { keyPrefix: "f", version: 1 });
    const second = cachedCounter(cache, { keyPrefix: "f", version: "2" });
    assert.equal(await first({ a: 1 }), 1);
    assert.equal(await first({ a: 1 }), 1);
    assert.equal(await second({ a: 1 }), 1);
    assert.equal(await second(7), 2);
    assert.equal(await first(7), 2);
    assert.deepEqual([first.key(7), second.key(7)], ["app:c:f:[7]@1", "app:c:f:[7]@2"]);
  });

  test("has no place in Python's keys", () => {
    assert.throws(() => cachedCounter(makeCache(), { version: 1, keyFormat: "python" }), {
      name: "ConfigError",
      message: /version/,
    });
  });
});

test("Python's keys are made on request, and refuse what Python does not have", async () => {
  const cache = makeCache();
  const options = { keyPrefix: "svc.get_user", keyFormat: "python" };
  const get = cache(options)(async (user_id) => user_id);
  assert.equal(get.key(42), "app:c:svc.get_user:b9a08a92b9acce11d0d18cff20edc65d");
  assert.equal(get.key(), "app:c:svc.get_user:noargs");
  const named = cache({ ...options, normalizeArgs: true })(async (user_id) => user_id);
  assert.equal(named.key(42), "app:c:svc.get_user:f479bdd73f3e2ad8a5add4d8d0151159");
  assert.equal(get.key({ at: [new Date(0)] }), undefined);
  assert.match(warningsOf(cache)[0], /arguments\[0\]\["at"\]\[0\] has no counterpart in Python/);
});

test("keys are well-formed text, whatever the prefix and the name are made of", () => {
  const cache = makeCache(undefined, { prefix: "{a}*[?]\ud800 é:" });
  const get = cache({ keyPrefix: "user:\udfff*" })(async () => 1);
  assert.equal(get.key("\ud801"), '{a}*[?]\\ud800 é:c:user:\\udfff*:["\\ud801"]');
});

test("a class whose methods are decorated has the methods' names", async () => {
  const cache = makeCache();
  class Api {
    async getUser(id) {
      return id;
    }
  }
  // What a stage-3 decorator does.
  Api.prototype.getUser = cache("user")(Api.prototype.getUser);
  assert.equal(Api.prototype.getUser.key(1), "app:c:getUser:[1]");
  assert.equal(await new Api().getUser(1), 1);
});
