// Calls that depend on a type, and the invalidation of everything of a type.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { withDependents } from "../../js/remote/protocol/concerns.js";
import { makeProcess } from "../helpers/protocol.js";
import { useRedis } from "../helpers/use-redis.js";

const { client } = await useRedis();

for (const form of /** @type {const} */ (["script", "plain", "scriptless"])) {
  describe(`${form} form`, () => {
    /** @type {ReturnType<typeof makeProcess>} */
    let process;
    beforeEach(async () => {
      await client.flushall();
      process = makeProcess(client, form);
    });
    afterEach(() => process.settled());

    const total = { id: 9, name: "total", ids: [], on: "order" };
    /** @param {object} [what] */
    const store = async (what) => {
      const verdict = await process.store(await process.log.position(), what);
      await process.settled();
      return verdict;
    };
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

    test("everything drops what depends on a type too", async () => {
      await store(total);
      assert.equal(await invalidate("a:*"), 1);
      assert.deepEqual(await client.keys("app:c:*"), []);
    });
  });
}
