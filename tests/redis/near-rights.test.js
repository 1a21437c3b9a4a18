// A user of Redis (ACL) who may not do what a near cache needs: one WARNING, the near cache stays off, and calls and
// invalidations go on as without it.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Redis } from "ioredis";
import { makeCache } from "../helpers/cache.js";
import { turn } from "../helpers/near.js";
import { until } from "../helpers/until.js";
import { useRedis } from "../helpers/use-redis.js";

const { client, server } = await useRedis();
beforeEach(() => client.flushall());
/** @type {(() => unknown)[]} */
const ends = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** @type {[string, string[], RegExp][]} */
const FORBIDDEN = [
  ["HSET", ["-hset"], /the near cache cannot begin: .*can't run this command|the near cache cannot begin: .*hset/i],
  ["scripts", ["-eval", "-evalsha"], /the near cache cannot begin: .*eval/i],
  ["XREAD", ["-xread"], /the near cache cannot begin: .*xread/i],
];

for (const [what, rules, message] of FORBIDDEN) {
  test(`a user who may not use ${what} gets one WARNING, and is served by Redis`, async () => {
    const name = `limited-${what.replaceAll(" ", "-")}`;
    await client.call("ACL", "SETUSER", name, "on", ">secret", "~*", "+@all", ...rules);
    const limited = new Redis(server.port, { username: name, password: "secret" });
    const cache = makeCache(limited, { near: { lease: "100ms" } });
    ends.push(
      () => cache.close(),
      () => limited.disconnect(),
    );
    let version = 0;
    const get = cache("user", { keyPrefix: "get" })(async () => ({ id: 1, version }));
    await get();
    await until(() => cache.lines.some(([, line]) => message.test(line)));
    for (let round = 0; round < 5; round++) {
      version += 1;
      await cache.invalidateEntity("user", 1);
      assert.deepEqual(await get(), { id: 1, version });
      for (let turns = 0; turns < 100; turns++) await turn();
    }
    const { isServing, hits, entries } = cache.stats().near;
    assert.deepEqual({ isServing, hits, entries }, { isServing: false, hits: 0, entries: 0 });
    const told = cache.lines.filter(([level, line]) => level !== "debug" && line.includes("near"));
    assert.deepEqual(
      told.map(([level]) => level),
      ["warn"],
    );
    assert.equal(await client.hlen("app:near"), 0, "no invalidation waits for it");
  });
}
