// Whatever a backend does wrong: the function runs once, its result comes back, and what was invalidated stays so.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { chaosBackend, FAILURES } from "../../js/testing/chaos.js";
import { makeCache } from "../helpers/cache.js";
import { counted } from "../helpers/functions.js";
import { mapBackend } from "../helpers/map-backend.js";
import { until } from "../helpers/until.js";
import { useRedis } from "../helpers/use-redis.js";

const { client: redis } = await useRedis();

/** What a backend of each kind is called by. */
const KINDS = {
  "the required methods alone": {
    methods: ["get", "set", "setex", "delete", "keys", "sadd", "smembers", "expire", "*"],
    make: async () => mapBackend(),
  },
  "a Redis client": {
    methods: ["call", "pipeline", "*"],
    make: async () => {
      await redis.flushall();
      return redis;
    },
  },
};

for (const [kind, { methods, make }] of Object.entries(KINDS)) {
  /** @type {string[][]} */
  const table = [];
  after(() => console.log(`\n${kind}\n${format([["method", "failure", "calls", "invalidation", "told"], ...table])}`));

  for (const method of methods) {
    for (const failure of FAILURES) {
      test(`${kind}: ${method} meets "${failure}"`, async () => {
        const target = await make();
        const backend = chaosBackend(target);
        const options = { operationTimeout: 25, breaker: { failures: 1000 } };
        const here = makeCache(backend, options);
        const elsewhere = makeCache(target, options);
        let version = 1;
        const load = counted(async (/** @type {number} */ id) => [{ id, version }]);
        const get = here("user", { keyPrefix: "get" })(load);
        const there = elsewhere("user", { keyPrefix: "get" })(load);

        /** A call, which must answer with what the database holds. @param {any} call */
        const check = async (call) => {
          const before = load.runs;
          assert.deepEqual(await call(1), [{ id: 1, version }]);
          assert.ok(load.runs - before <= 1, "the function ran more than once");
          return load.runs - before;
        };

        await check(there);
        backend.chaos.fail(method, failure);
        const runs = [await check(get), await check(get), await check(get.refresh)];
        assert.deepEqual((await get.peek(1)) ?? [{ id: 1, version }], [{ id: 1, version }]);
        const kept = [];
        for (const invalidate of [
          () => here.invalidateEntity("user", 1),
          () => here.invalidateLists("user"),
          () => here.invalidateFunction(get),
          () => get.invalidate(1),
          () => here.invalidateAll(),
        ]) {
          version += 1;
          await invalidate();
          kept.push(here.stats().pending > 0);
          // Whether the backend took it or not: nothing older is served here.
          await check(get);
        }
        backend.chaos.heal();
        backend.chaos.release();
        await until(async () => {
          if (here.stats().pending > 0) await check(get);
          return here.stats().pending === 0;
        }, "what was kept has been applied");
        // What was kept has been applied: nothing older is served anywhere.
        await check(there);
        await check(get);
        // The write of an own backend that never answers may land at any time, so nobody here reads its key.
        const isLate = kind === "the required methods alone" && method === "setex" && failure === "hang";
        // A busy machine may be slower than the short time limit: that is an error of its own, and no miss.
        let [errors, again] = [-1, -1];
        for (; again !== 0 && here.stats().errors > errors; again = await check(get)) errors = here.stats().errors;
        assert.equal(again, isLate ? 1 : 0, "a hit again, unless a write is late");
        await here.close();
        await elsewhere.close();
        table.push([
          method,
          failure,
          runs.every((run, i) => run === (i === 2 ? 1 : 0)) ? "hits" : "ran uncached",
          kept.includes(true) ? "kept, applied later" : "applied",
          ["error", "warn"].filter((level) => here.lines.some(([said]) => said === level)).join(", ") || "-",
        ]);
      });
    }
  }
}

/** @param {string[][]} rows */
function format(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ")).join("\n");
}
