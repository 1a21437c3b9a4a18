// Decorated methods: by the language, and with TypeScript's experimentalDecorators, as esbuild compiles both.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { transformSync } from "esbuild";
import { MemoryBackend } from "../../../js/entries/node.js";
import { makeCache } from "../../helpers/cache.js";
import { mapBackend } from "../../helpers/map-backend.js";

const KINDS = { "of the language": false, legacy: true };
const BACKENDS = { "in memory": () => new MemoryBackend(), "on a shared backend": mapBackend };

/**
 * What TypeScript code returns.
 * @param {boolean} experimentalDecorators
 * @param {string} source
 * @param {object} around what it may use
 */
function run(experimentalDecorators, source, around) {
  const { code } = transformSync(`class Scope { static run() { ${source} } }\nresult = Scope.run();`, {
    loader: "ts",
    target: "es2022",
    tsconfigRaw: { compilerOptions: { experimentalDecorators, useDefineForClassFields: true } },
  });
  return new Function(...Object.keys(around), `let result; ${code}; return result;`)(...Object.values(around));
}

const USERS = `
  class Users {
    constructor(private tenant: string) {}
    @cache("user", { key: function (id) { return [this.tenant, id]; } })
    async get(id: number) { runs.push("user " + this.tenant); return { id, tenant: this.tenant }; }
    @cache("user")
    static async first() { return { id: 1 }; }
    @cache.invalidates("user", { from: "args" })
    async remove(id: number) { return id; }
  }
  class Orders {
    @cache("order")
    async get(id: number) { runs.push("order"); return { id, total: 1 }; }
  }
  class Admins extends Users {}
  return { Users, Orders, Admins };`;

for (const [kind, isLegacy] of Object.entries(KINDS)) {
  for (const [where, makeBackend] of Object.entries(BACKENDS)) {
    describe(`decorators ${kind}, ${where}:`, () => {
      /** @param {ReturnType<typeof makeCache>} [cache] */
      const setUp = (cache = makeCache(makeBackend())) => {
        /** @type {string[]} */
        const runs = [];
        return { cache, runs, ...run(isLegacy, USERS, { cache, runs }) };
      };

      test("a method is cached with its this, and its name is that of class and method", async () => {
        const { cache, runs, Users, Orders, Admins } = setUp();
        const [acme, initech] = [new Users("acme"), new Users("initech")];
        assert.deepEqual(await acme.get(1), { id: 1, tenant: "acme" });
        assert.deepEqual(await acme.get(1), { id: 1, tenant: "acme" });
        assert.deepEqual(await initech.get(1), { id: 1, tenant: "initech" });
        assert.deepEqual(await new Orders().get(1), { id: 1, total: 1 });
        assert.deepEqual(await new Admins("acme").get(1), { id: 1, tenant: "acme" });
        assert.deepEqual(runs, ["user acme", "user initech", "order"]);

        assert.match(acme.get.key.call(acme, 1), /^app:c:Users\.get(~\w{10})?:\[\["acme",1\]\]$/);
        assert.match(new Orders().get.key(1), /^app:c:Orders\.get(~\w{10})?:\[1\]$/);
        await Users.first();
        assert.match(Users.first.key(), /^app:c:Users\.first(~\w{10})?:\[\]$/);
        assert.equal(await cache.invalidateFunction("Users.get"), 2);
        assert.equal(await cache.invalidateFunction(Orders.prototype.get), 1);
      });

      test("a write invalidates what it names", async () => {
        const { Users } = setUp();
        const users = new Users("acme");
        await users.get(1);
        assert.equal(await users.remove(1), 1);
        assert.equal(await users.get.peek.call(users, 1), undefined);
      });

      test("a keyPrefix is the name", () => {
        const cache = makeCache(makeBackend());
        const source = `class Users { @cache("user", { keyPrefix: "user.get" }) async get(id: number) {} } return new Users();`;
        assert.equal(run(isLegacy, source, { cache }).get.key(1), "app:c:user.get:[1]");
      });

      test("a method that is called on no instance of its class is cached too", async () => {
        const { Orders, runs } = setUp();
        const one = Object.create(Orders.prototype);
        assert.deepEqual(
          [await one.get(1), await one.get(1)],
          [
            { id: 1, total: 1 },
            { id: 1, total: 1 },
          ],
        );
        assert.deepEqual(runs, ["order"]);
      });
    });
  }

  test(`decorators ${kind}: what is no method is refused, with the reason`, () => {
    const cache = makeCache(new MemoryBackend());
    const wrongs = {
      "class A { @cache('user') get user() { return 1; } }": /got (an accessor|a getter)/,
      "class A { @cache('user') user = 1; }": isLegacy
        ? /legacy decorators need a method.*`user`.*got undefined/
        : /got a field \(user\)/,
      "class A { @cache.invalidates('user') user = 1; }": isLegacy
        ? /legacy decorators need a method.*cache\.invalidates/
        : /got a field/,
      "@cache('user') class A {}": isLegacy ? /got the class A/ : /got a class \(A\)/,
      "class A { @cache.many('user') async load(ids) {} }": /cache\.many\(\) is no decorator/,
    };
    for (const [source, message] of Object.entries(wrongs)) {
      const isRefusal = { name: "ConfigError", code: "ERR_CACHEREF_FUNCTION", message };
      assert.throws(() => run(isLegacy, source, { cache }), isRefusal, source);
    }
  });
}

test("decorators legacy: what other decorators have said of a method stays with it", () => {
  /** @type {Map<unknown, Map<string, unknown>>} */
  const metadata = new Map();
  const reflect = /** @type {any} */ (Reflect);
  Object.assign(Reflect, {
    getOwnMetadataKeys: (/** @type {unknown} */ of) => [...(metadata.get(of)?.keys() ?? [])],
    getOwnMetadata: (/** @type {string} */ key, /** @type {unknown} */ of) => metadata.get(of)?.get(key),
    defineMetadata: (/** @type {string} */ key, /** @type {unknown} */ value, /** @type {unknown} */ of) =>
      metadata.set(of, new Map(metadata.get(of)).set(key, value)),
  });
  try {
    const route = (/** @type {any} */ _target, /** @type {string} */ _name, /** @type {any} */ descriptor) =>
      void reflect.defineMetadata("path", "/users", descriptor.value);
    const source = `class Users { @cache("user") @route async get() {} } return Users.prototype.get;`;
    const get = run(true, source, { cache: makeCache(new MemoryBackend()), route });
    assert.equal(reflect.getOwnMetadata("path", get), "/users");
  } finally {
    for (const name of ["getOwnMetadataKeys", "getOwnMetadata", "defineMetadata"]) delete reflect[name];
  }
});

test("a function is wrapped, whatever else it is given: map passes an index", async () => {
  const cache = makeCache(new MemoryBackend());
  const [one] = [async () => 1].map(cache());
  assert.equal(await one(), 1);
});
