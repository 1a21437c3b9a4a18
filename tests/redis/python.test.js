// The Python library on the same prefix, played by the commands that it sends: either side drops what the other stored.
// Its DEL of a whole index can take the membership of a value that another writer stores at that very moment, and it
// writes no log: these are races of its own, which nothing here can close.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, test } from "node:test";
import { makeCache } from "../helpers/cache.js";
import { counted } from "../helpers/functions.js";
import { useRedis } from "../helpers/use-redis.js";

const { client: redis } = await useRedis();

const HASH = "b9a08a92b9acce11d0d18cff20edc65d";

/**
 * The library of one layout.
 * @param {boolean} isNewer
 * @param {string} prefix
 * @param {any} [client]
 */
function library(isNewer, prefix, client = redis) {
  const keyOf = (/** @type {string} */ member) => (isNewer ? prefix + member : member);
  const indexOf = (/** @type {string} */ entity) => `${prefix}${isNewer ? "entity" : "e"}:${entity}`;
  const callOf = (/** @type {string} */ call) => `${isNewer ? "cache:" : `${prefix}c:`}${call}`;
  return {
    /** @param {string} call @param {unknown} value @param {string[]} entities */
    async store(call, value, entities, ttl = 3600) {
      await client.setex(keyOf(callOf(call)), ttl, JSON.stringify(value));
      for (const entity of entities) {
        const left = isNewer ? await client.ttl(indexOf(entity)) : -2;
        await client.sadd(indexOf(entity), callOf(call));
        if (left < 0 || ttl + 300 > left) await client.expire(indexOf(entity), ttl + 300);
      }
    },
    /** @param {string} call */
    get: (call) => client.get(keyOf(callOf(call))),
    /** @param {string} entity */
    async invalidateEntity(entity) {
      const members = await client.smembers(indexOf(entity));
      for (const member of members) await client.del(keyOf(member));
      await client.del(indexOf(entity));
      return members.length;
    },
    /** @param {string} name */
    invalidateFunction: (name) => drop(keyOf(callOf(`${name}:*`))),
    /** @param {string} call */
    invalidateKey: (call) => client.del(keyOf(callOf(call))),
    invalidateAll: () => drop(`${prefix}*`),
    keyOf: (/** @type {string} */ call) => keyOf(callOf(call)),
    indexOf,
  };

  /** @param {string} pattern */
  async function drop(pattern) {
    const keys = await client.keys(pattern);
    return keys.length === 0 ? 0 : client.del(...keys);
  }
}

const recorded = JSON.parse(readFileSync(new URL("../vectors/python-commands.json", import.meta.url), "utf8"));

for (const [version, isNewer, prefix] of /** @type {const} */ ([
  ["bdd94ca", false, "app:"],
  ["687952f", true, "app:"],
  ["687952f", true, ""],
])) {
  describe(`the library of ${version}, prefix ${JSON.stringify(prefix)}`, () => {
    const python = library(isNewer, prefix);
    /** @type {ReturnType<typeof makeCache>} */
    let cache;
    afterEach(() => cache.close());
    beforeEach(async () => {
      await redis.flushall();
      cache = makeCache(redis, { prefix, python: version });
    });
    const CALL = `svc.get_user:${HASH}`;

    const testIf = (/** @type {boolean} */ does) => (does ? test : () => {});

    testIf(prefix !== "")("what is played here are its commands", async () => {
      /** @type {unknown[][]} */
      let sent = [];
      /** @type {Record<string, unknown>} */
      const replies = {
        smembers: [isNewer ? `cache:${CALL}` : `app:c:${CALL}`],
        keys: [python.keyOf(CALL)],
        ttl: -2,
        del: 1,
      };
      const recorder = new Proxy(
        {},
        {
          get:
            (_, name) =>
            async (/** @type {unknown[]} */ ...args) => {
              sent.push([name === "del" ? "delete" : String(name), ...args]);
              return replies[String(name)];
            },
        },
      );
      const played = library(isNewer, "app:", recorder);
      const steps = recorded[isNewer ? "0313409" : "bdd94ca"];
      /** @type {Record<string, () => Promise<unknown>>} */
      const acts = {
        "get_user(42)": async () => {
          await played.get(CALL);
          await played.store(CALL, { id: 42, from: "python" }, ["user:42"]);
        },
        'invalidate_entity("user", 42)': () => played.invalidateEntity("user:42"),
        'invalidate_function("svc.get_user")': () => played.invalidateFunction("svc.get_user"),
        'invalidate_key("svc.get_user", 42)': () => played.invalidateKey(CALL),
        "invalidate_all()": () => played.invalidateAll(),
      };
      assert.deepEqual(Object.keys(steps), Object.keys(acts));
      for (const [name, act] of Object.entries(acts)) {
        sent = [];
        await act();
        // Python writes a space after a colon and a comma of JSON.
        const expected = steps[name].map((/** @type {any[]} */ command) =>
          command[0] === "setex" ? [...command.slice(0, 3), JSON.stringify(JSON.parse(command[3]))] : command,
        );
        assert.deepEqual(sent, expected, name);
      }
    });

    test("its invalidate_entity drops what we have stored", async () => {
      const load = counted(async (/** @type {number} */ id) => [{ id }, { id: id + 1 }]);
      const get = cache("user", { keyPrefix: "get" })(load);
      await get(1);
      await get(2);
      await get(1);
      assert.equal(load.runs, 2);
      assert.ok((await python.invalidateEntity("user:2")) >= 2);
      await get(1);
      await get(2);
      assert.equal(load.runs, 4);
      assert.equal(await cache.invalidateEntity("user", 2), 2);
      assert.equal(await cache.invalidateLists("user"), 0);
    });

    test("its invalidate_function, invalidate_key and invalidate_all drop what we have stored", async () => {
      const load = counted(async (/** @type {number} */ id) => ({ id }));
      const get = cache("user", { keyPrefix: "svc.get_user", keyFormat: "python" })(load);
      const dropAll = () => python.invalidateAll();
      for (const drop of [() => python.invalidateFunction("svc.get_user"), () => python.invalidateKey(CALL), dropAll]) {
        await get(42);
        const { runs } = load;
        assert.ok((await drop()) > 0);
        await get(42);
        assert.equal(load.runs, runs + 1);
        // Where the log is gone, data is lost: what was stored meanwhile is dropped once.
        if (drop === dropAll) await get(42);
        const again = load.runs;
        await get(42);
        assert.equal(load.runs, again, "and it is stored anew, though the log may be gone");
      }
    });

    test("our invalidations drop what it has stored", async () => {
      const fill = () => python.store(CALL, { id: 42 }, ["user:42"]);
      await fill();
      assert.equal(await cache.invalidateEntity("user", 42), 1);
      await fill();
      assert.equal(await cache.invalidateFunction("svc.get_user"), 1);
      await fill();
      await python.store("svc.get_all:noargs", [], []);
      assert.equal(await cache.invalidateAll(), 2);
      assert.deepEqual(await redis.keys("*"), [`${prefix}${isNewer ? "cacheref:" : ""}log`]);
    });

    testIf(prefix === "")("our invalidations leave the keys of others", async () => {
      await redis.set("other", "1");
      await redis.sadd("e:user:1", "c:x");
      await python.store(CALL, { id: 42 }, ["user:42"]);
      assert.equal(await cache.invalidateAll(), 1);
      assert.deepEqual((await redis.keys("*")).sort(), ["cacheref:log", "e:user:1", "other"]);
    });

    test("with its key format both share entries, and each drops them for both", async () => {
      const load = counted(async (/** @type {number} */ id) => ({ id, from: "javascript" }));
      const get = cache("user", { keyPrefix: "svc.get_user", keyFormat: "python" })(load);
      assert.equal(get.key(42), python.keyOf(CALL));
      await python.store(CALL, { id: 42, from: "python" }, ["user:42"]);
      assert.deepEqual(await get(42), { id: 42, from: "python" });
      assert.equal(await cache.invalidateEntity("user", 42), 1);
      assert.deepEqual(await get(42), { id: 42, from: "javascript" });
      assert.deepEqual(JSON.parse(String(await python.get(CALL))), { id: 42, from: "javascript" });
      assert.equal((await cache.explain("user", 42))[0].key, python.keyOf(CALL));
      assert.ok((await python.invalidateEntity("user:42")) >= 1);
      assert.equal(await get.peek(42), undefined);
      await python.store(CALL, { id: 42, from: "python" }, ["user:42"]);
      assert.equal(await get.invalidate(42), true);
      assert.equal(await python.get(CALL), null);
    });

    test("an index that both have written to loses the expiry that it has from there", async () => {
      const get = cache("user", { keyPrefix: "get", ttl: "1d" })(async (/** @type {number} */ id) => ({ id }));
      await python.store(CALL, { id: 42 }, ["user:42"], 60);
      await get(42);
      assert.equal(await redis.ttl(python.indexOf("user:42")), -1);
      assert.equal(await cache.invalidateEntity("user", 42), 2);
    });

    test("several entity types, or a list, in Python's format: one WARNING says that strict is needed", async () => {
      const warnings = () => cache.lines.filter(([level]) => level === "warn").map(([, message]) => message);
      const options = { keyFormat: "python" };
      await cache("user", { ...options, keyPrefix: "one" })(async (/** @type {number} */ id) => ({ id }))(1);
      assert.deepEqual(warnings(), []);
      const list = cache("user", { ...options, keyPrefix: "list" })(async (/** @type {number} */ id) => [{ id }]);
      const several = cache({ ...options, keyPrefix: "several", entities: { user: "$.user.id", org: "$.id" } })(
        async (/** @type {number} */ id) => ({ id, user: { id } }),
      );
      for (const id of [1, 2]) await Promise.all([list(id), several(id)]);
      assert.deepEqual(
        warnings().map((message) => /"(\w+)".*; use the option strict$/.exec(message)?.[1]),
        ["list", "several"],
      );
    });

    test("strict does not serve what Python has listed under one type only", async () => {
      const strict = makeCache(redis, { prefix, python: version, strict: true });
      const options = { keyPrefix: "svc.get_user", keyFormat: "python", entities: { user: "$.user.id", org: "$.id" } };
      const get = strict(options)(async (/** @type {number} */ id) => ({ id, user: { id }, from: "javascript" }));
      await python.store(CALL, { id: 42, user: { id: 42 }, from: "python" }, ["user:42"]);
      assert.equal((await get(42)).from, "javascript");
      assert.equal(await strict.invalidateEntity("org", 42), 1);
      await strict.close();
    });
  });
}
