// The names of wrapped functions (K1), and those of their parameters (K4).
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInThisContext } from "node:vm";
import { wellFormed } from "../../../js/boundary/well-formed.js";
import { nameInMemory } from "../../../js/cache/names.js";
import { nameOnSharedBackend } from "../../../js/cache/shared-names.js";
import { ownName } from "../../../js/cache/unique.js";
import { parametersOf } from "../../../js/keys/parameters.js";

const MEMORY = false;
const SHARED = true;

function contextOf(backend, prefix = "cache:") {
  const warnings = [];
  return { prefix, options: { backend }, logger: { warn: (message) => warnings.push(message) }, warnings };
}
/** The name that a function gets. */
const nameOf = (context, fn, options, isShared) =>
  (isShared ? nameOnSharedBackend : nameInMemory)(context, { fn, name: ownName(fn) }, options).name;
/** Makes a function of this name. */
const named = (name) => ({ [name]: () => undefined })[name];
const anonymous = () =>
  (
    () => () =>
      undefined
  )();
const isNameError = { name: "ConfigError", code: "ERR_CACHEREF_NAME" };

describe("in memory", () => {
  test("a function goes by its own name, and by its keyPrefix if it has one", () => {
    const context = contextOf();
    assert.equal(nameOf(context, named("getUser"), {}, MEMORY), "getUser");
    assert.equal(nameOf(context, named("getOrder"), { keyPrefix: "order" }, MEMORY), "order");
    assert.equal(nameOf(context, anonymous(), { keyPrefix: "order" }, MEMORY), "order");
  });

  test("anonymous functions and second functions of one name get names of their own", () => {
    const context = contextOf();
    const names = [anonymous(), anonymous(), named("f"), named("f"), named("f-2"), named("f")].map((fn) =>
      nameOf(context, fn, {}, MEMORY),
    );
    assert.deepEqual(names, ["anonymous-1", "anonymous-2", "f", "f-2", "f-2-2", "f-3"]);
    assert.deepEqual(context.warnings, []);
  });

  test("a thousand functions of one name get a thousand names, soon", () => {
    const context = contextOf();
    const names = Array.from({ length: 1000 }, () => nameOf(context, named("f"), {}, MEMORY));
    assert.equal(new Set(names).size, 1000);
    assert.equal(names.at(-1), "f-1000");
  });

  test("the same function has one name if its options are the same, and two if they are not", () => {
    const context = contextOf();
    const fn = named("f");
    const key = () => 1;
    const names = [{ key }, { key }, {}, { key, ttl: undefined }].map((options) =>
      nameOf(context, fn, options, MEMORY),
    );
    assert.deepEqual(names, ["f", "f", "f-2", "f"]);
  });

  test("caches that share a backend do not share names, unless their prefixes differ", () => {
    const backend = {};
    assert.equal(nameOf(contextOf(backend), named("f"), {}, MEMORY), "f");
    assert.equal(nameOf(contextOf(backend), named("f"), {}, MEMORY), "f-2");
    assert.equal(nameOf(contextOf(backend, "other:"), named("f"), {}, MEMORY), "f");
    assert.equal(nameOf(contextOf(), named("f"), {}, MEMORY), "f");
  });

  test("a keyPrefix that is the own name of another function is refused", () => {
    const context = contextOf();
    nameOf(context, named("f"), {}, MEMORY);
    assert.throws(() => nameOf(context, named("g"), { keyPrefix: "f" }, MEMORY), isNameError);
    nameOf(context, named("g"), { keyPrefix: "h" }, MEMORY);
    assert.equal(nameOf(context, named("h"), {}, MEMORY), "h-2");
  });

  test("a static property called name is no name", () => {
    class Odd {}
    const odd = Object.defineProperty(() => Odd, "name", { value: { not: "text" } });
    assert.equal(nameOf(contextOf(), odd, {}, MEMORY), "anonymous-1");
  });
});

describe("on a backend that others share", () => {
  test("an anonymous function needs a keyPrefix", () => {
    const context = contextOf();
    assert.throws(() => nameOf(context, anonymous(), {}, SHARED), { ...isNameError, message: /keyPrefix/ });
    assert.equal(nameOf(context, anonymous(), { keyPrefix: "k" }, SHARED), "k");
    // What `export default async () => {}` is called.
    assert.throws(() => nameOf(context, named("default"), {}, SHARED), isNameError);
  });

  test("two different functions of one name need keyPrefixes, and may have the same", () => {
    const context = contextOf();
    const first = named("getUser");
    assert.equal(nameOf(context, first, {}, SHARED), "getUser");
    assert.equal(nameOf(context, first, {}, SHARED), "getUser");
    assert.throws(() => nameOf(context, named("getUser"), {}, SHARED), { ...isNameError, message: /"getUser"/ });
    assert.throws(() => nameOf(context, first, { entityType: "user" }, SHARED), isNameError);
    assert.throws(() => nameOf(context, named("other"), { keyPrefix: "getUser" }, SHARED), isNameError);
    assert.equal(nameOf(context, named("getUser"), { keyPrefix: "user" }, SHARED), "user");
    assert.equal(nameOf(context, named("fetchUser"), { keyPrefix: "user" }, SHARED), "user");
  });

  test("a cache of its own may use a name again", () => {
    const client = {};
    assert.equal(nameOf(contextOf(client), named("getUser"), {}, SHARED), "getUser");
    assert.equal(nameOf(contextOf(client), named("getUser"), {}, SHARED), "getUser");
  });

  test("K7: a name of one or two letters is refused, a keyPrefix is not", () => {
    const context = contextOf();
    for (const name of ["a", "bc"]) assert.throws(() => nameOf(context, named(name), {}, SHARED), isNameError);
    assert.equal(nameOf(context, named("def"), {}, SHARED), "def");
    assert.equal(nameOf(context, named("d"), { keyPrefix: "e" }, SHARED), "e");
  });
});

describe("the parameters of", () => {
  const normalizeArgs = true;
  /** A function of this source. @param {string} source */
  const fnOf = (source) => runInThisContext(`(${source})`);

  const certain = [
    ["(userId, orgId) => 1", ["userId", "orgId"]],
    ["(userId /* who, */, /* where **/ orgId /**/, // last\n) => 1", ["userId", "orgId"]],
    ["async (userId, orgId) => 1", ["userId", "orgId"]],
    ["function (userId, $org_1) {}", ["userId", "$org_1"]],
    ["function get /* it */ (userId) {}", ["userId"]],
    ["async function* get(userId, größe) {}", ["userId", "größe"]],
    ["{ async get(userId, orgId) {} }.get", ["userId", "orgId"]],
    ["{ async(userId, orgId) {} }.async", ["userId", "orgId"]],
    ["{ function(userId, orgId) {} }.function", ["userId", "orgId"]],
    ["class { static async *get(userId, orgId) {} }.get", ["userId", "orgId"]],
    ["class { static #get(userId, orgId) {}; static get = this.#get }.get", ["userId", "orgId"]],
    ["() => 1", []],
    ["userId => 1", ["userId"]],
    ["async userId => 1", ["userId"]],
    ["x => 1", ["x"]],
  ];
  for (const [source, expected] of certain) {
    test(`${source} are read`, () => assert.deepEqual(parametersOf(fnOf(source), { normalizeArgs }), expected));
  }

  const uncertain = [
    "(userId, orgId = 1) => 1",
    '(userId, orgId = "/*", last = "*/") => 1',
    "(userId = 1) => 1",
    "({ userId }, orgId) => 1",
    "([userId], orgId) => 1",
    "(userId, ...orgIds) => 1",
    "(a, b) => 1",
    "Math.max",
    "((userId, orgId) => 1).bind(null)",
    "class { constructor(userId, orgId) {} }",
    '{ ["get"](userId, orgId) {} }.get',
  ];
  for (const source of uncertain) {
    test(`${source} are asked for`, () => {
      assert.throws(() => parametersOf(fnOf(source), { normalizeArgs }), {
        name: "ConfigError",
        code: "ERR_CACHEREF_PARAMS",
        message: /params: \["userId", "orgId"\]/,
      });
      assert.deepEqual(parametersOf(fnOf(source), { normalizeArgs, params: ["x", "y"] }), ["x", "y"]);
      assert.deepEqual(parametersOf(fnOf(source), {}), []);
    });
  }

  test("a function with the option key are not looked at", () => {
    assert.deepEqual(
      parametersOf((...args) => args, { normalizeArgs, key: () => 1, params: ["a"] }),
      [],
    );
  });

  test("a function whose keys Python shares must be words", () => {
    const shared = { normalizeArgs, keyFormat: "python" };
    assert.throws(() => parametersOf((x) => x, shared), { code: "ERR_CACHEREF_PARAMS" });
    assert.deepEqual(
      parametersOf((id) => id, shared),
      ["id"],
    );
  });

  test("a function whose long source does not fit are given up at once", () => {
    const words = "x ".repeat(20_000);
    for (const source of [`(y = ${words.trim().split(" ").join("+")}) => 1`, `(y /* ${words} */ = 1) => 1`]) {
      assert.throws(() => parametersOf(fnOf(source), { normalizeArgs }), { code: "ERR_CACHEREF_PARAMS" });
    }
  });
});

describe("text that leaves the process", () => {
  test("is itself unless it has lone surrogates or what they are written as", () => {
    for (const text of ["", "user", "a\\b", "\\u0041", "\u{1f600}", "é"]) assert.equal(wellFormed(text), text);
    assert.equal(wellFormed("a\ud800\\b"), "a\\ud800\\\\b");
    assert.equal(wellFormed("\\ud800"), "\\\\ud800");
  });

  test("is never that of another text", () => {
    const parts = ["\ud800", "\udfff", "\\", "ud800", "\\ud800", "\\\\", "x"];
    const texts = parts.flatMap((one) => parts.flatMap((two) => parts.map((three) => one + two + three)));
    const seen = new Map(texts.map((text) => [wellFormed(text), text]));
    for (const text of texts) {
      assert.equal(seen.get(wellFormed(text)), text);
      assert.ok(wellFormed(text).isWellFormed());
    }
  });
});
