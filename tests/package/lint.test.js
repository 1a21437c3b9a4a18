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

test("attw finds the types that belong to each entry", () => {
  // esm-only: there is no CommonJS build, so that there is one class and one cache; `require` loads the same files.
  // The module and the manifest are files to be read, not code with types.
  const excluded = ["--exclude-entrypoints", "cacheref.wasm", "package.json"];
  const { status, stdout, stderr } = run("attw", tarball, "--profile", "esm-only", ...excluded);
  assert.equal(status, 0, stdout + stderr);
});
