// A test that fakes timers moves the time of a cache, made before or after, and never makes it hang.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, mock, test } from "node:test";
import { EntityCache } from "../../../js/entries/node.js";
import { SharedTimer } from "../../../js/remote/time-limit.js";
import { recorder } from "../../helpers/cache.js";
import { fakeTimers } from "../../helpers/fake-timers.js";
import { mapBackend } from "../../helpers/map-backend.js";

const { logger } = recorder();

/** How tests move time. @type {Record<string, () => { advance: (ms: number) => unknown, uninstall: () => void }>} */
const FAKES = {
  "sinon, Jest and Vitest": fakeTimers,
  "node:test": () => {
    mock.timers.enable({ apis: ["setTimeout", "setImmediate", "Date"], now: Date.now() });
    return {
      async advance(ms) {
        mock.timers.tick(ms);
        await Promise.resolve();
      },
      uninstall: () => mock.timers.reset(),
    };
  },
};

/** A cache and a counted function. @param {any} [backend] */
function counted(backend) {
  const seen = { runs: 0 };
  const cache = new EntityCache({ backend, ttl: 60, logger });
  const getUser = cache("user")(async function getUser(/** @type {number} */ id) {
    seen.runs += 1;
    return { id };
  });
  return { cache, getUser, seen };
}

for (const [kind, fake] of Object.entries(FAKES)) {
  describe(`with the fake timers of ${kind}`, () => {
    test("entries end by the faked time, whether the cache was made before or after", async () => {
      const early = counted();
      await early.getUser(1);
      const clock = fake();
      try {
        for (const { getUser, seen } of [early, counted()]) {
          await getUser(2);
          seen.runs = 0;
          await getUser(2);
          assert.equal(seen.runs, 0);
          await clock.advance(61_000);
          await getUser(2);
          assert.equal(seen.runs, 1);
        }
      } finally {
        clock.uninstall();
      }
    });

    test("Date.now may be replaced alone", async (context) => {
      const { getUser, seen } = counted();
      await getUser(1);
      const later = Date.now() + 61_000;
      context.mock.method(Date, "now", () => later);
      await getUser(1);
      assert.equal(seen.runs, 2);
    });

    for (const [about, backend] of Object.entries({ "in memory": () => undefined, "on a backend": mapBackend })) {
      test(`a batch runs ${about}`, async () => {
        const clock = fake();
        try {
          const cache = new EntityCache({ backend: backend(), logger });
          /** @type {unknown[][]} */
          const asked = [];
          const getUsers = cache.many("user")(async function getUsers(/** @type {number[]} */ ids) {
            asked.push(ids);
            return ids.map((id) => ({ id }));
          });
          assert.deepEqual(await Promise.all([getUsers([1, 2]), getUsers.one(3)]), [[{ id: 1 }, { id: 2 }], { id: 3 }]);
          assert.deepEqual(asked, [[1, 2, 3]]);
        } finally {
          clock.uninstall();
        }
      });
    }

    test("a time limit ends by the faked time, and by the real one when that is back", async () => {
      const limit = new SharedTimer(1000);
      /** @type {string[]} */
      const late = [];
      const begin = (/** @type {string} */ name) => limit.begin(() => late.push(name));
      limit.end(begin("in time"));
      begin("real");
      const clock = fake();
      begin("fake");
      try {
        await clock.advance(999);
        assert.deepEqual(late, []);
        // Not every fake has a clock for `performance.now`, so one limit may end a moment after the other.
        for (const _ of [1, 2]) await clock.advance(1);
        assert.deepEqual(late, ["real", "fake"]);
        begin("left behind");
      } finally {
        clock.uninstall();
      }
      const real = mock.method(globalThis, "setTimeout", (/** @type {() => void} */ callback) =>
        setImmediate(callback),
      );
      begin("after");
      for (const _ of [1, 2, 3]) await new Promise((resolve) => setImmediate(resolve));
      real.mock.restore();
      assert.deepEqual(late.slice(2), ["left behind", "after"]);
    });
  });
}

test("a batch runs where timers were fake before the package was loaded", () => {
  const file = (/** @type {string} */ path) => JSON.stringify(new URL(path, import.meta.url).href);
  const code = `
    import { fakeTimers } from ${file("../../helpers/fake-timers.js")};
    fakeTimers();
    const { EntityCache } = await import(${file("../../../js/entries/node.js")});
    const getUsers = new EntityCache().many("user")(async (ids) => ids.map((id) => ({ id })));
    console.log(JSON.stringify(await Promise.all([getUsers([1, 2]), getUsers([3])])));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    timeout: 20_000,
  });
  assert.equal(printed.trim(), '[[{"id":1},{"id":2}],[{"id":3}]]');
});
