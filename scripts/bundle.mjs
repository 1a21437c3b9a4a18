// @ts-check
/**
 * Makes the files that programs load: pkg/dist/, one file for each entry of pkg/js/entries and each way to load it.
 *
 *   *.js, *.cjs   an ES module, and a CommonJS module for `require`
 *   *.map         their source maps, which lead to the sources in js/
 *   *.d.cts       the types, as those of CommonJS modules: js/entries/*.d.ts
 *   *.d.ts        the types of the ES modules, which are the same: so a value of one kind fits where the other is asked for
 *
 * They are for those who load files as they are: the start takes a fifth of the time of the 75 sources. Bundlers get the
 * sources, of which they leave out what is unused. docs/exports.md says who loads which. The wasm stays where it is: js/core/cacheref.wasm.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { stop } from "./process.mjs";

/** The wasm, as the entries name it, and as dist/ does. */
const WASM = "../core/cacheref.wasm";
const WASM_FROM_DIST = "../js/core/cacheref.wasm";
/** The entries that are a subpath of the package, with the same file in every runtime. */
const SUBPATHS = ["memory", "slim", "rich", "compressed", "react", "testing"];
/** A module of workerd. Bundlers of other runtimes leave its import as it is, for the comments, which esbuild takes out. */
const OF_WORKERD = 'import("cloudflare:workers")';
const LEFT_ALONE = 'import(/* webpackIgnore: true */ /* @vite-ignore */ "cloudflare:workers")';
/** `import.meta.url` in a CommonJS module. Read when it is needed: nothing runs at import. */
const HERE = 'const here = { get url() { return require("node:url").pathToFileURL(__filename).href; } };';

/** @param {string} pkg the folder of the package, with its js/ */
export async function bundle(pkg) {
  mkdirSync(join(pkg, "dist"));
  await Promise.all([
    write(pkg, "workerd", "workerd.js"),
    // Next and Vercel compile a module before the program runs where the import says so.
    write(pkg, "edge-light", "edge-light.js", "?module"),
    ...["index", "node", ...SUBPATHS].flatMap((entry) => [
      write(pkg, entry, `${entry}.js`),
      write(pkg, entry, `${entry}.cjs`),
    ]),
  ]);
  for (const entry of ["index", ...SUBPATHS]) writeTypes(pkg, entry);
}

/**
 * @param {string} pkg
 * @param {string} entry
 * @param {string} file
 * @param {string} [query] after the name of the wasm, where it is imported
 */
async function write(pkg, entry, file, query = "") {
  const isCommonJS = file.endsWith(".cjs");
  const { outputFiles = [] } = await build({
    entryPoints: [join(pkg, "js/entries", `${entry}.js`)],
    outfile: join(pkg, "dist", file),
    bundle: true,
    write: false,
    format: isCommonJS ? "cjs" : "esm",
    platform: isCommonJS || entry === "node" ? "node" : "neutral",
    target: "es2022",
    external: ["devalue", "react"],
    // The readable code is in js/. The names stay, and lines of some length, for stack traces without source maps.
    minifyWhitespace: true,
    lineLimit: 160,
    sourcemap: "linked",
    sourcesContent: false,
    inject: [join(pkg, "js/boundary/encoding.js")],
    define: isCommonJS ? { "import.meta.url": "here.url" } : {},
    banner: isCommonJS && ["node", "slim"].includes(entry) ? { js: HERE } : {},
    plugins: [external(/\.wasm$/, `${WASM_FROM_DIST}${query}`)],
    logLevel: "warning",
  });
  for (const { path, text } of outputFiles) {
    writeFileSync(path, text.replaceAll(`"${WASM}"`, `"${WASM_FROM_DIST}"`).replaceAll(OF_WORKERD, LEFT_ALONE));
  }
}

/**
 * Leaves the import of what `filter` matches in the output, with another path.
 * @param {RegExp} filter
 * @param {string} path
 * @returns {import("esbuild").Plugin}
 */
function external(filter, path) {
  return { name: "external", setup: ({ onResolve }) => onResolve({ filter }, () => ({ path, external: true })) };
}

/**
 * TypeScript tells the kind of a module by the extension of its declarations, and takes two declarations for two types.
 * An ES module may name what a CommonJS module declares, but not the other way round.
 * @param {string} pkg
 * @param {string} entry
 */
function writeTypes(pkg, entry) {
  const types = readFileSync(join(pkg, "js/entries", `${entry}.d.ts`), "utf8");
  const here = types.replaceAll('from "./index.js"', 'from "./index.cjs"');
  const [relative] = here.match(/(?:from|import\() ?"\.{1,2}\/(?!index\.cjs")[^"]*"/) ?? [];
  if (relative) stop(`bundle: js/entries/${entry}.d.ts has ${relative}: dist/ has no such file`);
  writeFileSync(join(pkg, "dist", `${entry}.d.cts`), here);
  writeFileSync(join(pkg, "dist", `${entry}.d.ts`), `export * from "./${entry}.cjs";\n`);
}
