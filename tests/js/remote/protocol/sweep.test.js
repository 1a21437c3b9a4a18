// How a sweep, and the walk through a large index, end although the servers change all the while.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Layout } from "../../../../js/remote/protocol/layout.js";
import { SharedIndexes } from "../../../../js/remote/protocol/shared-indexes.js";
import { wholePass } from "../../../../js/remote/protocol/sweep.js";

const GIVEN_UP = { code: "ERR_CACHEREF_TOPOLOGY" };

/** Servers whose state is another one at each look. */
function restless() {
  let looks = 0;
  return /** @type {any} */ ({
    topology: async () => ({ text: String(looks++), isMoving: false, isWhole: true }),
  });
}

test("a sweep is given up after 20 passes when the servers change during each", async () => {
  let passes = 0;
  const sweeping = wholePass(restless(), { now: () => 0, waitMs: 100 }, async () => {
    passes += 1;
  });
  await assert.rejects(sweeping, GIVEN_UP);
  assert.equal(passes, 20);
});

test("a sweep begins no pass after ten time-outs", async () => {
  let now = 0;
  let passes = 0;
  const sweeping = wholePass(restless(), { now: () => now, waitMs: 100 }, async () => {
    passes += 1;
    now += 400;
  });
  await assert.rejects(sweeping, GIVEN_UP);
  assert.equal(passes, 3);
});

test("a pass that takes longer than ten time-outs counts when the servers are the same before and after", async () => {
  let now = 0;
  let passes = 0;
  const calm = /** @type {any} */ ({ topology: async () => ({ text: "", isMoving: false, isWhole: true }) });
  await wholePass(calm, { now: () => now, waitMs: 100 }, async () => {
    passes += 1;
    now += 100_000;
  });
  assert.equal(passes, 1);
});

test("a walk through an index is given up when its server is another run at each page", async () => {
  let pages = 0;
  const port = /** @type {any} */ ({
    can: { scripts: true },
    request: async () => [["member"], "7", "lock", `run ${pages++}`],
  });
  const layout = new Layout("app:", /** @type {any} */ ({ isCluster: true, keyPrefix: "" }), undefined);
  const walk = async () => {
    for await (const _ of new SharedIndexes(port, layout, Date.now).walk("app:e:user:1"));
  };
  await assert.rejects(walk, GIVEN_UP);
  assert.equal(pages, 22);
});
