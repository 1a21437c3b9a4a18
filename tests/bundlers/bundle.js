/** The same three-line app through each bundler, with nothing configured but where to read and where to write. */
import { join } from "node:path";
import nodeResolve from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";

/**
 * Each bundles `entry`, a file in `folder`, into `folder`/`out`, and says where the script to load is.
 * @type {Record<string, (folder: string, entry: string, out: string) => Promise<string>>}
 */
export const BUNDLERS = {
  async Vite(folder, entry, out) {
    await vite({
      root: folder,
      configFile: false,
      logLevel: "error",
      // To be loaded from where it lies, and with one name for the script.
      base: `/${out}/`,
      build: { outDir: out, rollupOptions: { input: join(folder, entry), output: { entryFileNames: "main.js" } } },
    });
    return `${out}/main.js`;
  },

  async webpack(folder, entry, out) {
    const compiler = webpack({
      mode: "production",
      context: folder,
      entry: `./${entry}`,
      output: { path: join(folder, out), filename: "main.js", publicPath: `/${out}/` },
      // It warns of any script above 244 KiB before compression, which the module alone has.
      performance: { hints: false },
    });
    const stats = await new Promise((resolve, reject) =>
      compiler.run((error, result) => (error ? reject(error) : resolve(result))),
    );
    if (stats.hasErrors() || stats.hasWarnings())
      throw new Error(stats.toString({ all: false, errors: true, warnings: true }));
    return `${out}/main.js`;
  },

  async esbuild(folder, entry, out) {
    await esbuild({
      entryPoints: [join(folder, entry)],
      outfile: join(folder, out, "main.js"),
      bundle: true,
      minify: true,
      format: "esm",
      logLevel: "error",
    });
    return `${out}/main.js`;
  },

  async Rollup(folder, entry, out) {
    const bundle = await rollup({
      input: join(folder, entry),
      plugins: [nodeResolve({ browser: true })],
      onwarn: ({ message }) => {
        throw new Error(message);
      },
    });
    await bundle.write({ file: join(folder, out, "main.js"), format: "es" });
    return `${out}/main.js`;
  },
};
