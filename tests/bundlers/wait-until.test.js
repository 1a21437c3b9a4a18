// The entry of Workers imports a module that only workerd has. A bundler with nothing configured leaves that import as it is.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import webpack from "webpack";
import { install } from "../package/install.js";

/** The compiled module beside the script is imported as it is. */
const isWasm = (/** @type {string} */ name) => name.endsWith(".wasm");

/** @type {Record<string, (input: string, file: string) => Promise<unknown>>} */
const BUNDLERS = {
  esbuild: (input, file) =>
    esbuild({ entryPoints: [input], outfile: file, bundle: true, format: "esm", external: ["*.wasm"] }),
  Rollup: async (input, file) => (await rollup({ input, external: isWasm })).write({ file, format: "es" }),
  rolldown: async (input, file) => (await rolldown({ input, external: isWasm })).write({ file, format: "es" }),
  webpack: (input, file) =>
    new Promise((resolve, reject) => {
      const output = { path: join(file, ".."), filename: "main.mjs", library: { type: "module" } };
      const options = /** @type {any} */ ({
        mode: "production",
        entry: input,
        experiments: { outputModule: true },
        externalsType: "module",
        externals: [/\.wasm$/],
        output,
      });
      webpack(options).run((error, stats) =>
        error || stats?.hasErrors() ? reject(error ?? new Error(String(stats))) : resolve(stats),
      );
    }),
};

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "cacheref-wait-until-"));
});
after(() => rmSync(folder, { recursive: true }));

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  test(`${name} leaves the import of cloudflare:workers in the package as it is`, async () => {
    const input = join(install(), "node_modules/cacheref/dist/workerd.js");
    const file = join(folder, name, "main.mjs");
    await bundle(input, file);
    assert.match(readFileSync(file, "utf8"), /import\([^)]*["'`]cloudflare:workers["'`]\s*\)/);
  });
}
