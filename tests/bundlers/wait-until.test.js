// The entry of Workers imports a module that only workerd has. A bundler with nothing configured leaves that import as it is.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import webpack from "webpack";

const entry = fileURLToPath(new URL("../../js/entries/wait-until.js", import.meta.url));

/** @type {Record<string, (input: string, file: string) => Promise<unknown>>} */
const BUNDLERS = {
  esbuild: (input, file) => esbuild({ entryPoints: [input], outfile: file, bundle: true, format: "esm" }),
  Rollup: async (input, file) => (await rollup({ input })).write({ file, format: "es" }),
  rolldown: async (input, file) => (await rolldown({ input })).write({ file, format: "es" }),
  webpack: (input, file) =>
    new Promise((resolve, reject) => {
      const output = { path: join(file, ".."), filename: "main.mjs", library: { type: "module" } };
      const options = /** @type {any} */ ({
        mode: "production",
        entry: input,
        experiments: { outputModule: true },
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
  test(`${name} leaves the import of cloudflare:workers as it is, also after the package's own bundle`, async () => {
    // As scripts/bundle.mjs makes dist/workerd.js.
    const ours = join(folder, "ours.mjs");
    await esbuild({ entryPoints: [entry], outfile: ours, bundle: true, format: "esm", minifyWhitespace: true });
    for (const [i, input] of [entry, ours].entries()) {
      const file = join(folder, `${name}-${i}`, "main.mjs");
      await bundle(input, file);
      assert.match(readFileSync(file, "utf8"), /import\([^)]*["'`]cloudflare:workers["'`]\)/);
    }
  });
}
