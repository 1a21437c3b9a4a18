// A server that refuses a value: no index is left that lists it.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { connectTo, makeProcess } from "../helpers/protocol.js";
import { useRedis } from "../helpers/use-redis.js";

const { client, server } = await useRedis();

/** What a server refuses. A script may not run a command that its user may not run. */
const REFUSED = /** @type {const} */ ({ script: ["set"], plain: ["set", "rename"], scriptless: ["set", "rename"] });
/** More entities than one script stores: then the script form stores under a mark too. */
const MANY = Array.from({ length: 400 }, (_, id) => id);

for (const [form, commands] of Object.entries(REFUSED)) {
  for (const command of commands) {
    describe(`${form} form, a server that refuses ${command}`, () => {
      /** @type {ReturnType<typeof makeProcess>} */
      let allowed;
      /** @type {ReturnType<typeof makeProcess>} */
      let refused;
      beforeEach(async () => {
        await client.flushall();
        await client.call("ACL", "SETUSER", "limited", "reset", "on", ">pass", "~*", "&*", "+@all", `-${command}`);
        allowed = makeProcess(client, /** @type {any} */ (form));
        const limited = connectTo(server.port, { username: "limited", password: "pass" });
        refused = makeProcess(limited, /** @type {any} */ (form));
      });
      afterEach(() => refused.client.disconnect());

      /** @param {Parameters<ReturnType<typeof makeProcess>["store"]>[1]} what */
      const fail = async (what) => {
        await assert.rejects(refused.store(await refused.log.position(), what), /NOPERM|can't run this command|ACL/);
        await refused.settled();
      };

      for (const [about, ttlMs] of /** @type {const} */ ([
        ["for good", 0],
        ["for a minute", 60_000],
      ])) {
        for (const [size, ids] of /** @type {const} */ ([
          ["two entities", [7, 8]],
          ["many entities", MANY],
        ])) {
          test(`no index is left when its value could not be stored ${about}, with ${size}`, async () => {
            await fail({ id: 1, ids: [...ids], ttlMs });
            assert.deepEqual((await client.keys("*")).sort(), ["app:log"]);
          });
        }
      }

      test("the indexes keep the other values that they list, and the value that the key had", async () => {
        for (const id of [1, 2]) await allowed.store(await allowed.log.position(), { id, ids: [7, id] });
        await allowed.settled();
        await fail({ id: 1, ids: [7, 1] });
        assert.deepEqual((await client.smembers("app:e:user:7")).sort(), ["app:c:get:[1]", "app:c:get:[2]"]);
        assert.equal(await allowed.protocol.invalidate(["e:user:1"]), 1);
        assert.equal(await allowed.protocol.invalidate(["e:user:7"]), 1);
      });
    });
  }
}
