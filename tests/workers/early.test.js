// In workerd itself: requests that end early, in the middle of a run or of an operation, hold up no later request.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
/** Longer than operationTimeout (200 ms) and a run, shorter than what a request that ended has left behind. */
const LIMIT_MS = 1500;

/** @type {Miniflare} */
let miniflare;
before(async () => {
  const { outputFiles } = await build({
    entryPoints: [at("early-worker.js")],
    outdir: "/out",
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    alias: { cacheref: at("../../js/entries/workerd.js") },
    external: ["cloudflare:*"],
    loader: { ".wasm": "copy" },
    logLevel: "error",
  });
  const modules = outputFiles.map(({ path, contents, text }) =>
    path.endsWith(".wasm")
      ? { type: "CompiledWasm", path: path.slice(1), contents }
      : { type: "ESModule", path: path.slice(1), contents: text },
  );
  miniflare = new Miniflare({
    modules: /** @type {any} */ (modules.sort((a) => (a.type === "ESModule" ? -1 : 1))),
    modulesRoot: "/",
    compatibilityDate: "2026-01-01",
    kvNamespaces: ["KV"],
  });
  await miniflare.ready;
});
after(() => miniflare.dispose());

/** @param {Record<string, string>} query */
async function ask(query) {
  const begun = performance.now();
  const response = await miniflare.dispatchFetch(`http://localhost/?${new URLSearchParams(query)}`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return performance.now() - begun;
}

const SLOW = { memory: ["run"], kv: ["run", "getWithMetadata", "put", "list", "delete"] };
let ids = 0;

for (const [backend, kinds] of Object.entries(SLOW)) {
  for (const slow of kinds) {
    for (const path of ["get", "refresh", "many", "invalidate"]) {
      // An invalidation runs no function.
      if (slow === "run" && path === "invalidate") continue;
      test(`${backend}: a request ends early during ${slow} of ${path}, and later ones go on`, async (t) => {
        const id = `id-${++ids}`;
        if (path === "invalidate") await ask({ backend, path: "get", id });
        await ask({ backend, path, id, slow, early: "" });
        const times = [];
        for (const next of [path, "get", "many", "invalidate", "get"])
          times.push(await ask({ backend, path: next, id }));
        t.diagnostic(`${path} | ${backend} | ${slow} | ${times.map((ms) => `${Math.round(ms)} ms`).join(", ")}`);
        for (const ms of times) assert.ok(ms < LIMIT_MS, `${Math.round(ms)} ms`);
      });
    }
  }
}
