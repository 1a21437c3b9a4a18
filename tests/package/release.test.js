// What npm and cargo say of the packages before they are published. Nothing is sent anywhere.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { manifest, root, tarball } from "./install.js";

test("npm would publish the tarball, and has nothing to correct in it", () => {
  const { status, stdout, stderr } = spawnSync("npm", ["publish", "--dry-run", "--offline", tarball], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  assert.equal(stdout.trim(), `+ cacheref@${manifest.version}`);
  // Who runs the tests is not logged in, and may have settings that npm does not know.
  const warnings = stderr.match(/^npm warn (?!.*(logged in|Unknown user config)).*/gm);
  assert.equal(warnings, null);
});

test("the manifest has npm tell where and of which commit the package was built", () => {
  assert.deepEqual(manifest.publishConfig, { access: "public", provenance: true });
  assert.match(manifest.repository.url, /^git\+https:\/\/github\.com\/.*\.git$/);
});

test("cargo would package the core", () => {
  const words = ["package", "--list", "--allow-dirty", "--offline", "--quiet"];
  const { status, stdout, stderr } = spawnSync("cargo", words, { cwd: root, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const files = stdout.trim().split("\n");
  assert.ok(files.includes("src/lib.rs") && files.includes("LICENSE"), stdout);
  const others = files.filter((file) => !/^(src\/|Cargo\.|\.cargo_vcs|README\.md|LICENSE|CHANGELOG\.md)/.test(file));
  assert.deepEqual(others, []);
});

test("the changelog has a section for the version, or for what is to become it", () => {
  const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  assert.match(
    changelog,
    new RegExp(`^## (Unreleased|${manifest.version.replaceAll(".", "\\.")} \\(\\d{4}-\\d\\d-\\d\\d\\))$`, "m"),
  );
});
