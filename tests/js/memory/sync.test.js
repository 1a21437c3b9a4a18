// Memoized synchronous functions: what calls give, what is stored, and what drops it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, identity } from "../../../js/entries/node.js";
import { makeCache, setUp } from "../../helpers/cache.js";
import { gated } from "../../helpers/functions.js";
import { mapBackend } from "../../helpers/map-backend.js";

/** A synchronous function that counts its runs. @param {(...args: any[]) => any} compute */
function counted(compute) {
  const fn = function total(/** @type {any[]} */ ...args) {
    fn.runs += 1;
    return compute.apply(this, args);
  };
  fn.runs = 0;
  return fn;
}

const user = (/** @type {any} */ id) => ({ id, name: "Ada" });

for (const values of ["copy", "shared", "frozen"]) {
  test(`equal calls give one object and no promise, and run the function once (${values})`, () => {
    const { cache } = setUp({}, { values });
    const fn = counted(user);
    const get = cache.sync("user")(fn);
    const first = get(1);
    assert.deepEqual(first, { id: 1, name: "Ada" });
    for (let call = 0; call < 5; call += 1) assert.equal(get(1), first);
    assert.notEqual(get(2), first);
    assert.equal(fn.runs, 2);
    assert.equal(Object.isFrozen(first), values === "frozen");
    assert.equal(get.values, values === "frozen" ? "frozen" : "shared");
  });

  test(`a result that throws when it is read is returned, and its run ends (${values})`, () => {
    const { cache } = setUp({}, { values });
    const trap = () => {
      throw new Error("trap");
    };
    const result = new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap });
    const fn = counted(() => result);
    const get = cache.sync("user")(fn);
    const reasons = [];
    cache.on("skip", ({ reason }) => reasons.push(reason));
    assert.ok(get(1) === result);
    assert.ok(get(1) === result);
    assert.deepEqual([fn.runs, reasons.includes("recursion")], [2, false]);
  });

  test(`an invalidation takes effect at once (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const fn = counted(user);
    const get = cache.sync("user")(fn);
    for (const drop of [
      () => cache.invalidateEntity("user", 1),
      () => cache.invalidateType("user"),
      () => cache.invalidateFunction(get),
      () => cache.invalidateKey(get, 1),
      () => cache.invalidateAll(),
      () => get.invalidate(1),
      () => get.invalidateAll(),
      () => cache.invalidateEntity("user", 1, { soft: true }),
    ]) {
      const before = get(1);
      // A call more, so that there is a shortcut.
      assert.equal(get(1), before);
      const dropped = drop();
      assert.notEqual(get(1), before);
      assert.equal(Number(await dropped), 1);
      assert.equal(get(1), get(1));
    }
    assert.equal(fn.runs, 9);
  });

  test(`a value ends with its ttl (${values})`, () => {
    const { cache, clock } = setUp({}, { values });
    const fn = counted(user);
    const get = cache.sync("user", { ttl: 10 })(fn);
    const first = get(1);
    clock.advance(9999);
    assert.equal(get(1), first);
    clock.advance(1);
    assert.notEqual(get(1), first);
    assert.equal(fn.runs, 2);
  });
}

test("the invalidation of a call says whether there was one, and that of a function how many there were", () => {
  const { cache } = setUp();
  const get = cache.sync("user")(counted(user));
  assert.equal(get.invalidate(1), false);
  get(1);
  assert.equal(get.invalidate(1), true);
  get(1);
  get(2);
  assert.equal(get.invalidateAll(), 2);
  assert.equal(cache.stats().dropped, 3);
});

test("an invalidation drops only what it concerns", () => {
  const { cache } = setUp();
  const fn = counted(user);
  const get = cache.sync("user")(fn);
  const [one, two] = [get(1), get(2)];
  cache.invalidateEntity("user", 1);
  assert.equal(get(2), two);
  assert.notEqual(get(1), one);
  assert.equal(fn.runs, 3);
});

test("lists, dependsOn and rules of entities hold as for asynchronous functions", () => {
  const { cache } = setUp();
  const list = counted(() => [user(1), user(2)]);
  const sum = counted(() => 3);
  const order = counted((id) => ({ id, buyer: { id: 7 } }));
  const [getList, getSum] = [cache.sync("user")(list), cache.sync({ dependsOn: ["user"] })(sum)];
  const getOrder = cache.sync({ entities: { order: "id", user: "$.buyer.id" } })(order);
  const call = () => [getList(), getSum(), getOrder(1)];
  call();
  cache.invalidateEntity("user", 2);
  call();
  assert.deepEqual([list.runs, sum.runs, order.runs], [2, 2, 1]);
  cache.invalidateLists("user");
  call();
  assert.deepEqual([list.runs, sum.runs, order.runs], [3, 3, 1]);
  cache.invalidateEntity("user", 7);
  call();
  assert.deepEqual([list.runs, sum.runs, order.runs], [3, 4, 2]);
});

test("an error reaches the caller as it is and is not cached", () => {
  const { cache } = setUp();
  const error = new Error("down");
  const fn = counted(() => {
    throw error;
  });
  const get = cache.sync("user")(fn);
  for (let call = 1; call <= 2; call += 1) {
    assert.throws(
      () => get(1),
      (thrown) => thrown === error,
    );
    assert.equal(fn.runs, call);
  }
  assert.equal(cache.stats().running, 0);
});

for (const values of ["copy", "shared", "frozen"]) {
  test(`within staleIfError a failing function gives its last value (${values})`, () => {
    const { cache, clock } = setUp({}, { values });
    let isDown = false;
    const get = cache.sync("user", { ttl: 10, staleIfError: 60 })((id) => {
      if (isDown) throw new Error("down");
      return user(id);
    });
    const first = get(1);
    isDown = true;
    clock.advance(20_000);
    assert.equal(get(1), first);
    assert.equal(get(1), first, "without a run, because the last one has just failed");
    assert.deepEqual([cache.stats().stale, cache.stats().misses], [2, 2]);
    clock.advance(60_000);
    assert.throws(() => get(1), /down/);
    isDown = false;
    assert.notEqual(get(1), first);
  });
}

test("undefined, null and what is false are stored", () => {
  const { cache } = setUp();
  for (const value of [undefined, null, 0, "", false, Number.NaN]) {
    const fn = counted(() => value);
    const get = cache.sync()(fn);
    for (let call = 0; call < 3; call += 1) assert.ok(Object.is(get(1), value));
    assert.equal(fn.runs, 1);
  }
});

test("a result that is undefined is dropped when an entity is created", () => {
  const { cache } = setUp();
  const users = [];
  const find = cache.sync("user")((id) => users.find((each) => each.id === id));
  assert.equal(find(1), undefined);
  users.push(user(1));
  assert.equal(find(1), undefined);
  cache.invalidateLists("user");
  assert.equal(find(1), users[0]);
});

test("what JSON cannot hold is given as it is", () => {
  const { cache, lines } = setUp();
  const results = [new Map([[1, 2]]), new Date(0), () => 1, Symbol("s"), 5n, /x/];
  const get = cache.sync()((index) => results[index]);
  for (let call = 0; call < 3; call += 1)
    for (const [index, result] of results.entries()) assert.equal(get(index), result);
  assert.equal(cache.stats().misses, results.length);
  assert.deepEqual(
    lines.filter(([level]) => level === "warn"),
    [],
  );
});

test("the iterator of a generator is not stored, and a WARNING says so", () => {
  const { cache, lines } = setUp();
  const get = cache.sync()(function* numbers() {
    yield 1;
  });
  assert.deepEqual([...get()], [1]);
  assert.deepEqual([...get()], [1]);
  assert.match(lines.at(-1)[1], /its result is a Generator, which cannot be kept/);
});

test("this and all arguments reach the function", () => {
  const { cache } = setUp();
  const seen = [];
  const api = {
    get: cache.sync()(function get(...args) {
      seen.push([this, args]);
      return args.length;
    }),
  };
  assert.deepEqual([api.get(), api.get(1), api.get(1, undefined, 3)], [0, 1, 3]);
  assert.deepEqual(seen, [
    [api, []],
    [api, [1]],
    [api, [1, undefined, 3]],
  ]);
});

test("the wrapper has the name and the length of the function", () => {
  const { cache } = setUp();
  const get = cache.sync()(function getUser(a, b) {
    return [a, b];
  });
  assert.deepEqual([get.name, get.length], ["getUser", 2]);
  assert.equal(get.key(1, 2), "app:c:getUser:[1,2]");
});

test("peek gives what is stored, and refresh runs the function", () => {
  const { cache } = setUp();
  const fn = counted(user);
  const get = cache.sync("user")(fn);
  assert.equal(get.peek(1), undefined);
  const first = get(1);
  assert.equal(get.peek(1), first);
  const second = get.refresh(1);
  assert.notEqual(second, first);
  assert.equal(get(1), second);
  assert.equal(fn.runs, 2);
  const { hits, misses } = cache.stats();
  assert.deepEqual({ hits, misses }, { hits: 1, misses: 1 });
});

test("a subscriber hears of the end of a value", async () => {
  const { cache } = setUp();
  const get = cache.sync("user")(counted(user));
  const reasons = [];
  get.subscribe([1], ({ reason }) => reasons.push(reason));
  get(1);
  await cache.invalidateEntity("user", 1);
  get(1);
  get.refresh(1);
  await undefined;
  assert.deepEqual(reasons, ["invalidated", "replaced"]);
});

test("a run during which its entity is invalidated is not stored", () => {
  const { cache } = setUp();
  const fn = counted((id) => {
    if (fn.runs === 1) cache.invalidateEntity("user", id);
    return user(id);
  });
  const get = cache.sync("user")(fn);
  const [first, second] = [get(1), get(1)];
  assert.notEqual(first, second);
  assert.equal(get(1), second);
  assert.equal(fn.runs, 2);
});

test("a run during which its own call is invalidated is not stored", () => {
  const { cache } = setUp();
  const fn = counted((id) => {
    if (fn.runs === 1) get.invalidate(id);
    return user(id);
  });
  const get = cache.sync("user")(fn);
  assert.notEqual(get(1), get(1));
  assert.equal(fn.runs, 2);
});

test("a function that calls itself with other arguments uses what is stored", () => {
  const { cache } = setUp();
  let runs = 0;
  const fibonacci = cache.sync()((n) => {
    runs += 1;
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
  });
  assert.equal(fibonacci(70), 190392490709135);
  assert.equal(runs, 71);
});

test("a function that calls itself with the same arguments runs again and does not hang", () => {
  const { cache } = setUp();
  const fn = counted((id) => (fn.runs < 3 ? get(id) : user(id)));
  const get = cache.sync("user")(fn);
  const reasons = [];
  cache.on("skip", ({ reason }) => reasons.push(reason));
  const first = get(1);
  assert.equal(get(1), first);
  assert.equal(fn.runs, 3);
  assert.deepEqual(reasons, ["recursion", "recursion"]);
  assert.equal(cache.stats().running, 0);
});

for (const values of ["copy", "shared", "frozen"]) {
  test(`a recursion too deep for the stack is the caller's RangeError, and costs the cache nothing (${values})`, () => {
    const { cache, lines } = setUp({}, { values });
    const get = cache.sync("user", { keyPrefix: "get" })(user);
    const kept = get(1);
    // The stack ends at another place each time.
    for (let frames = 0; frames < 40; frames += 1) {
      const depth = cache.sync("user", { keyPrefix: "depth" })((n) => ({ id: n, rest: depth(n + 1).id }));
      const within = (/** @type {number} */ left) => (left === 0 ? depth(0) : [within(left - 1)]);
      assert.throws(() => within(frames), RangeError);
      assert.equal(cache.stats().running, 0);
    }
    assert.equal(get(1), kept);
    const short = cache.sync({ keyPrefix: "short" })((n) => (n === 0 ? 0 : 1 + short(n - 1)));
    assert.equal(short(100), 100);
    assert.equal(cache.stats().errors, 0);
    assert.deepEqual(
      lines.filter(([level]) => level !== "info"),
      [],
    );
  });
}

test("a function may catch the RangeError of a recursion inside of it", () => {
  const { cache } = setUp();
  const endless = cache.sync()((n) => 1 + endless(n + 1));
  const guarded = cache.sync()((n) => {
    try {
      return endless(n);
    } catch {
      return -1;
    }
  });
  assert.equal(guarded(0), -1);
  assert.equal(guarded(0), -1);
  assert.equal(cache.stats().errors, 0);
  assert.equal(cache.stats().running, 0);
});

test("a synchronous and an asynchronous function with one keyPrefix share entries", async () => {
  for (const values of ["copy", "shared", "frozen"]) {
    const { cache } = setUp({}, { values });
    const sync = cache.sync("user", { keyPrefix: "get" })(counted(user));
    const async = cache("user", { keyPrefix: "get" })(async () => assert.fail("it is stored"));
    const first = sync(1);
    for (let call = 0; call < 3; call += 1) {
      const value = await async(1);
      assert.deepEqual(value, first);
      assert.equal(value === first, values !== "copy", values);
    }
    assert.deepEqual(await async.peek(1), first);
    assert.equal(sync(1), first);
    await cache.invalidateEntity("user", 1);
    await assert.rejects(async(1), /it is stored/);
  }
});

test("a synchronous call finds what an asynchronous one has stored", async () => {
  for (const values of ["copy", "shared", "frozen"]) {
    const { cache } = setUp({}, { values });
    const sync = cache.sync("user", { keyPrefix: "get" })(() => assert.fail("it is stored"));
    const async = cache("user", { keyPrefix: "get" })(async (id) => user(id));
    await async(1);
    const first = sync(1);
    assert.deepEqual(first, user(1));
    assert.equal(sync(1), first);
    const copy = await async(1);
    assert.deepEqual(copy, first);
    assert.equal(copy === first, values !== "copy");
  }
});

test("a caller cannot change what synchronous calls share by a copy that an asynchronous call got", async () => {
  const { cache } = setUp();
  const sync = cache.sync("user", { keyPrefix: "get" })(user);
  const async = cache("user", { keyPrefix: "get" })(async (id) => user(id));
  sync(1);
  (await async(1)).name = "Eve";
  assert.equal(sync(1).name, "Ada");
});

test("a synchronous call does not wait for the run of an asynchronous one, and its value stays", async () => {
  const { cache } = setUp({}, { values: "shared" });
  const load = gated(async (id) => ({ id, by: "async" }));
  const async = cache("user", { keyPrefix: "get" })(load);
  const sync = cache.sync("user", { keyPrefix: "get" })((id) => ({ id, by: "sync" }));
  const pending = async(1);
  const value = sync(1);
  assert.deepEqual(value, { id: 1, by: "sync" });
  load.pass();
  assert.deepEqual(await pending, { id: 1, by: "async" });
  assert.equal(sync(1), value);
});

test("the calls of a server's page are hits", async () => {
  const server = setUp();
  const fn = counted(user);
  const onServer = server.cache.sync("user", { keyPrefix: "get" })(fn);
  onServer(1);
  const text = await server.cache.dehydrate([[onServer, 1]]);
  for (const values of ["copy", "shared", "frozen"]) {
    const page = setUp({}, { values });
    const get = page.cache.sync("user", { keyPrefix: "get" })(() => assert.fail("it was carried here"));
    assert.equal(page.cache.hydrate(text), 1);
    const first = get(1);
    assert.deepEqual(first, user(1));
    assert.equal(get(1), first);
  }
});

test("the bounds of the backend hold", () => {
  const { cache } = setUp({}, { maxEntries: 3 });
  const fn = counted(user);
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
  const fn = counted(() => "x".repeat(2000));
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
  const fn = counted(user);
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
  const fn = counted((list, by) => list.map(by));
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
  const fn = counted(user);
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
  const fn = counted((id) => ({ id, at: new Date(0) }));
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
