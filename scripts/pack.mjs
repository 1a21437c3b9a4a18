// @ts-check
/**
 * Puts the published package together in pkg/ and packs it: pkg-template/ + js/ + what scripts/bundle.mjs makes of it + LICENSE + CHANGELOG + the
 * licences of what is compiled in -> cacheref-VERSION.tgz in the repository's folder. js/core must hold a release build
 * (`make pack` sees to it).
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FULL } from "./features.mjs";
import { notices } from "./notices.mjs";
import { run, stop } from "./process.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const pkg = join(root, "pkg");

/** @typedef {{ [condition: string]: string | Exports }} Exports */
/** @type {{ name: string, version: string, exports: Exports }} */
const manifest = JSON.parse(readFileSync(join(root, "pkg-template/package.json"), "utf8"));
const crate = /^version = "(.*)"$/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))?.[1];
if (crate !== manifest.version) {
  stop(`pack: Cargo.toml says version ${crate}, pkg-template/package.json ${manifest.version}: they must agree`);
}
const { VERSION } = await import("../js/messages/shared.js");
if (VERSION !== manifest.version) {
  stop(
    `pack: js/messages/shared.js says version ${VERSION}, pkg-template/package.json ${manifest.version}: they must agree`,
  );
}

rmSync(pkg, { recursive: true, force: true });
mkdirSync(pkg);
cpSync(join(root, "pkg-template"), pkg, { recursive: true });
cpSync(join(root, "js"), join(pkg, "js"), { recursive: true, filter: isShipped });
for (const file of ["LICENSE", "CHANGELOG.md"]) cpSync(join(root, file), join(pkg, file));
writeFileSync(join(pkg, "THIRD-PARTY.md"), notices(root, "wasm32-unknown-unknown", FULL));
// Here, because it needs the packages, and a wrong version is to be said without them.
await (await import("./bundle.mjs")).bundle(pkg);

const missing = filesOf(manifest.exports).filter((file) => !existsSync(join(pkg, file)));
if (missing.length > 0) stop(`pack: the manifest exports what is not there: ${missing.join(", ")}`);

run("npm", ["pack", "--silent", "--pack-destination", root, pkg], { cwd: root });

/**
 * Not the stamp of the build, nor the types of the core, which nobody imports directly.
 * @param {string} file
 */
function isShipped(file) {
  if (basename(file).startsWith(".")) return false;
  const inCore = /\/js\/core\/(memory\/)?[^/]*$/.exec(file);
  // The smaller module is inside of its script, and nowhere else.
  if (inCore?.[1] !== undefined && file.endsWith(".wasm")) return false;
  return !(inCore && file.endsWith(".d.ts"));
}

/**
 * All files that a map of exports names.
 * @param {string | Exports} entry
 * @returns {string[]}
 */
function filesOf(entry) {
  return typeof entry === "string" ? [entry] : Object.values(entry).flatMap(filesOf);
}
