// The store in memory: what callers share, what is kept and for how long, what is counted, and what fails harmlessly.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { EntityCache, MemoryBackend } from "../../../js/entries/node.js";
import { setUp } from "../../helpers/cache.js";
import { counted } from "../../helpers/functions.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

test("C5: as copies, what one caller changes nobody else sees", async () => {
  const { cache } = setUp();
  const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id, tags: ["a"] }));
  const calls = await Promise.all([get(1), get(1)]);
  calls[0].tags.push("b");
  calls[1].tags.push("c");
  (await get(1)).tags.push("d");
  (await get(1)).tags.push("e");
  assert.deepEqual(await get(1), { id: 1, tags: ["a"] });
});

test("C5: shared, every caller gets the same object", async () => {
  const { cache } = setUp({}, { values: "shared" });
  const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id, at: new Date(0), more: new Map() }));
  const [one, two] = await Promise.all([get(1), get(1)]);
  assert.equal(one, two);
  assert.equal(await get(1), one);
  assert.equal(await get(1), one);
  assert.equal(await get.peek(1), one);
});

test("a value that was dropped is not held any more", async () => {
  const { cache } = setUp({}, { values: "shared", maxEntries: 2 });
  const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id, text: "x".repeat(1000) }));
  // A function of its own: a variable of the test itself would hold the last value.
  async function use(id) {
    const value = await get(id);
    // Hits, and calls that joined: each is a way to the value.
    for (let call = 0; call < 3; call += 1) await get(id);
    await Promise.all([get(id + 10), get(id + 10), get(id + 10)]);
    return new WeakRef(value);
  }
  const held = [];
  for (const id of [1, 2, 3, 4]) held.push(await use(id));
  await cache.invalidateEntity("user", 4);
  await cache.invalidateAll();
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  assert.deepEqual(
    held.map((reference) => reference.deref()),
    [undefined, undefined, undefined, undefined],
  );
});

test("C4: undefined is not stored, every other empty value is", async () => {
  for (const values of ["copy", "shared"]) {
    const { cache } = setUp({}, { values });
    for (const value of [null, 0, "", false, [], {}]) {
      const load = counted(() => value);
      const get = cache({ keyPrefix: `get ${JSON.stringify(value)}` })(load);
      await get();
      assert.deepEqual(await get(), value);
      assert.equal(load.runs, 1);
    }
    const load = counted(() => undefined);
    const get = cache({ keyPrefix: "get nothing" })(load);
    await get();
    assert.equal(await get(), undefined);
    assert.equal(load.runs, 2);
  }
});

test("K3: a call whose arguments cannot be a key runs uncached, told once", async () => {
  const { cache, lines } = setUp();
  const load = counted(() => 1);
  const get = cache({ keyPrefix: "get" })(load);
  await get(() => {});
  await get(() => {});
  assert.equal(load.runs, 2);
  assert.equal(lines.filter(([level]) => level === "warn").length, 1);
  assert.equal(cache.stats().entries, 0);
});

test("R1: a serializer, deserializer, ttl or extractor that throws harms no call", async () => {
  const { cache, lines } = setUp();
  const fail = () => {
    throw new Error("broken");
  };
  const options = {
    serializer: { serializer: fail, deserializer: JSON.parse },
    deserializer: { serializer: JSON.stringify, deserializer: fail },
    ttl: { ttl: fail },
    extractor: { entities: { user: fail } },
  };
  for (const [name, broken] of Object.entries(options)) {
    const load = counted((id) => ({ id }));
    const get = cache({ keyPrefix: name, ...broken })(load);
    assert.deepEqual(await get(1), { id: 1 }, name);
    assert.deepEqual(await get(1), { id: 1 }, name);
    assert.equal(load.runs, 2, name);
    assert.ok(
      lines.some(([level, line]) => level === "warn" && line.includes(name)),
      name,
    );
  }
});

test("R2: a serializer or a deserializer that never ends hangs no call", async () => {
  const { cache, lines } = setUp({ operationTimeout: 20 });
  const never = () => new Promise(() => {});
  const pairs = {
    serializer: { serializer: never, deserializer: JSON.parse },
    deserializer: { serializer: JSON.stringify, deserializer: never },
  };
  for (const [name, pair] of Object.entries(pairs)) {
    const load = counted((id) => ({ id }));
    const get = cache({ keyPrefix: name, ...pair })(load);
    assert.deepEqual(await Promise.all([get(1), get(1)]), [{ id: 1 }, { id: 1 }], name);
    assert.deepEqual(await get(1), { id: 1 }, name);
    assert.ok(lines.some(([level, line]) => level === "warn" && line.includes(`the ${name} did not end within 20 ms`)));
  }
});

test("a serializer may be asynchronous, and give bytes that nobody else can change", async () => {
  const { cache } = setUp();
  const get = cache({
    keyPrefix: "get",
    serializer: async (value) => new TextEncoder().encode(JSON.stringify(value)),
    deserializer: async (bytes) => {
      const value = JSON.parse(new TextDecoder().decode(bytes));
      bytes.fill(0);
      return value;
    },
  })(async (id) => ({ id }));
  for (let call = 0; call < 4; call += 1) assert.deepEqual(await get(1), { id: 1 });
  assert.equal(cache.stats().stores, 1);
});

test("two caches with different prefixes on one backend never see each other", async () => {
  const { cache, backend, clock } = setUp();
  const other = new EntityCache({ backend, clock, prefix: "other:" });
  const mine = counted((id) => ({ id, of: "mine" }));
  const theirs = counted((id) => ({ id, of: "theirs" }));
  const getMine = cache("user", { keyPrefix: "get" })(mine);
  const getTheirs = other("user", { keyPrefix: "get" })(theirs);
  assert.equal((await getMine(1)).of, "mine");
  assert.equal((await getTheirs(1)).of, "theirs");
  assert.equal(await other.invalidateEntity("user", 1), 1);
  assert.equal((await getMine(1)).of, "mine");
  assert.equal(mine.runs, 1);
  await getTheirs(1);
  assert.equal(await cache.invalidateAll(), 1);
  await getTheirs(1);
  assert.equal(theirs.runs, 2);
});

test("I2: a function that another cache has wrapped names the calls of this cache's own, and nothing else", async () => {
  const { cache, backend, clock, lines } = setUp();
  const other = new EntityCache({ backend: new MemoryBackend(), prefix: "other:" });
  const load = counted((id) => ({ id }));
  const get = cache("user", { keyPrefix: "get", version: 2 })(load);
  await get(1);
  for (let again = 0; again < 3; again += 1) assert.equal(await other.invalidateKey(get, 1), false);
  await get(1);
  assert.equal(load.runs, 1);
  assert.deepEqual(
    lines.filter(([level]) => level === "error"),
    [],
  );
  // As a second cache of the same prefix and backend, it means the same entries.
  const twin = new EntityCache({ backend, clock, prefix: "app:" });
  assert.equal(await twin.invalidateKey(get, 1), true);
  await get(1);
  assert.equal(load.runs, 2);
});

test("functions of one keyPrefix share entries, but not across versions", async () => {
  const { cache } = setUp();
  const one = counted(() => "one");
  const two = counted(() => "two");
  const three = counted(() => "three");
  const getOne = cache({ keyPrefix: "get" })(one);
  const getTwo = cache({ keyPrefix: "get" })(two);
  const getThree = cache({ keyPrefix: "get", version: 3 })(three);
  assert.equal(await getOne(1), "one");
  assert.equal(await getTwo(1), "one");
  assert.equal(await getThree(1), "three");
  assert.equal(await cache.invalidateFunction("get"), 2);
});

test("K4: with normalizeArgs and keyPrefix, functions with other parameters share entries", async () => {
  const { cache } = setUp();
  const first = counted((id) => ({ id }));
  const get = cache("user", { keyPrefix: "get", normalizeArgs: true, params: ["id", "tags"] })(first);
  const fetch = cache("user", { keyPrefix: "get", normalizeArgs: true, params: ["tags", "id"] })(async () => "never");
  await get(1, ["a", "b"]);
  assert.deepEqual(await fetch(["b", "a"], 1), { id: 1 });
  assert.equal(first.runs, 1);
});

test("the key option says what of the arguments makes the key, and has the function's this", async () => {
  const { cache } = setUp();
  const load = counted((request) => request.url);
  const get = cache({
    keyPrefix: "get",
    key(request) {
      return [this?.tenant, request.url];
    },
  })(load);
  const call = (tenant, url) => get.call({ tenant }, { url, signal: () => {} });
  await call("a", "/");
  await call("a", "/");
  assert.equal(load.runs, 1);
  await call("b", "/");
  assert.equal(load.runs, 2);
});

test("maxBytes counts values, keys and index; shared values by what they are about", async () => {
  for (const values of ["copy", "shared"]) {
    const { cache } = setUp({}, { values, maxBytes: 20_000 });
    const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id, text: "x".repeat(1000) }));
    for (let id = 0; id < 100; id += 1) await get(id);
    const { entries, bytes } = cache.stats();
    assert.ok(entries >= 12 && entries <= 19, `${entries} entries`);
    assert.ok(bytes <= 20_000);
    const tooLarge = cache({ keyPrefix: "large" })(async () => "x".repeat(30_000));
    await tooLarge();
    assert.equal(await tooLarge.peek(), undefined);
    assert.equal(cache.stats().entries, entries);
  }
});

test("explain says which cached calls contain an entity", async () => {
  const { cache, clock } = setUp({ ttl: 60 });
  const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id }));
  const ever = cache("user", { keyPrefix: "ever", ttl: Number.POSITIVE_INFINITY })(async (id) => [{ id }]);
  await get(7);
  await ever({ b: 1, a: 7 });
  clock.advance(1500);
  assert.deepEqual(await cache.explain("user", 7), [
    { key: "app:c:get:[7]", function: "get", ageMs: 1500, ttlMs: 58_500 },
  ]);
  clock.advance(58_500);
  assert.deepEqual(await cache.explain("user", 7), []);
});

test("events tell what happened, with the key", async () => {
  const { cache } = setUp();
  const events = [];
  for (const name of ["hit", "miss", "store", "skip"]) cache.on(name, (event) => events.push([name, event.key]));
  const get = cache({ keyPrefix: "get", ttl: (result) => (result === 2 ? 0 : 10) })(async (id) => id);
  for (const id of [1, 1, 1, 2]) await get(id);
  const [one, two] = ["app:c:get:[1]", "app:c:get:[2]"];
  assert.deepEqual(events, [
    ["miss", one],
    ["store", one],
    ["hit", one],
    ["hit", one],
    ["miss", two],
    ["skip", two],
  ]);
});

test("a function that calls itself before it awaits does not wait for itself", async () => {
  const { cache } = setUp();
  let depth = 0;
  const get = cache({ keyPrefix: "get" })(async (id) => {
    depth += 1;
    return depth < 3 ? get(id) : "bottom";
  });
  assert.equal(await get(1), "bottom");
});

test("E4, K6: ids and names of any characters are data", async () => {
  const { cache, backend } = setUp({ prefix: "ä{*}\ud800:" });
  const odd = ["a:b", "*", "é", "🙂", "\ud800", "\udfff", "\\ud800", "", " ", "1e3"];
  const get = cache("user", { keyPrefix: "get:*" })(async (id) => ({ id }));
  for (const id of odd) await get(id);
  assert.equal(cache.stats().entries, odd.length);
  for (const id of odd) {
    assert.equal((await cache.explain("user", id)).length, 1, JSON.stringify(id));
    assert.equal(await cache.invalidateEntity("user", id), 1, JSON.stringify(id));
  }
  assert.equal(cache.stats().entries, 0);
  assert.deepEqual(backend.keys("*"), []);
});

test("what cannot be a key is refused in one wording, by JavaScript and by the core, with or without the option key", async () => {
  const hint = "so the call runs uncached; the option key can say what of the arguments makes the key";
  const key = (/** @type {unknown} */ argument) => argument;
  for (const [options, odd, start] of /** @type {const} */ ([
    [{}, { deep: () => {} }, "arguments[0].deep is"],
    [{ key }, { deep: () => {} }, "key().deep is"],
    // What Python has no counterpart of, the core refuses.
    [{ keyFormat: "python" }, /x/, "arguments[0] has no counterpart in Python"],
    [{ keyFormat: "python", key }, /x/, "key() has no counterpart in Python"],
  ])) {
    for (const way of /** @type {const} */ (["call", "key"])) {
      const { cache, lines } = setUp();
      const get = cache({ keyPrefix: "get", params: ["value"], ...options })(async () => 1);
      if (way === "call") await get(odd);
      else get.key(odd);
      assert.equal(lines.length, 1);
      assert.ok(lines[0][1].includes(`function "get": ${start}`) && lines[0][1].endsWith(hint), lines[0][1]);
    }
  }
});

test("each miss that ran ends with one store or one skip, with its reason", async () => {
  const { cache } = setUp({}, { maxBytes: 10_000 });
  const reasons = [];
  cache.on("skip", ({ reason }) => reasons.push(reason));
  const cases = {
    ttl: { ttl: 0 },
    "not serializable": { serializer: () => undefined, deserializer: JSON.parse },
    entities: {
      entities: {
        user: () => {
          throw new Error("no");
        },
      },
    },
    key: {
      key: () => {
        throw new Error("no");
      },
    },
  };
  for (const [reason, options] of Object.entries(cases))
    await cache({ keyPrefix: reason, ...options })(async () => 1)();
  await cache({ keyPrefix: "large" })(async () => "x".repeat(20_000))();
  const getUser = cache("user", { keyPrefix: "late" })(async () => {
    await cache.invalidateEntity("user", 1);
    return { id: 1 };
  });
  await getUser();
  assert.deepEqual(reasons, [...Object.keys(cases), "larger than maxBytes", "invalidated meanwhile"]);
  const { skips, stores } = cache.stats();
  assert.deepEqual([skips, stores], [6, 0]);
});

test("stats counts entities, and not the lists and dependents of a type", async () => {
  const { cache } = setUp();
  const list = cache("user", { keyPrefix: "list", dependsOn: ["order"] })(async () => [{ id: 1 }, { id: 2 }]);
  await list();
  assert.equal(cache.stats().entities, 2);
  await cache.invalidateType("order");
  assert.equal(cache.stats().entities, 0);
});

test("a stale window of years is kept", async () => {
  const { cache, clock } = setUp({ ttl: 1, staleWhileRevalidate: "3650d" });
  const load = counted((id) => ({ id, runs: load.runs }));
  const get = cache("user", { keyPrefix: "get" })(load);
  await get(1);
  clock.advance(3649 * 86_400_000);
  assert.deepEqual(await get(1), { id: 1, runs: 1 });
});

test("the least recently used entries go first, also where uses count from half full on", async () => {
  const maxEntries = 1000;
  const { cache } = setUp({}, { maxEntries });
  const load = counted((id) => id);
  const get = cache()(load);
  for (let id = 0; id < maxEntries; id += 1) await get(id);
  for (let id = 0; id < 100; id += 1) await get(id);
  for (let id = 0; id < 100; id += 1) await get(maxEntries + id);
  assert.equal(load.runs, maxEntries + 100);
  for (let id = 0; id < 100; id += 1) await get(id);
  assert.equal(load.runs, maxEntries + 100, "what was used stays");
  for (let id = 100; id < 200; id += 1) await get(id);
  assert.equal(load.runs, maxEntries + 200, "what was not used is gone");
});
