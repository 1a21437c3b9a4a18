/** workerd through Miniflare: bundled as wrangler does it, with the package's `workerd` entry and no Node emulation. */
import { build } from "esbuild";
import { Miniflare } from "miniflare";

export { Miniflare };

/**
 * The options of Miniflare that say what the Worker is.
 * @param {string} entry the file of the Worker
 */
export async function bundleWorker(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    outdir: "/out",
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    loader: { ".wasm": "copy" },
    logLevel: "warning",
  });
  const modules = outputFiles.map(({ path, contents, text }) =>
    path.endsWith(".wasm")
      ? { type: "CompiledWasm", path: path.slice(1), contents }
      : { type: "ESModule", path: path.slice(1), contents: text },
  );
  return {
    modules: modules.sort((a) => (a.type === "ESModule" ? -1 : 1)),
    modulesRoot: "/",
    compatibilityDate: "2026-01-01",
  };
}

/**
 * @param {string} entry
 * @param {object} [options] of Miniflare
 */
export async function startWorker(entry, options = {}) {
  return new Miniflare({ ...(await bundleWorker(entry)), ...options });
}
