// Memoized synchronous functions: what calls give, what is stored, and what drops it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp } from "../../helpers/cache.js";
import { countedSync, gated } from "../../helpers/functions.js";

const user = (/** @type {any} */ id) => ({ id, name: "Ada" });

for (const values of ["copy", "shared", "frozen"]) {
  test(`equal calls give one object and no promise, and run the function once (${values})`, () => {
    const { cache } = setUp({}, { values });
    const fn = countedSync(user);
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
    const fn = countedSync(() => result);
    const get = cache.sync("user")(fn);
    const reasons = [];
    cache.on("skip", ({ reason }) => reasons.push(reason));
    assert.ok(get(1) === result);
    assert.ok(get(1) === result);
    assert.deepEqual([fn.runs, reasons.includes("recursion")], [2, false]);
  });

  test(`an invalidation takes effect at once (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const fn = countedSync(user);
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
    const fn = countedSync(user);
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
  const get = cache.sync("user")(countedSync(user));
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
  const fn = countedSync(user);
  const get = cache.sync("user")(fn);
  const [one, two] = [get(1), get(2)];
  cache.invalidateEntity("user", 1);
  assert.equal(get(2), two);
  assert.notEqual(get(1), one);
  assert.equal(fn.runs, 3);
});

test("lists, dependsOn and rules of entities hold as for asynchronous functions", () => {
  const { cache } = setUp();
  const list = countedSync(() => [user(1), user(2)]);
  const sum = countedSync(() => 3);
  const order = countedSync((id) => ({ id, buyer: { id: 7 } }));
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

test("undefined, null and what is false are stored", () => {
  const { cache } = setUp();
  for (const value of [undefined, null, 0, "", false, Number.NaN]) {
    const fn = countedSync(() => value);
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
  const fn = countedSync(user);
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
  const get = cache.sync("user")(countedSync(user));
  const reasons = [];
  get.subscribe([1], ({ reason }) => reasons.push(reason));
  get(1);
  await cache.invalidateEntity("user", 1);
  get(1);
  get.refresh(1);
  await undefined;
  assert.deepEqual(reasons, ["invalidated", "replaced"]);
});

test("a synchronous and an asynchronous function with one keyPrefix share entries", async () => {
  for (const values of ["copy", "shared", "frozen"]) {
    const { cache } = setUp({}, { values });
    const sync = cache.sync("user", { keyPrefix: "get" })(countedSync(user));
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
  const fn = countedSync(user);
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
