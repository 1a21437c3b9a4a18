// What two tools that know packaging mistakes say of the tarball.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { root, tarball } from "./install.js";

/**
 * @param {string} tool
 * @param {...string} args
 */
function run(tool, ...args) {
  return spawnSync(join(root, "node_modules/.bin", tool), args, { cwd: root, encoding: "utf8" });
}

test("publint has no objection", () => {
  const { status, stdout, stderr } = run("publint", "run", tarball, "--strict");
  assert.equal(status, 0, stdout + stderr);
});

test("attw finds the types that belong to each entry and each way to load it", () => {
  // The module and the manifest are files to be read, not code with types.
  const excluded = ["--exclude-entrypoints", "cacheref.wasm", "package.json"];
  // node16: subpaths need a resolver that knows `exports`.
  const { status, stdout, stderr } = run("attw", tarball, "--profile", "node16", ...excluded);
  assert.equal(status, 0, stdout + stderr);
});
