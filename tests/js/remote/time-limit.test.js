// The time limits of operations: one timer for many, and a timer for each.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { OwnTimers, SharedTimer } from "../../../js/remote/time-limit.js";

/** What a process of its own prints. @param {string} code */
const runAlone = (code) =>
  execFileSync(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import { OwnTimers, SharedTimer } from "${new URL("../../../js/remote/time-limit.js", import.meta.url)}"; ${code}`,
    ],
    { encoding: "utf8", timeout: 10_000 },
  );

for (const Kind of [SharedTimer, OwnTimers]) {
  test(`${Kind.name}: what does not end is told so, in the order in which it began`, async () => {
    const limit = new Kind(5);
    /** @type {number[]} */
    const told = [];
    const begin = (/** @type {number} */ n) =>
      new Promise((resolve) => {
        const limited = limit.begin(() => {
          told.push(n);
          assert.equal(limit.end(limited), false, "it was told that it is late");
          resolve(n);
        });
      });
    await Promise.all([begin(1), begin(2), begin(3).then(() => begin(4))]);
    assert.deepEqual(told, [1, 2, 3, 4]);
  });

  test(`${Kind.name}: what ends in time is told nothing, whichever of several it is`, async () => {
    const limit = new Kind(5);
    for (const inTime of [0, 1, 2]) {
      /** @type {number[]} */
      const told = [];
      await new Promise((resolve) => {
        const begun = [0, 1, 2].map((n) => limit.begin(() => told.push(n) === 2 && resolve(undefined)));
        assert.equal(limit.end(begun[inTime]), true);
        assert.equal(limit.end(begun[inTime]), false, "it has ended before");
      });
      assert.deepEqual(
        told,
        [0, 1, 2].filter((n) => n !== inTime),
      );
    }
  });

  test(`${Kind.name}: a process waits for what is under way, and for nothing else`, () => {
    const run = (/** @type {string} */ code) => runAlone(code.replace("KIND", Kind.name));
    assert.equal(run('new KIND(20).begin(() => console.log("late"))'), "late\n");
    assert.equal(
      run("const limit = new KIND(60_000); for (let i = 0; i < 3; i++) limit.end(limit.begin(() => {}))"),
      "",
    );
  });
}

test("SharedTimer: one timer serves what begins while others run out", () => {
  const timers = runAlone(`
    const limit = new SharedTimer(20);
    limit.begin(() => {
      limit.begin(() => {});
      setImmediate(() => console.log(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length));
    });
    const begun = performance.now();
    while (performance.now() < begun + 5);
    limit.begin(() => {});
  `);
  assert.equal(timers, "1\n");
});

test("SharedTimer: what begins late has all its time, though the timer was set for what has ended since", async () => {
  const limit = new SharedTimer(20);
  limit.end(limit.begin(() => {}));
  await new Promise((resolve) => setTimeout(resolve, 15));
  const begun = performance.now();
  await new Promise((resolve) => limit.begin(() => resolve(undefined)));
  assert.ok(performance.now() - begun >= 19);
});
