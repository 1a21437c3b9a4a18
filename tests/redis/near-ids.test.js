// Ids that a result has and its copy has not: a near cache reads copies, and must not serve them after an invalidation.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { makeCache } from "../helpers/cache.js";
import { counted, gate } from "../helpers/functions.js";
import { serving } from "../helpers/near.js";
import { connectTo } from "../helpers/protocol.js";
import { until } from "../helpers/until.js";
import { useRedis } from "../helpers/use-redis.js";

const { client, server } = await useRedis();
/** @type {any[]} */
const opened = [];
beforeEach(() => client.flushall());
afterEach(async () => {
  for (const { cache, connection } of opened.splice(0)) {
    await cache.close();
    connection.disconnect();
  }
});

async function open() {
  const connection = connectTo(server.port);
  const cache = makeCache(connection, { near: { lease: "20s" } });
  opened.push({ cache, connection });
  await serving(cache);
  return cache;
}

class User {
  /** @param {number} version */
  constructor(version) {
    this.owner = 7;
    this.version = version;
  }
  toJSON() {
    return { version: this.version };
  }
}

const withoutIds = {
  serializer: (/** @type {any} */ user) => JSON.stringify({ version: user.version }),
  deserializer: JSON.parse,
};
const ownerOf = (/** @type {any} */ user) => (user.owner === undefined ? [] : [user.owner]);

/** @type {[string, (version: number) => any, any, any?][]} */
const HIDDEN = [
  ["an extractor and a toJSON", (version) => new User(version), { extractEntityIds: ownerOf }],
  ["a function in entities", (version) => new User(version), { entities: { owner: ownerOf } }, "owner"],
  ["a serializer", (version) => ({ id: 7, version }), withoutIds],
  [
    "a deserializer",
    (version) => ({ id: 7, version }),
    { deserializer: (/** @type {string} */ text) => ({ version: JSON.parse(text).version }) },
  ],
  [
    "an extractor of another type",
    (version) => new User(version),
    { extractEntityIds: (/** @type {any} */ user) => ownerOf(user).map((id) => `team:${id}`) },
    "team",
  ],
  [
    "entities: auto and a serializer",
    (version) => ({ __typename: "team", id: 7, version }),
    { entities: "auto", ...withoutIds },
    "team",
  ],
  [
    "a serializer, and a list",
    (version) => [{ id: 7, version }],
    { serializer: (/** @type {any} */ [user]) => JSON.stringify({ version: user.version }), deserializer: JSON.parse },
  ],
];

for (const [what, make, options, type = "user"] of HIDDEN) {
  test(`N1: an id that ${what} hides from the copy is dropped near`, async () => {
    const [here, there] = [await open(), await open()];
    let version = 0;
    const wrapped = [here, there].map((cache) => {
      const named = { keyPrefix: "get", ...options };
      const load = async () => make(version);
      return options.entities === undefined ? cache("user", named)(load) : cache(named)(load);
    });
    const versionOf = async (/** @type {any} */ get) => {
      const read = await get(1);
      return (Array.isArray(read) ? read[0] : read).version;
    };
    for (const [writer, reader] of [
      [here, 1],
      [there, 0],
    ]) {
      await versionOf(wrapped[0]);
      await versionOf(wrapped[1]);
      const hits = [here, there][reader].stats().near.hits;
      assert.equal(await versionOf(wrapped[reader]), version);
      assert.equal([here, there][reader].stats().near.hits, hits + 1, "it was near");
      version += 1;
      await writer.invalidateEntity(type, 7);
      assert.equal(await versionOf(wrapped[reader]), version);
    }
  });
}

test("N1: an id that the copy hides refuses what is being read near", async () => {
  const [here, there] = [await open(), await open()];
  const held = gate();
  let version = 0;
  let reads = 0;
  const slow = {
    ...withoutIds,
    deserializer: async (/** @type {string} */ text) => {
      reads += 1;
      await held.promise;
      return JSON.parse(text);
    },
  };
  const load = async () => ({ id: 7, version });
  const write = here("user", { keyPrefix: "get", ...withoutIds })(load);
  const read = there("user", { keyPrefix: "get", ...slow })(load);
  await write(1);
  const early = read(1);
  await until(() => reads === 1);
  version = 1;
  await here.invalidateEntity("user", 7);
  held.resolve(undefined);
  assert.equal((await early).version, 0);
  assert.equal((await read(1)).version, 1);
});

test("N1: lists and types are dropped where a serializer hides what a result is", async () => {
  const [here, there] = [await open(), await open()];
  let version = 0;
  const options = { keyPrefix: "get", list: true, ...withoutIds };
  const [write, read] = [here, there].map((cache) => cache("user", options)(async () => ({ version })));
  for (const invalidate of [() => here.invalidateLists("user"), () => here.invalidateType("user")]) {
    await write(1);
    await read(1);
    version += 1;
    await invalidate();
    assert.equal((await read(1)).version, version);
  }
});

test("what this process has stored itself is dropped by its own ids only, and other types drop nothing", async () => {
  const [here, there] = [await open(), await open()];
  const load = counted(async () => ({ id: 7, version: 0 }));
  const [own, read] = [here, there].map((cache) => cache("user", { keyPrefix: "get", ...withoutIds })(load));
  await own(1);
  await read(1);
  const isNear = async (/** @type {any} */ cache, /** @type {any} */ get) => {
    const before = cache.stats().near.hits;
    await get(1);
    return cache.stats().near.hits === before + 1;
  };
  await there.invalidateEntity("team", 7);
  assert.deepEqual([await isNear(here, own), await isNear(there, read)], [true, true]);
  await there.invalidateEntity("user", 8);
  assert.deepEqual([await isNear(here, own), await isNear(there, read)], [true, false]);
  assert.equal(load.runs, 1);
});

test("a copy without ids is no reason for a WARNING, and with requireIds it is near too", async () => {
  const [here, there] = [await open(), await open()];
  const options = { keyPrefix: "get", requireIds: true, ...withoutIds };
  const [write, read] = [here, there].map((cache) => cache("user", options)(async () => ({ id: 7, version: 0 })));
  await write(1);
  await read(1);
  await read(1);
  assert.equal(there.stats().near.hits, 1);
  assert.deepEqual(
    there.lines.filter((/** @type {any} */ [level]) => level === "warn"),
    [],
  );
});

/** @type {[string, (cache: any) => Promise<unknown>][]} */
const OF_SEVERAL_STEPS = [
  ["everything of its type", (cache) => cache.invalidateType("user")],
  ["several types", (cache) => cache.invalidate({ order: 1 }, { types: ["user", "order"] })],
  [
    "many entities",
    (cache) =>
      cache.invalidateEntity(
        "user",
        Array.from({ length: 700 }, (_, i) => 706 - i),
      ),
  ],
];

for (const [what, invalidate] of OF_SEVERAL_STEPS) {
  test(`N1: what is read while ${what} is invalidated is not near afterwards, although nobody knows its ids`, async () => {
    const [here, there] = [await open(), await open()];
    let version = 0;
    let races = 0;
    const hidden = here("user", { keyPrefix: "get", ...withoutIds })(async () => ({ id: 7, version }));
    const many = here.many("user", { keyPrefix: "many" })(async (/** @type {number[]} */ ids) =>
      ids.map((id) => ({ id, version })),
    );
    const read = async () => [(await hidden(1)).version, (await many.one(7)).version];
    for (let round = 0; round < 15; round += 1) {
      await read();
      await read();
      version += 1;
      let isOver = false;
      const invalidation = invalidate(round % 2 === 0 ? here : there).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        const [seen] = await read();
        if (seen < version) races += 1;
        await new Promise(setImmediate);
      }
      await invalidation;
      assert.deepEqual(await read(), [version, version], `round ${round}`);
    }
    assert.ok(races > 0);
  });
}
