/** The programs that tests/package.json brings, for the platform at hand. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../node_modules", import.meta.url));

/**
 * The program of the one package in a scope that is for this platform.
 * @param {string} scope
 * @param {string} path
 */
function ofScope(scope, path) {
  const folder = join(modules, scope);
  const found = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, path)) : [];
  return found.find((program) => existsSync(program));
}

/** @param {number} major */
export const node = (major) => {
  const program = join(modules, `node-${major}/bin/node`);
  return existsSync(program) ? program : undefined;
};
export const deno = () => ofScope("@deno", "deno");
export const bun = () => ofScope("@oven", "bin/bun");
/** Where Debian's package and others put it. */
export const chromium = () => ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
