// The command line as the tests start it.
import { mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

export const program = join(root, "js/cli/main.js");

/** A folder in which one client package is installed. @param {string} installed @param {string} [name] what it is called there */
export function folderWith(installed, name = installed) {
  const folder = mkdtempSync(join(tmpdir(), "cacheref-cli-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(root, "node_modules", installed), join(folder, "node_modules", name));
  return folder;
}
