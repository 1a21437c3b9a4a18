// The option `values` of a near cache: copies, one shared object, or one that nobody can change.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { MemoryBackend } from "../../js/entries/node.js";
import { deserializer as richDeserializer, serializer as richSerializer } from "../../js/entries/rich.js";
import { counted, gated } from "../helpers/functions.js";
import { serving } from "../helpers/near.js";
import { until } from "../helpers/until.js";
import { useCaches } from "../helpers/use-caches.js";
import { useRedis } from "../helpers/use-redis.js";

const { client } = await useRedis();
const open = useCaches();
beforeEach(() => client.flushall());

/** @param {"copy" | "shared" | "frozen"} values @param {object} [options] */
async function near(values, options = {}) {
  const cache = open(client, { near: { values, ...options } });
  await serving(cache);
  return cache;
}

test("frozen: what comes from the function, from Redis and from memory is frozen, and hits in memory are one object", async () => {
  const one = await near("frozen");
  const own = { id: 1, tags: ["a", { deep: [1] }] };
  const load = counted(async () => own);
  const get = one("user", { keyPrefix: "get" })(load);
  const first = await get(1);
  assert.notEqual(first, own);
  assert.ok(!Object.isFrozen(own));
  const two = await near("frozen");
  const read = two("user", { keyPrefix: "get" })(async () => assert.fail("the function runs"));
  for (const each of [first, await read(1), await get.peek(1), await get.refresh(1), await read.peek(1)]) {
    assert.deepEqual(each, own);
    assert.throws(() => /** @type {any} */ (each).tags[1].deep.push(2), TypeError);
  }
  await get(1);
  assert.equal(await get(1), await get(1));
  assert.ok(one.stats().near.hits >= 2);
});

test("frozen: so are results while nothing is served from memory", async () => {
  const cache = open(client, { near: { values: "frozen" } });
  const load = gated((id) => ({ id, tags: [] }));
  const get = cache("user", { keyPrefix: "get" })(load);
  const calls = [get(1), get(1)];
  await until(() => load.runs === 1);
  load.pass();
  for (const result of await Promise.all(calls)) assert.ok(Object.isFrozen(result.tags));
  assert.ok(Object.isFrozen((await get.peek(1)).tags));
});

for (const values of /** @type {const} */ (["shared", "frozen"])) {
  test(`${values}: equal hits give one promise until the value is invalidated`, async () => {
    const cache = await near(values);
    for (const arg of [1, "a", { page: 1 }]) {
      const get = cache("user", { keyPrefix: `get ${JSON.stringify(arg)}` })(async () => ({ id: 7 }));
      await get(arg);
      const value = await get(arg);
      assert.equal(get(structuredClone(arg)), get(arg));
      await cache.invalidateEntity("user", 7);
      const anew = await get(arg);
      assert.notEqual(anew, value);
      assert.deepEqual(anew, value);
    }
  });
}

test("shared: the first caller and the hits in memory get what the function returned", async () => {
  const cache = await near("shared");
  const own = { id: 1 };
  const get = cache("user", { keyPrefix: "get" })(async () => own);
  assert.equal(await get(1), own);
  assert.equal(await get(1), own);
});

test("frozen: an extractor sees what the function returned, and not its copy", async () => {
  class User {
    secretId = () => 7;
  }
  const cache = await near("frozen");
  const load = counted(async () => new User());
  const options = { keyPrefix: "get", extractEntityIds: (/** @type {User} */ user) => user.secretId() };
  const get = cache("user", options)(load);
  await get();
  await get();
  assert.equal(cache.stats().near.hits, 1);
  await cache.invalidateEntity("user", 7);
  await get();
  assert.equal(load.runs, 2);
});

test("frozen: of a serializer of the user's plain objects and arrays are frozen, and no Map", async () => {
  const cache = await near("frozen");
  const options = { keyPrefix: "get", serializer: richSerializer, deserializer: richDeserializer };
  const get = cache(options)(async () => ({ list: [1], map: new Map([["a", {}]]) }));
  await get();
  const value = await get();
  assert.equal(await get(), value);
  assert.ok(Object.isFrozen(value.list));
  assert.ok(!Object.isFrozen(value.map));
});

test("frozen: what cannot be read back, or cannot be stored, is given as it is and not kept", async () => {
  const cache = await near("frozen");
  const deserializer = () => {
    throw new Error("broken");
  };
  for (const [keyPrefix, own, options] of /** @type {[string, any, object][]} */ ([
    ["broken", { a: 1 }, { deserializer }],
    ["bigint", { a: 1n }, {}],
  ])) {
    const load = counted(async () => own);
    const get = cache({ keyPrefix, ...options })(load);
    assert.equal(await get(), own);
    assert.equal(await get(), own);
    assert.equal(load.runs, 2);
    assert.ok(!Object.isFrozen(own));
  }
  assert.equal(cache.stats().near.hits, 0);
});

test("an entry takes as many bytes as in a MemoryBackend, however long the prefix and the name of its function are", async () => {
  const near = open(client, { near: true, prefix: `${"long".repeat(20)}:` });
  const inMemory = open(new MemoryBackend());
  await serving(near);
  for (const cache of [near, inMemory])
    await cache("user", { keyPrefix: "name".repeat(20) })(async (/** @type {number} */ id) => ({ id }))(123_456);
  const { bytes, entries } = near.stats().near;
  assert.equal(entries, 1);
  assert.equal(bytes, /** @type {any} */ (inMemory.stats()).bytes);
});
