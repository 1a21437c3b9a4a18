// The names of functions on a backend that other processes share (K1, K7), and the keys that they make.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { MemoryBackend } from "../../../js/entries/node.js";
import { isIdentity, nameIn, shapeOf, suffixOf } from "../../../js/functions/identity.js";
import { makeCache } from "../../helpers/cache.js";
import { mapBackend } from "../../helpers/map-backend.js";

const isNameError = (/** @type {RegExp} */ message) => ({ name: "ConfigError", code: "ERR_CACHEREF_NAME", message });
/** The log lines of a cache about its functions. */
const linesOf = (/** @type {ReturnType<typeof makeCache>} */ cache) =>
  cache.lines.filter(([, message]) => !message.includes("keeps no streams"));
/** Whether a key is that of a call of `getUser`. */
const KEY = /^app:c:getUser~[0-9a-z]{10}:\[42\]$/;

const { NODE_ENV } = process.env;
const setEnvironment = (/** @type {string | undefined} */ value) => {
  if (value === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = value;
};
beforeEach(() => setEnvironment(undefined));
afterEach(() => setEnvironment(NODE_ENV));

/** A function of this text, which finds what it captures in `around`. @param {string} source @param {object} [around] */
const made = (source, around = {}) =>
  new Function(...Object.keys(around), `return ${source}`)(...Object.values(around));

describe("in keys, a function's own name", () => {
  test("has a hash of the text behind it, a keyPrefix and a name in memory have none", () => {
    const getUser = async function getUser(id) {
      return { id };
    };
    const shared = makeCache(mapBackend());
    assert.match(shared("user")(getUser).key(42), KEY);
    assert.equal(shared("user", { keyPrefix: "user" })(getUser).key(42), "app:c:user:[42]");
    assert.equal(makeCache(new MemoryBackend())("user")(getUser).key(42), "app:c:getUser:[42]");
  });

  test("is the same in another process, and another if the text is another", () => {
    const keyOf = (source) => makeCache(mapBackend())("user")(made(source)).key(42);
    const old = keyOf("async function getUser(id) { return 1; }");
    assert.equal(keyOf("async function getUser(id) { return 1; }"), old);
    assert.notEqual(keyOf("async function getUser(id) { return 2; }"), old);
  });

  test("of a loader of cache.many has the hash of the loader's text", () => {
    const keyOf = (source) => makeCache(mapBackend()).many("user")(made(source)).one.key(42);
    assert.match(keyOf("async function getUser(ids) { return []; }"), /^app:c:getUser~[0-9a-z]{10}:\["42"\]$/);
    assert.notEqual(
      keyOf("async function getUser(ids) { return []; }"),
      keyOf("async function getUser(ids) { return [1]; }"),
    );
  });

  test("of a function that cache.invalidates has wrapped has the hash of what it wraps", () => {
    const keyOf = (source) => {
      const cache = makeCache(mapBackend());
      return cache("user")(cache.invalidates("user")(made(source))).key(42);
    };
    assert.notEqual(
      keyOf("async function getUser(id) { return 1; }"),
      keyOf("async function getUser(id) { return 2; }"),
    );
  });

  test("is all that events, explain and errors show", async () => {
    const cache = makeCache(mapBackend());
    const seen = [];
    cache.on("miss", ({ function: name }) => seen.push(name));
    const getUser = cache("user")(async function getUser(id) {
      return { id };
    });
    await getUser(42);
    assert.deepEqual(seen, ["getUser"]);
    assert.deepEqual(
      (await cache.explain("user", 42)).map(({ function: name }) => name),
      ["getUser"],
    );
  });
});

describe("an invalidation by name", () => {
  const versions = [1, 2].map((version) => `async function getUser(id) { return { id, version: ${version} }; }`);

  test("I1: drops the calls of every text of the function, and of no other function", async () => {
    const backend = mapBackend();
    const caches = versions.map((source) => {
      const cache = makeCache(backend);
      return { cache, getUser: cache("user")(made(source)) };
    });
    for (const { getUser } of caches) await getUser(42);
    const others = ["getUser:list", "getUserById", "getUser~x"].map((keyPrefix) =>
      caches[0].cache("user", { keyPrefix })(async (id) => ({ id })),
    );
    for (const other of others) await other(42);
    assert.equal(await makeCache(backend).invalidateFunction("getUser"), 2);
    assert.equal(await caches[0].cache.invalidateEntity("user", 42), 3);
  });

  test("takes the name as a key has it for the name of the function", async () => {
    const backend = mapBackend();
    const getUser = makeCache(backend)("user")(made(versions[0]));
    await getUser(42);
    const [, name] = /** @type {any} */ (/^app:c:(.*):/.exec(getUser.key(42)));
    assert.equal(await makeCache(backend).invalidateFunction(name), 1);
  });

  test("I1: drops the calls of a keyPrefix of that name", async () => {
    const backend = mapBackend();
    const cache = makeCache(backend);
    await cache("user", { keyPrefix: "getUser" })(async (id) => ({ id }))(42);
    assert.equal(await makeCache(backend).invalidateFunction("getUser"), 1);
  });

  test("of one call drops it by the name that this cache knows", async () => {
    const cache = makeCache(mapBackend());
    const getUser = cache("user")(made(versions[0]));
    await getUser(42);
    assert.equal(await cache.invalidateKey("getUser", 42), true);
    await getUser(42);
    assert.equal(await getUser.invalidate(42), true);
  });
});

describe("a function that cannot be told from others is refused:", () => {
  const cases = {
    "without a name": [() => async () => 1, /anonymous, or a bundler removed its name.*keyPrefix/],
    "with a name of two letters": [() => made("async function me() { return 1; }"), /"me".*minifier.*keyPrefix/],
    bound: [
      () => made("async function getUser() { return 1; }").bind(null),
      /"bound getUser".*no source text.*keyPrefix/,
    ],
    "a proxy": [() => new Proxy(made("async function getUser() {}"), {}), /no source text.*keyPrefix/],
  };
  for (const [about, [make, message]] of Object.entries(cases)) {
    test(about, async () => {
      const cache = makeCache(mapBackend());
      const fn = make();
      assert.throws(() => cache("user")(fn), isNameError(message));
      assert.equal(cache("user", { keyPrefix: "user" })(fn).key(1), "app:c:user:[1]");
    });
  }

  test("keys for Python, whose names a user gives", () => {
    const cache = makeCache(mapBackend());
    const getUser = made("async function getUser(id) {}");
    assert.throws(
      () => cache("user", { keyFormat: "python" })(getUser),
      isNameError(/"python" needs the option keyPrefix/),
    );
  });

  test("a version in keys for Python, which have no place for it", () => {
    const options = { keyFormat: "python", keyPrefix: "get_user", version: "2" };
    assert.throws(() => makeCache(mapBackend())("user", options)(made("async function getUser(id) {}")), {
      code: "ERR_CACHEREF_OPTION",
      message: 'version must be absent where keyFormat is "python", got "2"',
    });
  });

  test("a keyPrefix that ends as an identity does, on any backend", () => {
    for (const backend of [mapBackend(), new MemoryBackend()])
      assert.throws(() => makeCache(backend)("user", { keyPrefix: "get~0123456789" }), { code: "ERR_CACHEREF_OPTION" });
  });
});

describe("two functions whose texts the next build may swap are refused, whatever their names:", () => {
  const open = "async function getUser(id) { return db.user(id); }";
  const pairs = {
    esbuild: [open, "async function getUser2(id) { return db2.user(id); }"],
    Rollup: [open, "async function getUser$1(id) { return db$1.user(id); }"],
    webpack: [open, "async function admin_getUser(id) { return admin_db.user(id); }"],
    "kept names": ["async function getUser(e){return t.user(e)}", "async function getUser(r){return n.user(r)}"],
    "a template": [
      `async function getUser(id) { return \`\${db}\`; }`,
      `async function getUser2(id) { return \`\${db2}\`; }`,
    ],
  };
  for (const [about, sources] of Object.entries(pairs)) {
    test(about, () => {
      for (const [one, other] of [sources, sources.toReversed?.() ?? [...sources].reverse()]) {
        const cache = makeCache(mapBackend());
        cache()(made(one));
        assert.throws(() => cache()(made(other)), isNameError(/keyPrefix/));
      }
    });
  }

  test("texts that say different things are not", () => {
    const cache = makeCache(mapBackend());
    cache()(made('async function getUser1() { return fetch("/v1/user"); }'));
    cache()(made('async function getUser2() { return fetch("/v2/user"); }'));
    cache()(made("async function getUser3() { return db.user(3); }"));
    cache()(made("async function getUser4() { return db.user(4); }"));
  });
});

describe("a second function of one name", () => {
  const [old, edited] = [1, 2].map((text) => `async function getUser(id) { return ${text}; }`);

  test("whose text differs is refused in production, and elsewhere replaces the first with a WARNING", async () => {
    setEnvironment("production");
    const strict = makeCache(mapBackend());
    strict("user")(made(old));
    assert.throws(() => strict("user")(made(edited)), isNameError(/"getUser" is the name of another wrapped function/));

    for (const environment of [undefined, "development", "test"]) {
      setEnvironment(environment);
      const cache = makeCache(mapBackend());
      const [first, second] = [cache("user")(made(old)), cache("user")(made(edited))];
      assert.deepEqual([await first(42), await second(42), await first(42)], [1, 2, 1]);
      assert.notEqual(first.key(42), second.key(42));
      assert.equal(await cache.invalidateKey("getUser", 42), true);
      assert.deepEqual(
        linesOf(cache).map(([level, message]) => [level, message.slice(0, 48)]),
        [
          ["warn", 'cacheref: "getUser" is the name of another wrapp'],
          ["info", "cacheref: invalidated a call of getUser: 1 cached"].map((text) => text.slice(0, 48)),
        ],
      );
    }
  });

  test("of the same text is refused where another line of the program wraps it", () => {
    for (const environment of [undefined, "production", "test"]) {
      setEnvironment(environment);
      const cache = makeCache(mapBackend());
      cache("user")(made(old));
      assert.throws(() => cache("user")(made(old)), isNameError(/"getUser"/));
    }
  });

  test("in a module that is loaded anew has entries of its own, in production too, with one WARNING", async () => {
    for (const environment of [undefined, "production", "development"]) {
      setEnvironment(environment);
      const cache = makeCache(mapBackend());
      // As a module that a development server loads again and again, with another address each time.
      const load = (/** @type {number} */ time) =>
        made(
          `cache("user")(async function getUser(id) { return time; })\n//# sourceURL=file:///app/user.js?t=${time}`,
          {
            cache,
            time,
          },
        );
      const loaded = [1, 2, 3].map(load);
      for (const round of [1, 2])
        for (const [i, getUser] of loaded.entries()) assert.equal(await getUser(42), i + 1, `${round}`);
      assert.equal(new Set(loaded.map((getUser) => getUser.key(42))).size, 3);
      assert.deepEqual(
        linesOf(cache).map(([level, message]) => `${level} ${/is wrapped again and again/.test(message)}`),
        ["warn true"],
      );
      assert.equal(await cache.invalidateFunction("getUser"), 3);
    }
  });

  test("that a constructor wraps has entries of its own", async () => {
    const cache = makeCache(mapBackend());
    class Users {
      /** @param {string} tenant */
      constructor(tenant) {
        this.get = cache("user")(async function getUser(/** @type {number} */ id) {
          return `${tenant} ${id}`;
        });
      }
    }
    const [one, two] = ["one", "two"].map((tenant) => new Users(tenant));
    assert.deepEqual([await one.get(42), await two.get(42)], ["one 42", "two 42"]);
    assert.deepEqual([await one.get.peek(42), await two.get.peek(42)], ["one 42", "two 42"]);
  });

  test("that wraps a method of the class in a constructor shares its entries: it is the same function", async () => {
    const cache = makeCache(mapBackend());
    let runs = 0;
    class Users {
      constructor() {
        this.get = cache("user")(this.get);
      }
      async get(/** @type {number} */ id) {
        runs += 1;
        return { id };
      }
    }
    await new Users().get(42);
    await new Users().get(42);
    assert.equal(runs, 1);
    assert.deepEqual(linesOf(cache), []);
  });
});

test("an identity is a name and what tells its texts apart", () => {
  const texts = Array.from({ length: 2000 }, (_, i) => `async function get() { return ${i}; }`);
  const suffixes = texts.map(suffixOf);
  assert.equal(new Set(suffixes).size, texts.length);
  for (const suffix of suffixes) {
    assert.ok(isIdentity(`get${suffix}`));
    assert.equal(nameIn(`get${suffix}`), "get");
  }
  for (const name of ["get", "get~", "get~012345678", "get~0123456789x", "get~012345678A"]) {
    assert.ok(!isIdentity(name));
    assert.equal(nameIn(name), name);
  }
});

test("the shape of a text of ten thousand names, quotes and braces is found soon", () => {
  for (const part of ['"', "`${", "_a", "x$1 ", "'\\'", "a_".repeat(9)]) assert.ok(shapeOf("f", part.repeat(10_000)));
});
