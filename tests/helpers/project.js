// A user's project in a folder of its own: the packed tarball is its `cacheref`, other packages are ours.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The tarball that `make pack` has made. */
export function tarball() {
  const { version } = JSON.parse(readFileSync(join(root, "pkg-template/package.json"), "utf8"));
  const name = `cacheref-${version}.tgz`;
  if (!readdirSync(root).includes(name)) throw new Error(`there is no ${name}: run 'make pack' first`);
  return join(root, name);
}

/**
 * @param {Record<string, string>} files path to content
 * @param {string[]} [packages] names of packages of the repository's node_modules that the project uses as well
 * @returns {{ folder: string, remove: () => void }}
 */
export function makeProject(files, packages = []) {
  const folder = mkdtempSync(join(tmpdir(), "cacheref-project-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "cacheref"), { recursive: true });
  execFileSync("tar", ["-xzf", tarball(), "--strip-components=1", "-C", join(modules, "cacheref")]);
  for (const name of packages) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
