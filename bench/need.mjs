// Says in one line what a measurement lacks, before the first one begins.
import { existsSync } from "node:fs";

/** Ends the program where the packages of a bench folder or its core are missing. @param {string} folder with a slash */
export function requireParts(folder) {
  const missing = [
    ["../js/core/glue.js", "the core: run `make build`"],
    ["node_modules/.package-lock.json", "its packages: run `npm ci` in it, or `make bench`"],
  ].find(([file]) => !existsSync(folder + file));
  if (missing === undefined) return;
  console.error(`bench: ${folder} lacks ${missing[1]}`);
  process.exit(2);
}
