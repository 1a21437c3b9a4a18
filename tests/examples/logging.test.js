// The logging example, installed from the tarball as a user would: what comes at which level, on the console and with pino.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, test } from "node:test";
import { installExample } from "../package/install.js";

let folder = "";

before(() => {
  folder = installExample("logging");
});

/** @param {string} script @param {Record<string, string>} [env] */
function run(script, env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  assert.equal(status, 0, stderr);
  return { stdout, stderr };
}

const WARNINGS = [
  /function "getUser": arguments\[0\] is a function, so the call runs uncached/,
  /the backend keeps no streams/,
];
const ERROR = /get of orders:c:getOrder~\w+:\[7\] failed: connect ECONNREFUSED/;

test("on the console: operations on the standard output, what is wrong on the standard error", () => {
  const { stdout, stderr } = run("console.js");
  for (const line of [
    "miss function=getUser key=app:c:getUser:[42]",
    "store function=getUser key=app:c:getUser:[42]",
    "hit function=getUser key=app:c:getUser:[42]",
    "invalidated user 42: 1 cached call dropped",
    "skip function=getUser reason=key",
  ]) {
    assert.ok(stdout.split("\n").includes(`cacheref: ${line}`), `${line} is in\n${stdout}`);
  }
  assert.doesNotMatch(stdout, /undefined|\[object/);
  const said = stderr.trim().split("\n");
  assert.equal(said.length, 3, stderr);
  for (const [i, text] of [...WARNINGS, ERROR].entries()) assert.match(said[i], text);
});

test("with pino: each line at its level, and events with their fields", () => {
  const lines = run("pino.js")
    .stdout.trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const at = (/** @type {number} */ level) => lines.filter((line) => line.level === level);
  assert.deepEqual(
    at(20).map(({ msg, function: name, key }) => [msg, name, key]),
    [
      ["miss", "getUser", "app:c:getUser:[42]"],
      ["store", "getUser", "app:c:getUser:[42]"],
      ["hit", "getUser", "app:c:getUser:[42]"],
      ["invalidate", undefined, undefined],
    ],
  );
  assert.deepEqual(
    at(30).map(({ msg }) => msg),
    ["cacheref: invalidated user 42: 1 cached call dropped"],
  );
  assert.equal(at(40).length, 2);
  for (const [i, text] of WARNINGS.entries()) assert.match(at(40)[i].msg, text);
  assert.equal(at(50).length, 1);
  assert.match(at(50)[0].msg, ERROR);
  assert.equal(lines.length, 8);
});

test("with pino at another level: what is below it is not there", () => {
  const levels = run("pino.js", { LOG_LEVEL: "warn" })
    .stdout.trim()
    .split("\n")
    .map((line) => JSON.parse(line).level);
  assert.deepEqual(levels, [40, 40, 50]);
});
