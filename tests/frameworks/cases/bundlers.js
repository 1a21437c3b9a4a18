/** A program bundled for Node, without its packages beside it: what Lambda and containers get. */
import { join } from "node:path";
import nodeResolve from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";
import { isolate, makeProject, PRINT, runScript, USE } from "../project.js";

const IMPORT = `import { cache } from "cacheref";\n${PRINT}`;
const REQUIRE = `const { cache } = require("cacheref");\n${PRINT}`;
/** Both in one program: they must be one cache. */
const BOTH = `import { cache } from "cacheref";
const required = require("cacheref");
if (required.cache !== cache) throw new Error("two caches");
${PRINT}`;
const LAMBDA = `import { cache } from "cacheref";
export async function handler(event) {${USE}}
`;

/**
 * @param {string} environment
 * @param {string} what
 * @param {(folder: string, out: string) => Promise<unknown>} bundle bundles main.js of the folder into `out`
 * @param {{ source?: string, extension?: string }} [options]
 * @returns {import("../run.js").Case}
 */
function bundled(environment, what, bundle, { source = IMPORT, extension = "mjs" } = {}) {
  return {
    environment,
    what: `${what}; run in an empty folder`,
    async run() {
      const folder = makeProject(`${environment}-${what}`.replace(/\W+/g, "-"), { "main.js": source });
      const out = join(folder, `out/main.${extension}`);
      await bundle(folder, out);
      return runScript(isolate(out, `main.${extension}`));
    },
  };
}

/** @param {import("esbuild").BuildOptions} options */
const byEsbuild = (options) => (/** @type {string} */ folder, /** @type {string} */ out) =>
  esbuild({
    entryPoints: [join(folder, "main.js")],
    outfile: out,
    bundle: true,
    platform: "node",
    logLevel: "error",
    ...options,
  });

/** @param {"production" | "development"} mode */
const byWebpack = (mode) => async (/** @type {string} */ folder, /** @type {string} */ out) => {
  const compiler = webpack({
    mode,
    target: "node",
    context: folder,
    entry: "./main.js",
    output: { path: join(out, ".."), filename: "main.cjs" },
  });
  /** @type {any} */
  const stats = await new Promise((resolve, reject) =>
    compiler.run((error, result) => (error ? reject(error) : resolve(result))),
  );
  if (stats.hasErrors() || stats.hasWarnings())
    throw new Error(stats.toString({ all: false, errors: true, warnings: true }));
};

/** @type {import("../run.js").Case[]} */
export const bundlers = [
  bundled("esbuild", "an ES module", byEsbuild({ format: "esm" })),
  bundled("esbuild", "an ES module, minified", byEsbuild({ format: "esm", minify: true })),
  bundled("esbuild", "CommonJS", byEsbuild({ format: "cjs" }), { extension: "cjs" }),
  bundled("esbuild", "CommonJS by require, minified", byEsbuild({ format: "cjs", minify: true }), {
    source: REQUIRE,
    extension: "cjs",
  }),
  bundled("esbuild", "import and require in one program", byEsbuild({ format: "cjs" }), {
    source: BOTH,
    extension: "cjs",
  }),
  bundled(
    "esbuild",
    "conditions of its own, with module",
    byEsbuild({ format: "esm", conditions: ["worker", "module"] }),
  ),
  {
    environment: "Lambda",
    what: "a handler by esbuild, minified, in an empty folder",
    async run() {
      const folder = makeProject("lambda", { "main.js": LAMBDA });
      await byEsbuild({ format: "cjs", minify: true, target: "node20" })(folder, join(folder, "out/index.cjs"));
      const handler = isolate(join(folder, "out/index.cjs"), "index.cjs");
      const call = `require(${JSON.stringify(handler)}).handler({}).then((seen) => console.log(JSON.stringify(seen)));`;
      return runScript(join(makeProject("lambda-runtime", { "bootstrap.cjs": call }), "bootstrap.cjs"));
    },
  },
  bundled("Rollup", "an ES module", async (folder, out) => {
    const bundle = await rollup({
      input: join(folder, "main.js"),
      plugins: [nodeResolve({ preferBuiltins: true })],
      onwarn: ({ message }) => {
        throw new Error(message);
      },
    });
    await bundle.write({ file: out, format: "es" });
  }),
  bundled("rolldown", "an ES module", async (folder, out) => {
    const bundle = await rolldown({ input: join(folder, "main.js"), platform: "node" });
    await bundle.write({ file: out, format: "es" });
  }),
  bundled(
    "rolldown",
    "CommonJS, minified",
    async (folder, out) => {
      const bundle = await rolldown({ input: join(folder, "main.js"), platform: "node" });
      await bundle.write({ file: out, format: "cjs", minify: true });
    },
    { extension: "cjs" },
  ),
  bundled("webpack", "target node, production", byWebpack("production"), { extension: "cjs" }),
  bundled("webpack", "target node, import and require, development", byWebpack("development"), {
    source: BOTH,
    extension: "cjs",
  }),
  bundled("Vite", "ssr.noExternal", (folder, out) =>
    vite({
      root: folder,
      configFile: false,
      logLevel: "error",
      ssr: { noExternal: true },
      build: { ssr: "main.js", outDir: join(out, ".."), rollupOptions: { output: { entryFileNames: "main.mjs" } } },
    }),
  ),
];
