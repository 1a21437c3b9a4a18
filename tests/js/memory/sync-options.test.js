// Memoized synchronous functions: the options and bounds of the cache, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, identity } from "../../../js/entries/node.js";
import { makeCache, setUp } from "../../helpers/cache.js";
import { countedSync } from "../../helpers/functions.js";
import { mapBackend } from "../../helpers/map-backend.js";

const user = (/** @type {any} */ id) => ({ id, name: "Ada" });

test("the bounds of the backend hold", () => {
  const { cache } = setUp({}, { maxEntries: 3 });
  const fn = countedSync(user);
  const get = cache.sync("user")(fn);
  for (const id of [1, 2, 3]) get(id);
  for (let call = 0; call < 3; call += 1) get(1);
  get(4);
  assert.equal(cache.stats().entries, 3);
  get(1);
  assert.equal(fn.runs, 4, "1 was used last and stays");
  get(2);
  assert.equal(fn.runs, 5, "2 was evicted");
});

test("a result larger than maxBytes is returned and not stored", () => {
  const { cache } = setUp({}, { maxBytes: 1000 });
  const fn = countedSync(() => "x".repeat(2000));
  const get = cache.sync()(fn);
  get(1);
  get(1);
  assert.equal(fn.runs, 2);
  assert.equal(cache.stats().skips, 2);
});

test("explain, keys and get of the backend show the calls", async () => {
  const { cache, backend } = setUp();
  const get = cache.sync("user")(function get(id) {
    return user(id);
  });
  get(1);
  get(1);
  assert.deepEqual(
    (await cache.explain("user", 1)).map(({ key }) => key),
    ["app:c:get:[1]"],
  );
  assert.equal(backend.get("app:c:get:[1]"), '{"id":1,"name":"Ada"}');
  assert.equal(backend.delete("app:c:get:[1]"), 1);
  assert.equal(get.peek(1), undefined);
});

test("a decorated method has the name of its class, and its own this", () => {
  const { cache } = setUp();
  const decorate = cache.sync("user");
  class Api {
    name = "Ada";
    get(id) {
      return { id, name: this.name };
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Api.prototype, "get");
  Object.defineProperty(Api.prototype, "get", decorate(Api.prototype, "get", descriptor));
  const api = new Api();
  assert.deepEqual(api.get(1), { id: 1, name: "Ada" });
  assert.equal(api.get.key(1), "app:c:Api.get:[1]");
});

test("the options skip and enabled leave calls uncached", () => {
  const fn = countedSync(user);
  const { cache } = setUp();
  const get = cache.sync("user", { skip: (id) => id === 1 })(fn);
  get(1);
  get(1);
  get(2);
  get(2);
  assert.equal(fn.runs, 3);
  const off = setUp({ enabled: false }).cache.sync("user")(fn);
  off(1);
  off.refresh(1);
  assert.equal(fn.runs, 5);
});

test("arguments that cannot be a key run uncached", () => {
  const { cache, lines } = setUp();
  const fn = countedSync((list, by) => list.map(by));
  const get = cache.sync()(fn);
  const by = (/** @type {number} */ x) => x + 1;
  assert.deepEqual(get([1], by), [2]);
  assert.deepEqual(get([1], by), [2]);
  assert.equal(fn.runs, 2);
  assert.match(lines.at(-1)[1], /arguments\[1\] is a function, so the call runs uncached; the option key/);
});

test("a function that returns a promise is refused", async () => {
  const { cache } = setUp();
  assert.throws(() => cache.sync("user")(async function load() {}), {
    name: "ConfigError",
    code: "ERR_CACHEREF_FUNCTION",
    message: "cache.sync() wraps functions that answer at once, and the function load is async: wrap it with cache()",
  });
  const load = cache.sync("user")(function load() {
    return Promise.reject(new Error("nobody sees it"));
  });
  for (let call = 0; call < 2; call += 1)
    assert.throws(() => load(1), {
      name: "ConfigError",
      code: "ERR_CACHEREF_FUNCTION",
      message: 'cache.sync() wraps functions that answer at once, and "load" returned a promise: wrap it with cache()',
    });
  assert.equal(cache.stats().running, 0);
});

test("a backend that cannot answer at once is refused", () => {
  const cache = makeCache(mapBackend());
  assert.throws(() => cache.sync("user"), {
    name: "ConfigError",
    code: "ERR_CACHEREF_BACKEND",
    message: "cache.sync() needs a MemoryBackend: no other backend answers at once",
  });
});

test("options that need a promise or a background are refused, and those of the cache do not count", () => {
  const { cache, clock } = setUp({ staleWhileRevalidate: 60, earlyRefresh: 5, ttl: 10 });
  for (const option of ["staleWhileRevalidate", "earlyRefresh", "runTimeout"])
    assert.throws(() => cache.sync("user", { [option]: 1 }), {
      code: "ERR_CACHEREF_OPTION",
      message: new RegExp(`no option "${option}"`),
    });
  assert.throws(() => cache.sync({ signal: true }), ConfigError);
  const fn = countedSync(user);
  const get = cache.sync("user")(fn);
  get(1);
  clock.advance(9000);
  get(1);
  assert.equal(fn.runs, 1);
  clock.advance(1000);
  get(1);
  assert.equal(fn.runs, 2);
});

test("the values of frozen caches go through the serializer of the function", () => {
  const { cache, lines } = setUp({}, { values: "frozen" });
  const fn = countedSync((id) => ({ id, at: new Date(0) }));
  const get = cache.sync("user", {
    serializer: (value) => JSON.stringify({ ...value, at: +value.at }),
    deserializer: (text) => ((value) => ({ ...value, at: new Date(value.at) }))(JSON.parse(text)),
  })(fn);
  assert.ok(get(1).at instanceof Date);
  assert.equal(get(1), get(1));
  assert.equal(fn.runs, 1);
  const late = cache.sync("user", { serializer: async (value) => JSON.stringify(value), deserializer: JSON.parse })(fn);
  assert.equal(late(1).id, 1);
  late(1);
  assert.equal(fn.runs, 3, "what an asynchronous serializer gives comes too late to be stored");
  assert.deepEqual(
    lines.filter(([level]) => level === "error"),
    [],
  );
});

test("a method that is called on several objects is reported once, unless its key says what counts", () => {
  const { cache, lines } = setUp();
  const warnings = () => lines.filter(([level]) => level === "warn");
  const compute = /** @this {any} */ function size() {
    return this.items.length;
  };
  const [one, two] = [{ items: [1] }, { items: [1, 2] }];
  const size = cache.sync({
    key: /** @this {any} */ function () {
      return identity(this);
    },
  })(compute);
  assert.deepEqual([size.call(one), size.call(two), size.call(one)], [1, 2, 1]);
  assert.deepEqual(warnings(), []);
  const shared = cache.sync({ keyPrefix: "shared" })(compute);
  for (let call = 0; call < 3; call += 1) shared.call(one);
  assert.deepEqual(warnings(), []);
  for (let call = 0; call < 3; call += 1) shared.call(two);
  assert.equal(warnings().length, 1);
  assert.match(warnings()[0][1], /function "shared": it is called on several objects, which share its entries/);
});
