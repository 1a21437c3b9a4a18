/** A project of its own with the packed tarball in its node_modules, as a user has it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const manifest = JSON.parse(readFileSync(join(root, "pkg-template/package.json"), "utf8"));
export const tarball = join(root, `cacheref-${manifest.version}.tgz`);

/**
 * Installs the tarball into a fresh folder, which is removed when the process exits. There is nothing to download,
 * because the package has no dependencies: hence --offline.
 */
export function install() {
  const folder = mkdtempSync(join(tmpdir(), "cacheref-package-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  execFileSync("npm", ["install", "--silent", "--offline", "--no-audit", tarball], { cwd: folder });
  return folder;
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {string} source
 */
export function write(folder, name, source) {
  writeFileSync(join(folder, name), source);
  return join(folder, name);
}
