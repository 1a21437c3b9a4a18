// `values: "frozen"`: one object for all hits, which nobody can change; and stable promises.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deserializer as richDeserializer, serializer as richSerializer } from "../../../js/entries/rich.js";
import { makeCache, setUp } from "../../helpers/cache.js";
import { counted, gated } from "../../helpers/functions.js";
import { mapBackend } from "../../helpers/map-backend.js";

const frozen = (options = {}, backendOptions = {}) => setUp(options, { values: "frozen", ...backendOptions });

test("every caller gets one frozen object, the first one and those that join too", async () => {
  const { cache } = frozen();
  const load = gated((id) => ({ id, tags: ["a", { deep: [1] }] }));
  const get = cache("user", { keyPrefix: "get" })(load);
  const calls = [get(1), get(1)];
  load.pass();
  const [first, joined] = await Promise.all(calls);
  assert.equal(joined, first);
  assert.equal(await get(1), first);
  assert.throws(() => first.tags.push("b"), TypeError);
  assert.throws(() => {
    first.tags[1].deep[0] = 2;
  }, TypeError);
  assert.deepEqual(await get(1), { id: 1, tags: ["a", { deep: [1] }] });
});

test("the object that the function returned is not frozen, and changes to it are not seen", async () => {
  const { cache } = frozen();
  const own = { id: 1, list: [1] };
  const get = cache("user", { keyPrefix: "get" })(async () => own);
  const given = await get(1);
  own.list.push(2);
  assert.notEqual(given, own);
  assert.deepEqual(await get(1), { id: 1, list: [1] });
});

for (const values of ["shared", "frozen"]) {
  test(`equal hits give one promise until the value is invalidated (${values})`, async () => {
    const { cache } = setUp({}, { values });
    for (const arg of [1, "a", { page: 1 }, [1, 2]]) {
      const get = cache("user", { keyPrefix: `get ${JSON.stringify(arg)}` })(async () => ({ id: 7 }));
      await get(arg);
      const promise = get(arg);
      assert.equal(get(structuredClone(arg)), promise);
      const value = await promise;
      assert.equal(await get(arg), value);
      await cache.invalidateEntity("user", 7);
      const anew = get(arg);
      assert.notEqual(anew, promise);
      assert.notEqual(await anew, value);
      assert.equal(get(arg), get(arg));
    }
  });
}

test("a value that needs no run is found and dropped by its entities as in copy mode", async () => {
  const { cache, backend } = frozen();
  const load = counted(async () => [{ id: 1 }, { id: "x" }]);
  const list = cache("user", { keyPrefix: "list" })(load);
  await list();
  assert.equal(backend.get(list.key()), '[{"id":1},{"id":"x"}]');
  assert.equal(await cache.invalidateEntity("user", "x"), 1);
  await list();
  assert.equal(load.runs, 2);
});

test("an extractor sees what the function returned, and not its copy", async () => {
  class User {
    secretId = () => 7;
  }
  const { cache } = frozen();
  const get = cache("user", { keyPrefix: "get", extractEntityIds: (user) => user.secretId() })(async () => new User());
  await get();
  assert.equal(await cache.invalidateEntity("user", 7), 1);
});

test("a result that JSON cannot hold is given as it is and not stored", async () => {
  const { cache, lines } = frozen();
  const own = { big: 1n };
  const load = counted(async () => own);
  const get = cache({ keyPrefix: "get" })(load);
  assert.equal(await get(), own);
  assert.equal(await get(), own);
  assert.equal(load.runs, 2);
  assert.ok(!Object.isFrozen(own));
  assert.ok(lines.some(([level, line]) => level === "warn" && /cannot be serialized/.test(line)));
});

test("with a serializer of the user's its copy is frozen: plain objects and arrays, and no Map or Date", async () => {
  const { cache } = frozen();
  const options = { keyPrefix: "get", serializer: richSerializer, deserializer: richDeserializer };
  const get = cache(options)(async () => {
    const value = { at: new Date(0), map: new Map([["a", {}]]) };
    return Object.assign(value, { self: value });
  });
  const value = await get();
  assert.equal(await get(), value);
  assert.ok(Object.isFrozen(value));
  assert.ok(!Object.isFrozen(value.map));
  assert.ok(!Object.isFrozen(value.at));
  assert.equal(value.self, value);
});

test("a deserializer that answers later gives one frozen value too", async () => {
  const { cache } = frozen();
  const get = cache({ keyPrefix: "get", deserializer: async (text) => JSON.parse(text) })(async () => ({ a: [] }));
  const value = await get();
  assert.ok(Object.isFrozen(value.a));
  assert.equal(await get(), value);
});

test("a payload that cannot be read back is not stored", async () => {
  const { cache } = frozen();
  const load = counted(async () => ({ a: 1 }));
  const deserializer = () => {
    throw new Error("broken");
  };
  const get = cache({ keyPrefix: "get", deserializer })(load);
  assert.deepEqual(await get(), { a: 1 });
  assert.deepEqual(await get(), { a: 1 });
  assert.equal(load.runs, 2);
});

test("values must be one of the three", () => {
  assert.throws(() => setUp({}, { values: "deep" }), {
    code: "ERR_CACHEREF_OPTION",
    message: 'values must be "copy", "shared" or "frozen", got "deep"',
  });
});

test("React's `use` can read a hit without waiting, and a stale value too", async () => {
  const { cache, clock } = frozen({ ttl: 10, staleWhileRevalidate: 10 });
  const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id }));
  const value = await get(1);
  const { status, value: read } = get(1);
  assert.deepEqual([status, read === value], ["fulfilled", true]);
  clock.advance(11_000);
  const stale = get(1);
  assert.deepEqual([stale.status, stale.value === value], ["fulfilled", true]);
  assert.equal(await stale, value);
});

test("a function says what its hits give", () => {
  for (const values of ["copy", "shared", "frozen"]) {
    const { cache } = setUp({}, { values });
    assert.equal(cache("user", { keyPrefix: values })(async () => 1).values, values);
  }
  const far = makeCache(mapBackend())("user", { keyPrefix: "far" })(async () => 1);
  assert.equal(far.values, undefined);
});

test("a copy that throws when it is frozen is not stored, and the caller gets the result itself", async () => {
  const { cache } = frozen();
  const trap = () => {
    throw new Error("trap");
  };
  const own = { id: 1 };
  const load = counted(() => own);
  const deserializer = () => ({ id: 1, part: new Proxy({}, { isExtensible: trap, getPrototypeOf: trap }) });
  const get = cache("user", { keyPrefix: "get", serializer: JSON.stringify, deserializer })(load);
  assert.deepEqual([await get(1), await get(1)], [own, own]);
  assert.equal(load.runs, 2);
  assert.deepEqual(cache.lines.at(-1), [
    "warn",
    'cacheref: function "get": what its deserializer gives cannot be frozen, so it is not stored: trap',
  ]);
});

for (const values of ["copy", "frozen"]) {
  test(`a deserializer that throws what cannot be read makes a miss (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const thrown = new Proxy(
      {},
      {
        get: () => {
          throw new Error("trap");
        },
      },
    );
    const load = gated((id) => ({ id }));
    const deserializer = () => {
      throw thrown;
    };
    const get = cache("user", { keyPrefix: "get", serializer: JSON.stringify, deserializer })(load);
    const calls = [get(1), get(1)];
    load.pass();
    assert.deepEqual(await Promise.all([...calls, get(1)]), Array(3).fill({ id: 1 }));
    assert.match(cache.lines.map(String).join(), /a stored value cannot be read and counts as a miss \(object\)/);
  });
}
