// How long an index lives, what it holds, and what becomes of keys that somebody has spoiled.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeProcess } from "../helpers/protocol.js";
import { useProcess } from "../helpers/use-process.js";
import { useRedis } from "../helpers/use-redis.js";

const DAY_MS = 86_400_000;

const { client } = await useRedis();

for (const form of /** @type {const} */ (["script", "plain", "scriptless"])) {
  describe(`${form} form`, () => {
    const { process, store } = useProcess(client, form);
    const endOf = async (/** @type {string} */ index) => Number(await client.zscore("app:life", index));

    test("an index has no expiry, and is listed until the end of its last value, whatever the order of the stores", async () => {
      for (const order of [
        [DAY_MS, 1000],
        [1000, DAY_MS],
      ]) {
        await client.flushall();
        for (const [id, ttlMs] of order.entries()) await store({ id, ids: [7], ttlMs });
        assert.equal(await client.pttl("app:e:user:7"), -1);
        const end = await endOf("app:e:user:7");
        assert.ok(end >= Date.now() + DAY_MS - 10_000 && end <= Date.now() + DAY_MS * 1.2, `${end}`);
      }
    });

    test("an index of a value kept for good is listed for good, which nothing shortens", async () => {
      await store({ id: 1, ids: [7], ttlMs: 0 });
      await store({ id: 2, ids: [7], ttlMs: 1000 });
      assert.equal(await client.pttl("app:c:get:[1]"), -1);
      assert.equal(await client.zscore("app:life", "app:e:user:7"), "inf");
    });

    test("only values have an expiry: no policy that evicts keys with one evicts an index before its values", async () => {
      await store({ id: 1, ids: [7, 8] });
      const keys = (await client.keys("*")).filter((key) => !key.includes("~~"));
      assert.deepEqual(keys.sort(), [
        "app:c:get:[1]",
        "app:e:user:7",
        "app:e:user:8",
        "app:l:user",
        "app:life",
        "app:log",
      ]);
      for (const key of keys) assert.equal((await client.pttl(key)) > 0, key.startsWith("app:c:"), key);
    });

    test("an expiry that an earlier version has left is taken off before the member is added", async () => {
      await client.sadd("app:e:user:7", "app:c:get:[9]");
      await client.pexpire("app:e:user:7", 60_000);
      await store({ id: 1, ids: [7] });
      assert.equal(await client.pttl("app:e:user:7"), -1);
    });

    test("indexes of values that are gone do not pile up", async () => {
      for (let i = 0; i < 100; i++)
        await Promise.all(Array.from({ length: 25 }, (_, j) => store({ id: i * 25 + j, ttlMs: 1 })));
      // The end of an index is the end of its value, rounded up; the last stores are not due yet, and one store in 16 looks
      // in the plain form.
      const [indexes, listed] = [(await client.keys("app:e:*")).length, await client.zcard("app:life")];
      assert.ok(indexes < 700 && listed < 1400, `${indexes} indexes and ${listed} entries after 2,500 values`);
    });

    test("an index whose end has passed is kept while it lists a value that lives", async () => {
      await store({ id: 1, ids: [7] });
      for (let i = 0; i < 100; i++) {
        await client.zadd("app:life", 1, "app:e:user:7");
        await store({ id: 2, ids: [8] });
      }
      assert.equal(await process.protocol.invalidate(["e:user:7"]), 1);
    });

    test("a mark that a dead writer has left is removed after an hour, and what it stands for is listed", async () => {
      await store({ id: 1, ids: [7] });
      const mark = process.layout.mark("app:c:get:[1]", Date.now() - 2 * 3_600_000);
      const young = process.layout.mark("app:c:get:[1]", Date.now());
      await client.set(mark, "1");
      await client.srem("app:e:user:7", "app:c:get:[1]");
      await client.sadd("app:e:user:7", mark, young);
      for (let i = 0; i < 500 && (await client.exists(mark)); i++) {
        await client.zadd("app:life", 1, "app:e:user:7");
        await store({ id: 2, ids: [8] });
      }
      assert.deepEqual((await client.smembers("app:e:user:7")).sort(), ["app:c:get:[1]", young]);
    });

    test("everything invalidated, nothing is left but the log", async () => {
      await Promise.all(Array.from({ length: 50 }, (_, id) => store({ id, ids: [id % 7, id], on: "order" })));
      await client.zadd("app:life", 1, "app:e:user:gone");
      assert.equal(await process.protocol.invalidate(["a:*"]), 50);
      assert.deepEqual(await client.keys("*"), ["app:log"]);
    });

    test("a value stored anew leaves the indexes of entities that it does not hold any more", async () => {
      await store({ id: 1, ids: [1, 2] });
      await store({ id: 1, ids: [2, 3], value: "2" });
      assert.equal(await client.exists("app:e:user:1"), 0);
      assert.equal(await process.protocol.invalidate(["e:user:1"]), 0);
      assert.equal(await process.protocol.invalidate(["e:user:3"]), 1);
    });

    test("members whose values are gone do not pile up", async () => {
      for (let i = 0; i < 60; i++) {
        await Promise.all(Array.from({ length: 25 }, (_, j) => store({ id: i * 25 + j, ids: [7], ttlMs: 1 })));
      }
      const size = await client.scard("app:e:user:7");
      assert.ok(size < 400, `${size} members after 1,500 values of one millisecond`);
    });

    test("reaping takes out nothing that lives", async () => {
      await Promise.all(Array.from({ length: 50 }, (_, id) => store({ id, ids: [7] })));
      await Promise.all(Array.from({ length: 300 }, (_, i) => store({ id: 100 + i, ids: [7], ttlMs: 1 })));
      assert.ok((await process.protocol.invalidate(["e:user:7"])) >= 50);
      assert.deepEqual(await client.keys("app:c:*"), []);
    });

    test("a result that changes its entities is found by those that it has now", async () => {
      await store({ id: 1, ids: [2, 4] });
      await store({ id: 1, ids: [1, 2, 3] });
      for (const entity of [1, 2, 3]) {
        await store({ id: 1, ids: [1, 2, 3] });
        assert.equal(await process.protocol.invalidate([`e:user:${entity}`]), 1);
      }
    });

    test("a renaming that is sent twice, since its reply was lost, leaves no value without its index", async () => {
      const { connection } = process;
      const request = connection.request.bind(connection);
      connection.request = async (command, ...rest) => {
        if (command[0] === "rename") {
          // What a reaper does that looks before the value is there.
          await client.srem("app:e:user:7", "app:c:get:[1]");
          await request(command);
        }
        return request(command, ...rest);
      };
      await store({ id: 1, ids: [7] });
      // Nobody can say whether the mark was renamed or dropped, so the value is withdrawn.
      if (form !== "script") assert.equal(await process.get(), null);
      await store({ id: 2, ids: [7] });
      await process.protocol.invalidate(["e:user:7"]);
      assert.deepEqual([await process.get(1), await process.get(2)], [null, null]);
    });

    // The script form looks at the log and renames in one step.
    if (form !== "script") {
      /** Does something before the first such command of the process. @param {string} beginning @param {() => Promise<unknown>} act */
      const before = (beginning, act) => {
        const { connection } = process;
        const { request, send } = connection;
        let isDone = false;
        const look = async (/** @type {any[]} */ commands) => {
          if (isDone || !commands.some(([name, keys]) => `${name} ${keys} `.startsWith(beginning))) return;
          isDone = true;
          await act();
        };
        connection.request = async (command, ...rest) => {
          await look([command]);
          return request.call(connection, command, ...rest);
        };
        connection.send = async (commands, ...rest) => {
          await look(commands);
          return send.call(connection, commands, ...rest);
        };
      };

      test("a value of which nobody can say whose it is can be found until it is withdrawn", async () => {
        const other = makeProcess(client, form);
        // Sent twice, since the first reply is lost.
        before("rename ", async () => {
          const [mark] = (await client.smembers("app:e:user:7")).filter((member) => member.includes("~"));
          await client.rename(mark, "app:c:get:[1]");
        });
        /** @type {unknown[]} */
        const found = [];
        before("unlink app:c:get:[1] ", async () => {
          found.push(await other.get(), await other.protocol.invalidate(["e:user:7"]), await other.get());
        });
        assert.equal(await store({ id: 1, ids: [7] }), "gone");
        assert.deepEqual(found, ['{"id":1}', 1, null]);
      });

      test("a writer whose mark was evicted with the index withdraws its value, even if another lists the key", async () => {
        const other = makeProcess(client, form);
        before("rename ", async () => {
          await client.unlink("app:e:user:7");
          await other.protocol.invalidate(["e:user:7"]);
          await other.store(await other.log.position(), { ids: [7], value: "later" });
          await other.settled();
        });
        await store({ id: 1, ids: [7], value: "earlier" });
        assert.equal(await process.protocol.verify("app:c:get:[1]", ["e:user:7"], false), null);
      });

      test("a refresh has the last word: what an earlier run has staged is not renamed any more", async () => {
        const other = makeProcess(client, form);
        before("rename ", async () => {
          await other.store(await other.protocol.supersede("app:c:get:[1]"), { value: "refreshed" });
          await other.settled();
        });
        await store({ id: 1, value: "earlier" });
        assert.notEqual(await process.get(), "earlier");
      });
    }

    // Only this form takes members out when it invalidates.
    if (form === "script") {
      // Where the pages of SSCAN end differs from index to index.
      const ids = Array.from({ length: 12 }, (_, id) => id);
      for (const size of [0, 1, 150, 200, 400, 401, 600, 1100])
        for (const hasMark of [false, true])
          test(`an invalidation leaves of ${size} members ${hasMark ? "and a mark the mark" : "nothing"}`, async () => {
            const pipeline = client.pipeline().set("other:app", "1");
            const marks = hasMark ? [process.layout.mark("app:c:get:[-1]", Date.now())] : [];
            for (const id of ids) {
              const index = `app:e:user:${id}`;
              for (let i = 0; i < size; i++)
                pipeline.set(`app:c:get:[${id},${i}]`, "1").sadd(index, `app:c:get:[${id},${i}]`);
              for (const mark of marks) pipeline.set(mark, "1").sadd(index, mark);
              if (size > 0) pipeline.sadd(index, "other:app");
              if (size > 0 || hasMark) pipeline.zadd("app:life", "+inf", index);
            }
            await pipeline.exec();
            const dropped = await process.protocol.invalidate(ids.map((id) => `e:user:${id}`));
            assert.equal(dropped, ids.length * size + marks.length);
            const indexes = hasMark ? ids.map((id) => `app:e:user:${id}`).sort() : [];
            for (const index of indexes) assert.deepEqual(await client.smembers(index), marks);
            assert.deepEqual((await client.zrange("app:life", 0, -1)).sort(), indexes);
            const others = ["app:log", "other:app", ...(hasMark ? ["app:life"] : [])];
            assert.deepEqual((await client.keys("*")).sort(), [...indexes, ...others].sort());
          });

      test("a former index that lists nothing any more is in no list", async () => {
        await store({ id: 1, ids: [1, 2], ttlMs: 0 });
        await store({ id: 1, ids: [2], ttlMs: 0, value: "2" });
        assert.equal(await client.zscore("app:life", "app:e:user:1"), null);
      });
    }

    test("foreign members of an index are left alone, and what they name too", async () => {
      await store({ id: 1, ids: [7] });
      await client.set("other:app", "theirs");
      await client.sadd("app:e:user:7", "other:app", "");
      assert.equal(await process.protocol.invalidate(["e:user:7"]), 1);
      assert.equal(await client.get("other:app"), "theirs");
    });

    test("a key of another type is replaced by the next store", async () => {
      await client.lpush("app:c:get:[1]", "x");
      assert.equal(await store({ id: 1, ids: [7] }), "stored");
      assert.equal(await process.get(), '{"id":1}');
      await client.set("app:e:user:7", "spoiled");
      await client.set("app:life", "spoiled");
      assert.equal(await store({ id: 1, ids: [7] }), "stored");
      assert.equal((await client.zscore("app:life", "app:e:user:7")) === null, false);
      assert.equal(await process.protocol.invalidate(["e:user:7"]), 1);
      await client.del("app:log");
      await client.set("app:log", "spoiled");
      assert.equal(await store({ id: 1, ids: [7] }), "stored");
      for (const concern of ["e:user:7", "f:get", "a:*"]) {
        const position = await process.log.position();
        await client.set("app:log", "spoiled");
        await process.protocol.invalidate([concern]);
        assert.equal(await client.type("app:log"), "stream");
        assert.equal(await process.store(position), "lost");
      }
      const position = await process.log.position();
      await client.set("app:log", "spoiled");
      assert.equal(await process.store(position, { ids: Array.from({ length: 400 }, (_, id) => id) }), "lost");
    });

    test("the log: evicted, begun anew or trimmed, it lets nothing old be stored", async () => {
      const position = await process.log.position();
      await client.del("app:log");
      assert.equal(await process.store(position), "lost");
      await process.log.position();
      assert.equal(await process.store(position), "lost");
      await client.del("app:log");
      await client.xadd("app:log", position.id, "by", "another");
      assert.equal(await process.store(position), "lost");
      assert.equal(await process.get(), null);
    });

    test("the log: hundreds of entries since a run began are read page by page", async () => {
      const position = await process.log.position();
      for (let i = 0; i < 600; i += 1) await process.log.append([`e:other:${i}`]);
      assert.equal(await process.store(position), "stored");
      await process.log.append(["e:user:1"]);
      for (let i = 0; i < 300; i += 1) await process.log.append([`e:other:${i}`]);
      assert.equal(await process.store(position), "concerned");
    });

    test("ids that look like each other or like syntax stay apart", async () => {
      const ids = [
        "1",
        "10",
        "1*",
        "?",
        "[a]",
        "{x}",
        "}{",
        "a:b",
        "a b",
        "\\",
        "é",
        "🙂",
        "\n",
        "~",
        "x~0000000abcdefgh",
      ];
      for (const [i, entity] of ids.entries()) await store({ id: i, ids: /** @type {any} */ ([entity]) });
      for (const [i, entity] of ids.entries()) {
        assert.equal(await process.protocol.invalidate([`e:user:${entity}`]), 1, entity);
        for (let j = i + 1; j < ids.length; j++) assert.notEqual(await process.get(j), null, ids[j]);
      }
    });

    test("a function takes its own calls only", async () => {
      await store({ id: 1, name: "get" });
      await store({ id: 1, name: "get:list" });
      await store({ id: 1, name: "ge*" });
      assert.equal(await process.protocol.invalidate(["f:ge*"]), 1);
      assert.equal(await process.protocol.invalidate(["f:get"]), 1);
      assert.deepEqual(await client.keys("app:c:*"), ["app:c:get:list:[1]"]);
    });

    test("another prefix, even one that begins like it or has glob characters, is not touched", async () => {
      const others = ["ap", "app", "app:x", "a*:", "*"].map((prefix) => makeProcess(client, form, prefix));
      for (const other of others) {
        await other.store(await other.log.position());
        await other.settled();
      }
      await store({ id: 1 });
      assert.equal(await process.protocol.invalidate(["a:*"]), 1);
      for (const other of others) assert.notEqual(await other.get(), null, other.layout.prefix);
      assert.equal(await others[4].protocol.invalidate(["a:*"]), 1);
      for (const other of others.slice(0, 4)) assert.notEqual(await other.get(), null, other.layout.prefix);
    });
  });
}
