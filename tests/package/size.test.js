// How much a browser loads, against tests/package/size.json, and how soon it starts. After a change on purpose:
//
//     node tests/package/size.test.js --write
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { install, write } from "./install.js";

const file = new URL("size.json", import.meta.url);
/** What a build may vary by. */
const SLACK = 1.02;
let folder = "";

/** @param {Uint8Array} bytes */
const sizes = (bytes) => ({
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes).length,
});

/**
 * A bundle for Node's conditions, or for those of `settings`.
 * @param {string} source
 * @param {import("esbuild").BuildOptions} [settings]
 */
async function bundle(source, settings = { platform: "neutral", conditions: ["module"] }) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    ...settings,
  });
  return sizes(outputFiles[0].contents);
}

async function measure() {
  const core = join(folder, "node_modules/cacheref/js/core");
  return {
    "cacheref.wasm": sizes(readFileSync(join(core, "cacheref.wasm"))),
    "glue, minified": await bundle(`export * from ${JSON.stringify(join(core, "glue.js"))}`),
    "cacheref/slim, minified, glue included": await bundle('export * from "cacheref/slim"'),
    "cacheref/memory, minified, the module included": await bundle('export * from "cacheref/memory"'),
    "cacheref, minified, the module included": await bundle('export * from "cacheref"'),
  };
}

before(() => {
  folder = install();
});

test("what a browser loads is no larger than it was", async (context) => {
  const now = await measure();
  if (process.argv.includes("--write")) writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
  const known = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual(Object.keys(now), Object.keys(known));
  for (const [what, { raw, gzip, brotli }] of Object.entries(now)) {
    context.diagnostic(`${what}: ${raw} bytes, gzip ${gzip}, brotli ${brotli}`);
    assert.ok(brotli <= known[what].brotli * SLACK, `${what}: ${brotli} bytes of brotli, was ${known[what].brotli}`);
  }
});

test("what a page loads by the condition browser is cacheref/memory", async () => {
  const { brotli } = await bundle('export * from "cacheref/memory"');
  assert.equal((await bundle('export * from "cacheref"', { platform: "browser" })).brotli, brotli);
});

test("the first call starts the core, and the import does not", (context) => {
  const source = `
    const start = performance.now();
    const { cache } = await import("cacheref");
    const imported = performance.now();
    await cache("user")(async function getUser(id) { return { id }; })(1);
    const called = performance.now();
    console.log(JSON.stringify({ import: imported - start, "first call": called - imported }));`;
  const output = execFileSync(process.execPath, [write(folder, "start.mjs", source)], {
    cwd: folder,
    encoding: "utf8",
  });
  for (const [what, ms] of Object.entries(JSON.parse(output))) context.diagnostic(`${what}: ${ms.toFixed(1)} ms`);
});
