// tests/chaos/run.js: what it says about a run, and about bad input.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { verdict } from "../chaos/run-scenario.js";
import { SCENARIOS } from "../chaos/scenarios/index.js";

const PROGRAM = fileURLToPath(new URL("../chaos/run.js", import.meta.url));
const run = (/** @type {string[]} */ ...args) => spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8" });
const [normal] = SCENARIOS.filter(({ name }) => name === "normal");
const sound = { operations: 9, races: 3, hits: 2, old: 0, excused: 0, hangs: 0, broken: 0, faults: 0, longestMs: 1 };

test("a run without an old read passes", () => {
  assert.equal(verdict(normal, sound), undefined);
});

for (const [what, figures] of Object.entries({
  "1 old reads": { old: 1 },
  "1 hangs": { hangs: 1 },
  "1 calls or workers failed": { broken: 1 },
  "no run overlapped an invalidation of its entity: the run has shown nothing": { races: 0 },
  "no call was a hit: the run has shown nothing": { hits: 0 },
})) {
  test(`a run fails with: ${what}`, () => {
    assert.equal(verdict(normal, { ...sound, ...figures }), what);
  });
}

test("the run without the check fails unless it finds old reads", () => {
  const unchecked = { ...normal, mustFind: true };
  assert.match(verdict(unchecked, sound) ?? "", /no old read was found/);
  assert.equal(verdict(unchecked, { ...sound, old: 1 }), undefined);
});

test("every scenario has a name of its own", () => {
  const names = SCENARIOS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test("docs/guarantee.md names the bounds within which old reads are excused", () => {
  const guarantee = readFileSync(new URL("../../docs/guarantee.md", import.meta.url), "utf8").replaceAll(/\s+/g, " ");
  const boundOf = (/** @type {string} */ name) =>
    /served for ([\d.]+ s) after it/.exec(SCENARIOS.find((scenario) => scenario.name === name)?.about ?? "")?.[1];
  assert.ok(guarantee.includes(`none later than ${boundOf("kill-older-rdb")} after the restart`));
  assert.ok(guarantee.includes(`no old value later than ${boundOf("sentinel-failover")} after the new primary`));
});

test("--list names every scenario, --help says the options", () => {
  const { stdout } = run("--list");
  for (const { name } of SCENARIOS) assert.match(stdout, new RegExp(`^${name} `, "m"));
  assert.match(run("--help").stdout, /--seconds n/);
});

for (const args of [["nothing"], ["--seconds", "0"], ["--unknown"]]) {
  test(`${args.join(" ")} is refused in one line`, () => {
    const { status, stderr } = run(...args);
    assert.equal(status, 2);
    assert.match(stderr, /^chaos: .*\n$/);
  });
}
