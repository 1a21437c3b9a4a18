// Calls that depend on a type, and the invalidation of everything of a type.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { withDependents } from "../../js/remote/protocol/concerns.js";
import { makeProcess } from "../helpers/protocol.js";
import { useProcess } from "../helpers/use-process.js";
import { useRedis } from "../helpers/use-redis.js";

const { client } = await useRedis();

for (const form of /** @type {const} */ (["script", "plain", "scriptless"])) {
  describe(`${form} form`, () => {
    const { process, store } = useProcess(client, form);
    const total = { id: 9, name: "total", ids: [], on: "order" };
    const invalidate = (/** @type {string} */ ...concerns) => process.protocol.invalidate(withDependents(concerns));

    for (const concern of ["e:order:1", "l:order", "t:order"]) {
      test(`${concern} drops the calls that depend on orders, and no others`, async () => {
        await store(total);
        await store({ id: 1 });
        assert.equal(await invalidate("e:user:7", "l:other", "t:other"), 0);
        assert.equal(await invalidate(concern), 1);
        assert.deepEqual(await client.keys("app:c:*"), ["app:c:get:[1]"]);
      });

      test(`${concern} refuses the result of a run that depends on orders and began before it`, async () => {
        const position = await process.log.position();
        await invalidate(concern);
        assert.equal(await process.store(position, total), "concerned");
        assert.equal(await process.store(position, { id: 1 }), "stored");
      });
    }

    test("the invalidation of a type drops what holds its entities, and its lists, and nothing else", async () => {
      await store({ id: 1, ids: [1, 2] });
      await store({ id: 2, ids: [] });
      await client.set("app:c:other:[1]", "1");
      await client.sadd("app:e:users:1", "app:c:other:[1]");
      assert.equal(await invalidate("t:user"), 2);
      assert.deepEqual(await client.keys("app:c:*"), ["app:c:other:[1]"]);
    });

    test("the invalidation of a type refuses the results of runs that began before it", async () => {
      const position = await process.log.position();
      await invalidate("t:user");
      assert.equal(await process.store(position, { id: 1 }), "concerned");
      assert.equal(await store({ id: 1 }), "stored");
    });

    test("a soft invalidation of a type counts each call once, and drops it where nothing may be stale", async () => {
      await store(total);
      await store({ id: 1, ids: [1, 2], on: "user" });
      assert.equal(await process.protocol.soften(["t:user"], () => 0), 2);
      assert.deepEqual(await client.keys("app:c:*"), []);
    });

    test("everything drops what depends on a type too", async () => {
      await store(total);
      assert.equal(await invalidate("a:*"), 1);
      assert.deepEqual(await client.keys("app:c:*"), []);
    });
  });
}

const DEPENDANTS = 20_000;
/** The most values that one script of these drops or makes stale: a server answers nobody else meanwhile. */
const MOST_IN_A_SCRIPT = 1000;

/** Writes calls that depend on orders, as stores do. */
async function writeDependants() {
  for (let from = 0; from < DEPENDANTS; from += 1000) {
    const keys = Array.from({ length: 1000 }, (_, i) => `app:c:total:[${from + i}]`);
    const pipeline = client.pipeline().sadd("app:t:order", ...keys);
    for (const key of keys) pipeline.set(key, "1", "PX", 60_000);
    await pipeline.exec();
  }
}

/** How often the server has run a script since `config resetstat`. */
async function scriptsRun() {
  const stats = await client.info("commandstats");
  return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

test("large values become stale a few at a time, and a value of a megabyte by itself", async () => {
  await client.flushall();
  const sizes = [...Array.from({ length: 20 }, () => 100_000), 1_000_000, 1_000_000, 10];
  const keys = sizes.map((_, i) => `app:c:total:[${i}]`);
  await client.sadd("app:t:order", ...keys);
  for (const [i, size] of sizes.entries()) await client.set(keys[i], "1".repeat(size), "PX", 60_000);
  await client.config("RESETSTAT");
  const { protocol } = makeProcess(client, "script");
  assert.equal(await protocol.soften(["t:order"], () => 30_000), sizes.length);
  for (const [i, size] of sizes.entries()) {
    assert.equal(await client.strlen(keys[i]), "\x01soft:30000:".length + size);
    assert.ok((await client.pttl(keys[i])) < 30_000);
  }
  // Of these 4 MB no script has rewritten more than half a megabyte and one value more.
  assert.ok((await scriptsRun()) >= 4);
});

describe(`${DEPENDANTS} calls that depend on one type`, () => {
  beforeEach(async () => {
    await client.flushall();
    await writeDependants();
    await client.config("RESETSTAT");
  });

  test("are dropped in many small scripts", async () => {
    const { protocol } = makeProcess(client, "script");
    assert.equal(await protocol.invalidate(withDependents(["t:order"])), DEPENDANTS);
    assert.equal(await client.exists("app:t:order"), 0);
    assert.deepEqual(await client.keys("app:c:*"), []);
    assert.ok((await scriptsRun()) >= DEPENDANTS / MOST_IN_A_SCRIPT);
  });

  test("become stale in many small scripts", async () => {
    const { protocol } = makeProcess(client, "script");
    assert.equal(await protocol.soften(["t:order"], () => 30_000), DEPENDANTS);
    const lefts = await client
      .pipeline(Array.from({ length: DEPENDANTS }, (_, i) => ["pttl", `app:c:total:[${i}]`]))
      .exec();
    assert.ok(lefts?.every(([, left]) => Number(left) > 0 && Number(left) < 30_000));
    assert.ok((await scriptsRun()) >= (2 * DEPENDANTS) / MOST_IN_A_SCRIPT);
  });

  test("are dropped without scripts", async () => {
    const { protocol } = makeProcess(client, "scriptless");
    assert.equal(await protocol.invalidate(withDependents(["t:order"])), DEPENDANTS);
    assert.deepEqual(await client.keys("app:c:*"), []);
    assert.equal(await scriptsRun(), 0);
  });
});
