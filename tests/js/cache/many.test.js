// Batches: each id is cached by itself, and the loader is asked for the rest, once.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EntityCache } from "../../../js/entries/node.js";
import { recorder } from "../../helpers/cache.js";
import { useRedis } from "../../helpers/use-redis.js";

const { client } = await useRedis();

let caches = 0;
const BACKENDS = {
  "in memory": () => ({}),
  "on Redis": () => ({ backend: client, prefix: `many-${++caches}:` }),
};

for (const [where, cacheOptions] of Object.entries(BACKENDS)) {
  describe(where, () => {
    /** A table of users, a cached loader over it, and what the loader was asked for. */
    function setUp(options, answer = (rows) => rows) {
      const table = new Map([1, 2, 3, 4].map((id) => [id, { id, name: `User ${id}` }]));
      const asked = [];
      const cache = new EntityCache({ ...cacheOptions(), logger: recorder().logger });
      const getUsers = cache.many(
        "user",
        options,
      )(async function getUsers(ids) {
        asked.push(ids);
        return answer(ids.map((id) => table.get(id)).filter(Boolean), ids);
      });
      return { cache, table, asked, getUsers };
    }
    /** @param {any[]} rows */
    const names = (rows) => rows.map((row) => row?.name ?? null);

    test("rows come in the order of the ids, whatever the order of the loader's", async () => {
      const { getUsers } = setUp({}, (rows) => rows.reverse());
      assert.deepEqual(names(await getUsers([3, 1, 2])), ["User 3", "User 1", "User 2"]);
    });

    test("an id that two calls ask for anew is loaded once, and neither can change the row of the other", async () => {
      const { getUsers, asked } = setUp({}, (rows) => rows.map((row) => ({ ...row })));
      const change = (row) => {
        assert.deepEqual(row, { id: 1, name: "User 1" });
        row.name = "another";
      };
      await Promise.all([getUsers.one.refresh(1).then(change), getUsers.one.refresh(1).then(change)]);
      for (const ids of asked) assert.deepEqual(ids, [1]);
      assert.deepEqual(names(await getUsers([1])), ["User 1"]);
    });

    test("an id is as its JSON has it, and a row without one is an error of the loader", async () => {
      const date = new Date(0);
      const rows = { 1: { id: { toJSON: () => "1" }, name: "ObjectId" }, [date.toJSON()]: { id: date, name: "date" } };
      const { getUsers } = setUp({}, (_, ids) => ids.map((id) => rows[id]).filter(Boolean));
      assert.deepEqual(names(await getUsers(["1", date.toJSON(), "none"])), ["ObjectId", "date", null]);
      for (const row of [{ name: "Ada" }, { id: null }, { id: {} }, { id: new Date(Number.NaN) }]) {
        const { getUsers: load } = setUp({}, () => [row]);
        await assert.rejects(load([1]), { name: "TypeError", message: /has no id: "id" of the row at 0 is/ });
      }
    });

    test("arguments besides the ids do not reach the loader, and one WARNING says so", async () => {
      const { lines, logger } = recorder();
      const given = [];
      const cache = new EntityCache({ ...cacheOptions(), logger });
      const getUsers = cache.many("user", { keyPrefix: "in" })(async (...args) => {
        given.push(args);
        return args[0].map((id) => ({ id }));
      });
      const warnings = () => lines.filter(([level, line]) => level === "warn" && line.includes("ids alone"));
      await getUsers([1], undefined);
      assert.deepEqual(warnings(), []);
      await getUsers([2], "de");
      await getUsers.one(3, "de");
      assert.equal(warnings().length, 1);
      assert.match(warnings()[0][1], /function "in".*keyPrefix/);
      assert.deepEqual(given, [[[1]], [[2]], [[3]]]);
    });

    test("only what is not cached is asked for", async () => {
      const { getUsers, asked } = setUp();
      await getUsers([1, 2]);
      assert.deepEqual(names(await getUsers([2, 3, 1])), ["User 2", "User 3", "User 1"]);
      assert.deepEqual(asked, [[1, 2], [3]]);
    });

    test("calls of one turn become one run of the loader, each id in it once", async () => {
      const { getUsers, asked } = setUp();
      const [first, second, third] = await Promise.all([getUsers([1, 2]), getUsers([2, 3, 3]), getUsers.one(4)]);
      assert.deepEqual(names(first), ["User 1", "User 2"]);
      assert.deepEqual(names(second), ["User 2", "User 3", "User 3"]);
      assert.equal(third.name, "User 4");
      assert.deepEqual(asked, [[1, 2, 3, 4]]);
    });

    test("the misses of one call become one run of the loader, however their replies come in", async () => {
      const { getUsers, asked, table } = setUp();
      const ids = Array.from({ length: 300 }, (_, id) => id);
      for (const id of ids) table.set(id, { id, name: `User ${id}` });
      await getUsers(ids.filter((id) => id % 3 === 0));
      await getUsers(ids);
      assert.deepEqual(
        asked.map(({ length }) => length),
        [100, 200],
      );
    });

    test("a row that is missing is null, which is cached", async () => {
      const { getUsers, asked } = setUp();
      assert.deepEqual(names(await getUsers([1, 9])), ["User 1", null]);
      assert.deepEqual(names(await getUsers([9])), [null]);
      assert.deepEqual(asked, [[1, 9]]);
    });

    test("an invalidated entity is asked for again, and no other", async () => {
      const { cache, getUsers, table, asked } = setUp();
      await getUsers([1, 2, 9]);
      table.set(2, { id: 2, name: "Alan" });
      assert.equal(await cache.invalidateEntity("user", 2), 1);
      assert.deepEqual(names(await getUsers([1, 2, 9])), ["User 1", "Alan", null]);
      assert.deepEqual(asked, [[1, 2, 9], [2]]);
    });

    test("an entity that comes to be is found by its id or by a created write", async () => {
      const { cache, getUsers, table } = setUp();
      await getUsers([8, 9]);
      table.set(9, { id: 9, name: "Grace" });
      assert.equal(await cache.invalidateEntity("user", 9), 1);
      assert.deepEqual(names(await getUsers([8, 9])), [null, "Grace"]);
      table.set(8, { id: 8, name: "Ada" });
      await cache.invalidates("user", { created: true })(async () => table.get(8))();
      assert.deepEqual(names(await getUsers([8, 9])), ["Ada", "Grace"]);
    });

    test("E7: an id without a row is null, and so a list: it is asked for again when lists are invalidated, and no row is", async () => {
      const { cache, getUsers, table, asked } = setUp();
      await getUsers([1, 8, 9]);
      table.set(9, { id: 9, name: "Grace" });
      assert.equal(await cache.invalidateLists("user"), 2);
      assert.deepEqual(names(await getUsers([1, 8, 9])), ["User 1", null, "Grace"]);
      assert.deepEqual(asked, [
        [1, 8, 9],
        [8, 9],
      ]);
    });

    test("an invalidation while the loader runs keeps its rows from being stored", async () => {
      const table = new Map([[1, "old"]]);
      let release;
      const cache = new EntityCache(cacheOptions());
      const getUsers = cache.many("user")(async function getUsers(ids) {
        const rows = ids.map((id) => ({ id, name: table.get(id) }));
        if (release === undefined) await new Promise((resolve) => (release = resolve));
        return rows;
      });
      const first = getUsers([1]);
      while (release === undefined) await new Promise(setImmediate);
      table.set(1, "new");
      await cache.invalidateEntity("user", 1);
      const second = getUsers([1]);
      release();
      assert.equal((await first)[0].name, "old");
      assert.equal((await second)[0].name, "new");
      assert.equal((await getUsers([1]))[0].name, "new");
    });

    test("an error in place of a row fails that id alone, and is not cached", async () => {
      const failure = new Error("row 2 is locked");
      let isLocked = true;
      const { getUsers, asked } = setUp({}, (rows) => rows.map((row) => (isLocked && row.id === 2 ? failure : row)));
      const results = await Promise.allSettled([1, 2, 3].map((id) => getUsers.one(id)));
      assert.deepEqual(
        results.map(({ status }) => status),
        ["fulfilled", "rejected", "fulfilled"],
      );
      assert.equal(results[1].reason, failure);
      isLocked = false;
      assert.deepEqual(names(await getUsers([1, 2, 3])), ["User 1", "User 2", "User 3"]);
      assert.deepEqual(asked, [[1, 2, 3], [2]]);
    });

    test("an error among fewer rows fails every id without a row, rather than calling it missing", async () => {
      const failure = new Error("half of the table is gone");
      const { getUsers } = setUp({}, (rows) => [rows[0], failure]);
      const results = await Promise.allSettled([1, 2, 3].map((id) => getUsers.one(id)));
      assert.deepEqual(
        results.map(({ status }) => status),
        ["fulfilled", "rejected", "rejected"],
      );
    });

    test("an id whose run is under way holds up no other", async () => {
      let release;
      const isReleased = new Promise((resolve) => (release = resolve));
      const asked = [];
      const getUsers = new EntityCache(cacheOptions()).many("user")(async function getUsers(ids) {
        asked.push(ids);
        if (ids.includes(1)) await isReleased;
        return ids.map((id) => ({ id }));
      });
      const first = getUsers([1]);
      while (asked.length === 0) await new Promise(setImmediate);
      const second = getUsers([1, 2]);
      const third = getUsers.one(3);
      const deadline = performance.now() + 10_000;
      while (asked.flat().length < 3 && performance.now() < deadline) await new Promise(setImmediate);
      assert.deepEqual(asked, [[1], [2, 3]]);
      release();
      assert.deepEqual(await Promise.all([first, second, third]), [[{ id: 1 }], [{ id: 1 }, { id: 2 }], { id: 3 }]);
    });

    test("a loader may answer with a Map, whose ids are compared as text", async () => {
      const failure = new Error("no");
      const { getUsers } = setUp(
        {},
        () =>
          new Map([
            ["1", { name: "Ada" }],
            [2, failure],
            [3, null],
          ]),
      );
      assert.deepEqual(names(await getUsers([1, 3, 4])), ["Ada", null, null]);
      await assert.rejects(getUsers([2]), failure);
    });

    test("a loader that fails fails every id that was asked of it, with the same error", async () => {
      const failure = new Error("down");
      const { getUsers, asked } = setUp({}, () => Promise.reject(failure));
      const results = await Promise.allSettled([getUsers([1, 2]), getUsers.one(3)]);
      assert.deepEqual(
        results.map(({ reason }) => reason),
        [failure, failure],
      );
      await assert.rejects(getUsers([1]), failure);
      assert.deepEqual(asked, [[1, 2, 3], [1]]);
    });

    test("a loader that answers with something else is told of it", async () => {
      const { getUsers } = setUp({}, () => ({ 1: {} }));
      await assert.rejects(getUsers([1]), { name: "TypeError", message: /array of rows or a Map, got an object/ });
    });

    test('42 and "42" are one entry', async () => {
      const { getUsers, asked } = setUp();
      await getUsers([1]);
      assert.deepEqual(names(await getUsers(["1", 1n])), ["User 1", "User 1"]);
      assert.deepEqual(asked, [[1]]);
    });

    test("batchSize bounds what the loader is asked for at once", async () => {
      const { getUsers, asked } = setUp({ batchSize: 3 });
      await getUsers([1, 2, 3, 4]);
      assert.deepEqual(asked, [[1, 2, 3], [4]]);
    });

    test("idField and further entities are found in each row", async () => {
      const cache = new EntityCache(cacheOptions());
      const getMembers = cache.many("member", { idField: "uid", entities: { team: "$.teams[*].id" } })(
        async function getMembers(uids) {
          return uids.map((uid) => ({ uid, teams: [{ id: uid % 2 }] }));
        },
      );
      await getMembers([1, 2, 3]);
      assert.equal(await cache.invalidateEntity("team", 1), 2);
      assert.equal(await cache.invalidateEntity("member", [2]), 1);
    });

    test("it stands for its function: one call, or all, can be dropped", async () => {
      const { cache, getUsers } = setUp();
      await getUsers([1, 2, 3]);
      assert.equal((await getUsers.one.peek(1)).name, "User 1");
      assert.equal(await cache.invalidateKey(getUsers, 1), true);
      assert.equal(await getUsers.one.peek(1), undefined);
      assert.equal(await cache.invalidateFunction(getUsers), 2);
      assert.equal(getUsers.name, "getUsers");
      assert.equal(typeof getUsers.original, "function");
    });

    test("a row is dropped by the id that idField names, and by no other field", async () => {
      const { cache, getUsers } = setUp({ idField: "uid" }, (_rows, ids) => ids.map((uid) => ({ uid, id: 77 })));
      await getUsers([1]);
      assert.equal(await cache.invalidateEntity("user", 77), 0);
      assert.equal(await cache.invalidateEntity("user", 1), 1);
    });

    test("the option key sees no wrapper as its this", async () => {
      const seen = [];
      const { getUsers } = setUp({
        key(id) {
          seen.push(this);
          return id;
        },
      });
      getUsers.one.key(1);
      await getUsers.one.peek(1);
      await getUsers.one(1);
      assert.ok(seen.length >= 3);
      assert.deepEqual(new Set(seen), new Set([undefined]));
      const api = { one: getUsers.one };
      getUsers.one.key.call(api, 1);
      assert.equal(seen.at(-1), api);
    });

    test("no ids need no loader", async () => {
      const { getUsers, asked } = setUp();
      assert.deepEqual(await getUsers([]), []);
      assert.deepEqual(asked, []);
    });

    test("misuse is told at once", async () => {
      const cache = new EntityCache(cacheOptions());
      const loader = async () => [];
      const option = { code: "ERR_CACHEREF_OPTION" };
      assert.throws(() => cache.many()(loader), option);
      assert.throws(() => cache.many("user")("loader"), { code: "ERR_CACHEREF_FUNCTION" });
      assert.throws(() => cache.many("user", { batchSize: 0 })(loader), option);
      assert.throws(() => cache.many("user", { batchSize: 1.5 })(loader), option);
      assert.throws(() => cache.many("user", { idField: ["a", "b"] })(loader), option);
      assert.throws(() => cache.many("user", { entities: "auto" })(loader), option);
      assert.throws(() => cache.many("user", { ttll: 1 })(loader), option);
      const getUsers = cache.many("user")(loader);
      await assert.rejects(getUsers(1), { code: "ERR_CACHEREF_IDS" });
      await assert.rejects(getUsers([1, null]), { code: "ERR_CACHEREF_ENTITY_ID" });
    });
  });
}
