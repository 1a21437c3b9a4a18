// The options of a cache and of a function: what is allowed, what is refused and how it is told.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  readFunctionOptions,
  readInvalidatesOptions,
  readCacheOptions as readOptionsOf,
} from "../../../js/cache/options.js";
import { serverChecks } from "../../../js/cache/server-options.js";
import { EntityCache } from "../../../js/entries/node.js";
import { readTtl } from "../../../js/functions/duration.js";

const readCacheOptions = (/** @type {any} */ given) => readOptionsOf(given, serverChecks);
const defaults = readCacheOptions(undefined);

/** @param {() => void} act @param {string} code @param {RegExp} message */
const refuses = (act, code, message) =>
  assert.throws(act, (error) => error.name === "ConfigError" && error.code === code && message.test(error.message));

describe("durations", () => {
  for (const [given, ms] of [
    [0, 0],
    [1.5, 1500],
    [3600, 3_600_000],
    [Infinity, Infinity],
    ["500ms", 500],
    ["90s", 90_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["1.5h", 5_400_000],
    ["7d", 604_800_000],
  ]) {
    test(`a ttl of ${JSON.stringify(given)} is ${ms} ms`, () => {
      assert.equal(readCacheOptions({ ttl: given }).ttl, ms);
      assert.equal(readTtl(given), ms);
    });
  }

  for (const given of [-1, NaN, "", "5", "5 m", "m", "1w", "-5s", null, {}, true]) {
    test(`a ttl of ${JSON.stringify(given) ?? given} is refused`, () => {
      refuses(() => readCacheOptions({ ttl: given }), "ERR_CACHEREF_OPTION", /^ttl must be a number of seconds/);
      assert.equal(readTtl(given), undefined);
    });
  }

  test("a ttl may be a function", () => {
    const ttl = () => 5;
    assert.equal(readCacheOptions({ ttl }).ttl, ttl);
  });
});

describe("a cache's options", () => {
  test("a version of the Python library is one of those that there are", () => {
    for (const python of ["bdd94ca", "687952f"]) assert.equal(readCacheOptions({ python }).python, python);
    for (const python of ["0.1.0", "0313409", 1, null])
      refuses(() => readCacheOptions({ python }), "ERR_CACHEREF_OPTION", /^python must be "bdd94ca", "687952f", got /);
  });

  test("a prefix is empty only where keys have names of the newer Python library", () => {
    assert.equal(readCacheOptions({ prefix: "", python: "687952f" }).prefix, "");
    for (const python of [undefined, "bdd94ca"])
      refuses(
        () => readCacheOptions({ prefix: "", python }),
        "ERR_CACHEREF_OPTION",
        /^prefix must be a non-empty string/,
      );
  });

  test("the defaults are those of the README", (context) => {
    const { clock, ...rest } = defaults;
    context.mock.method(Date, "now", () => 4711);
    assert.equal(clock(), 4711);
    assert.deepEqual(rest, {
      prefix: "cache:",
      ttl: 3_600_000,
      debug: false,
      enabled: true,
      operationTimeout: 1000,
      breaker: { failures: 5, cooldown: 5000 },
      staleWhileRevalidate: 0,
      staleIfError: 0,
      jitter: 0,
      earlyRefresh: 0,
      runTimeout: 30_000,
      strict: undefined,
      requireIds: false,
    });
  });

  test("a misspelt option is refused with the name that was meant", () => {
    refuses(
      () => readCacheOptions({ prefx: "app:" }),
      "ERR_CACHEREF_OPTION",
      /no option "prefx"; did you mean "prefix"\?/,
    );
    refuses(() => readCacheOptions({ breaker: { failure: 3 } }), "ERR_CACHEREF_OPTION", /did you mean "failures"\?/);
  });

  test("an option that resembles nothing is refused with the list of options", () => {
    refuses(() => readCacheOptions({ qqqqqqqq: 1 }), "ERR_CACHEREF_OPTION", /it has ttl, .*backend, prefix/);
  });

  test("breaker: [] is refused", () => {
    refuses(
      () => readCacheOptions({ breaker: [] }),
      "ERR_CACHEREF_OPTION",
      /^breaker must be an object .*, got an array/,
    );
  });

  for (const [name, value] of Object.entries({
    prefix: "",
    enabled: 1,
    debug: "yes",
    operationTimeout: 0,
    breaker: 5,
    clock: 5,
    waitUntil: {},
    jitter: 2,
    serializer: "json",
    staleWhileRevalidate: "soon",
  })) {
    test(`${name}: ${JSON.stringify(value)} is refused`, () => {
      refuses(
        () => readCacheOptions({ [name]: value }),
        "ERR_CACHEREF_OPTION",
        new RegExp(`^${name} must be .*, got `),
      );
    });
  }

  test("undefined is as good as absent", () => {
    assert.equal(readCacheOptions({ ttl: undefined, prefix: undefined }).prefix, "cache:");
  });

  test("a serializer without a deserializer is refused, since nobody could read what it stores", () => {
    refuses(
      () => readCacheOptions({ serializer: String }),
      "ERR_CACHEREF_OPTION",
      /^deserializer must be given together with serializer/,
    );
  });

  test("what is no object is refused", () => {
    for (const given of [null, "app:", [], 5])
      refuses(() => readCacheOptions(given), "ERR_CACHEREF_OPTION", /must be an object of options/);
  });
});

describe("a function's options", () => {
  test("the entity type is the first argument or an option", () => {
    assert.equal(readFunctionOptions(defaults, "user", undefined).entityType, "user");
    assert.equal(readFunctionOptions(defaults, { entityType: "user" }, undefined).entityType, "user");
    assert.equal(readFunctionOptions(defaults, undefined, undefined).entityType, undefined);
  });

  test("the function's own option wins over the cache's", () => {
    const cache = readCacheOptions({ ttl: 10, staleIfError: 5 });
    const options = readFunctionOptions(cache, "user", { ttl: "1m" });
    assert.equal(options.ttl, 60_000);
    assert.equal(options.staleIfError, 5000);
  });

  test("earlyRefresh must leave something of every ttl that is known", () => {
    const cache = readCacheOptions({ ttl: 60, earlyRefresh: 10 });
    assert.equal(readFunctionOptions(cache, "user", { ttl: () => 5, nullTtl: 0 }).earlyRefresh, 10_000);
    const message = /^earlyRefresh must be shorter than (ttl|nullTtl|what a jitter of 0.5 leaves of ttl) \(\d+ ms\)/;
    for (const given of [{ ttl: 10 }, { nullTtl: "9s" }, { ttl: 20, jitter: 0.5 }])
      refuses(() => readFunctionOptions(cache, "user", given), "ERR_CACHEREF_OPTION", message);
    refuses(() => readCacheOptions({ earlyRefresh: "2h" }), "ERR_CACHEREF_OPTION", message);
  });

  test("two entity types, or options in two places, are refused", () => {
    refuses(
      () => readFunctionOptions(defaults, "user", { entityType: "order" }),
      "ERR_CACHEREF_OPTION",
      /^entityType must be "user"/,
    );
    refuses(() => readFunctionOptions(defaults, { ttl: 5 }, { ttl: 6 }), "ERR_CACHEREF_OPTION", /only argument/);
    refuses(
      () => readFunctionOptions(defaults, 5, undefined),
      "ERR_CACHEREF_OPTION",
      /^the first argument of cache\(\) must be/,
    );
  });

  test("wrong values are refused with what is allowed", () => {
    refuses(
      () => readFunctionOptions(defaults, "user", { keyFormat: "short" }),
      "ERR_CACHEREF_OPTION",
      /"readable", "hashed", "python", got "short"/,
    );
    refuses(
      () => readFunctionOptions(defaults, "user", { params: ["a", "a"] }),
      "ERR_CACHEREF_OPTION",
      /different non-empty strings/,
    );
    refuses(
      () => readFunctionOptions(defaults, "user", { keyPrefix: "" }),
      "ERR_CACHEREF_OPTION",
      /^keyPrefix must be a non-empty string/,
    );
    refuses(
      () => readFunctionOptions(defaults, "user", { normaliseArgs: true }),
      "ERR_CACHEREF_OPTION",
      /did you mean "normalizeArgs"\?/,
    );
  });

  test("a version may be a number or a text", () => {
    assert.equal(readFunctionOptions(defaults, "user", { version: 2 }).version, "2");
    assert.equal(readFunctionOptions(defaults, "user", { version: "b" }).version, "b");
  });
});

describe("the options of a write wrapper", () => {
  test("ids come from the result unless something else is said", () => {
    const options = { entityType: "user", from: "result", created: false };
    assert.deepEqual(readInvalidatesOptions("user", undefined), { ...options, isFromGiven: false });
    assert.deepEqual(readInvalidatesOptions("user", { from: "result" }), { ...options, isFromGiven: true });
  });

  test("an unknown source of ids is refused", () => {
    refuses(
      () => readInvalidatesOptions("user", { from: "arguments" }),
      "ERR_CACHEREF_OPTION",
      /^from must be "result", "args" or a function/,
    );
  });

  test("a write wrapper that names no entity type is refused", () => {
    refuses(() => readInvalidatesOptions(undefined, {}), "ERR_CACHEREF_OPTION", /entity type/);
  });
});

describe("a prefix", () => {
  // With `shop:e:` the value of one call would be, for `shop:`, the index of an entity.
  for (const prefix of [
    "shop:c:",
    "shop:e:",
    "shop:l:",
    "shop:t:",
    "shop:w:",
    "c:",
    "{shop}e:",
    "shop:e:user:",
    "shop/l:de:",
  ]) {
    test(`${prefix} is refused: its keys would be within those of a shorter one`, () =>
      refuses(
        () => readCacheOptions({ prefix }),
        "ERR_CACHEREF_OPTION",
        /^prefix must be a text without the parts c:/,
      ));
  }

  for (const prefix of [
    "cache:",
    "service:",
    "shop:log",
    "shop:a:",
    "shop:1:",
    "shop:El:",
    "shop:e",
    "ä:",
    "l",
    "été:",
  ]) {
    test(`${prefix} is taken`, () => assert.equal(readCacheOptions({ prefix }).prefix, prefix));
  }

  test("is taken together with the client's own", () => {
    const client = (/** @type {string} */ keyPrefix) => ({
      options: { keyPrefix },
      ...{ call() {}, getBuffer() {}, callBuffer() {}, pipeline() {}, get() {}, set() {}, expire() {} },
    });
    new EntityCache({ backend: client("shop:"), prefix: "orders:" });
    refuses(
      () => new EntityCache({ backend: client("shop:e:"), prefix: "orders:" }),
      "ERR_CACHEREF_OPTION",
      /shop:e:orders:/,
    );
  });
});
