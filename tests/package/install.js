/** A project of its own with the packed tarball in its node_modules, as a user has it. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const manifest = JSON.parse(readFileSync(join(root, "pkg-template/package.json"), "utf8"));
export const tarball = join(root, `cacheref-${manifest.version}.tgz`);

/** A folder that is removed when the process exits. */
function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "cacheref-package-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Installs the tarball into a fresh folder. There is nothing to download, because it has no dependencies: --offline. */
export function install() {
  const folder = makeFolder();
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  execFileSync("npm", ["install", "--silent", "--offline", "--no-audit", tarball], { cwd: folder });
  return folder;
}

/** Copies an example into a fresh folder, and installs there what it depends on, with the tarball. @param {string} name */
export function installExample(name) {
  const folder = makeFolder();
  const example = join(root, "examples", name);
  cpSync(example, folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
  const flags = ["--no-save", "--no-package-lock", "--prefer-offline", "--no-audit", "--no-fund"];
  execFileSync("npm", ["install", ...flags, tarball], { cwd: folder, stdio: "pipe" });
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
