// `npx cacheref` as the tarball installs it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { install, manifest } from "../package/install.js";

test("npx cacheref is there, and says what it needs", () => {
  const folder = install();
  const help = spawnSync("npx", ["--offline", "cacheref", "--help"], { cwd: folder, encoding: "utf8" });
  assert.match(help.stdout, /^Usage: npx cacheref/);
  assert.equal(help.status, 0);
  const version = spawnSync("npx", ["--offline", "cacheref", "--version"], { cwd: folder, encoding: "utf8" });
  assert.equal(version.stdout, `${manifest.version}\n`);
  const stats = spawnSync("npx", ["--offline", "cacheref", "stats"], { cwd: folder, encoding: "utf8" });
  assert.match(stats.stderr, /npm install ioredis/);
  assert.equal(stats.status, 2);
});
