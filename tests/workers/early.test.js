// In workerd itself: requests that end in the middle of a run or of an operation hold up no later request. They end early, or
// their client goes away: Miniflare's workerd was not seen to cancel the work of such a request. At the end the longest wait of a later request is printed, for each path and what was slow in it.
import assert from "node:assert/strict";
import { get as open } from "node:http";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
/** operationTimeout is 400 ms, and a function takes none. So this is one wait in vain on a busy machine, and less than two. */
const LIMIT_MS = 2 * 400;
/** When a client goes away: the request is in the middle of what is slow. */
const GONE_MS = 30;

/** What may be slow in each path. */
const IN_FUNCTIONS = {
  run: ["get", "stale", "refresh", "many", "join"],
  serialize: ["get", "stale", "refresh"],
  deserialize: ["hit"],
};
const ON_KV = {
  getWithMetadata: ["get", "hit", "stale", "many"],
  put: ["get", "stale", "refresh", "many"],
  list: ["invalidate", "pending"],
  delete: ["invalidate", "pending"],
};
/** @type {Record<string, Record<string, string[]>>} */
const SLOW = { memory: IN_FUNCTIONS, shared: { run: IN_FUNCTIONS.run }, kv: { ...IN_FUNCTIONS, ...ON_KV } };

/** What a request does before the one that ends, on each path; and what that one does itself. */
const BEFORE = { hit: ["get"], stale: ["get", "age"], invalidate: ["get"], pending: ["get", "fail"] };
const OWN = { hit: "get", stale: "get", pending: "get", join: "get" };

/** The entry of Workers keeps a request alive by `waitUntil` of the runtime. The other one has no such function. */
const ENTRIES = { "waitUntil of the runtime": "workerd", "no waitUntil": "edge-light" };

let ids = 0;
/** @type {string[]} */
const table = [];
after(() => console.log(["path | await | longest wait", ...table].join("\n")));

for (const [about, entry] of Object.entries(ENTRIES)) {
  describe(`Workers, ${about}`, () => {
    /** @type {Miniflare} */
    let miniflare;
    let url = "";
    before(async () => {
      miniflare = await start(entry);
      url = String(await miniflare.ready);
    });
    after(() => miniflare.dispose());

    /** @param {Record<string, string>} query @returns {Promise<any>} */
    async function ask(query) {
      const response = await miniflare.dispatchFetch(`http://localhost/?${new URLSearchParams(query)}`);
      const text = await response.text();
      assert.equal(response.status, 200, text);
      return text === "early" ? text : JSON.parse(text);
    }

    /** How long a request takes, in ms. @param {Record<string, string>} query */
    async function time(query) {
      const begun = performance.now();
      await ask(query);
      return performance.now() - begun;
    }

    /** Two ways to end a request in the middle. @type {Record<string, (query: Record<string, string>) => Promise<unknown>>} */
    const ENDINGS = {
      "a request ends early": (query) => ask({ ...query, early: "" }),
      "a client goes away": (query) => goAway(`${url}?${new URLSearchParams(query)}`),
    };

    for (const [ending, end] of Object.entries(ENDINGS)) {
      for (const [backend, kinds] of Object.entries(SLOW)) {
        for (const [slow, paths] of Object.entries(kinds)) {
          for (const path of paths) {
            test(`${ending} during ${slow} of ${path} (${backend}), and later ones go on`, async () => {
              const id = `id-${++ids}`;
              for (const first of BEFORE[path] ?? []) await ask({ backend, path: first, id });
              const own = OWN[path] ?? path;
              const ended = end({ backend, path: own, id, slow });
              const times = [];
              // A call that has joined the run while its request was there.
              if (path === "join") {
                await new Promise((resolve) => setTimeout(resolve, GONE_MS / 2));
                times.push(await time({ backend, path: own, id }));
              }
              await ended;
              for (const next of [own, "get", "many", "invalidate", "get"])
                times.push(await time({ backend, path: next, id }));
              const longest = Math.round(Math.max(...times));
              table.push(`${path} (${backend}) | ${slow}, ${ending}, ${about} | ${longest} ms`);
              assert.ok(longest < LIMIT_MS, times.map((ms) => `${Math.round(ms)} ms`).join(", "));
            });
          }
        }
      }
    }
  });
}

/** Asks, and closes the connection in the middle. @param {string} address */
function goAway(address) {
  return new Promise((resolve) => {
    const request = open(address, (response) => response.resume());
    request.on("error", () => {});
    request.on("close", resolve);
    setTimeout(() => request.destroy(new Error("gone")), GONE_MS);
  });
}

/** A Worker over an entry of the package. @param {string} entry */
async function start(entry) {
  const { outputFiles } = await build({
    entryPoints: [at("early-worker.js")],
    outdir: "/out",
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    alias: { cacheref: at(`../../js/entries/${entry}.js`) },
    external: ["cloudflare:*"],
    loader: { ".wasm": "copy" },
    logLevel: "error",
  });
  const modules = outputFiles.map(({ path, contents, text }) =>
    path.endsWith(".wasm")
      ? { type: "CompiledWasm", path: path.slice(1), contents }
      : { type: "ESModule", path: path.slice(1), contents: text },
  );
  const miniflare = new Miniflare({
    modules: /** @type {any} */ (modules.sort((a) => (a.type === "ESModule" ? -1 : 1))),
    modulesRoot: "/",
    compatibilityDate: "2026-01-01",
    kvNamespaces: ["KV"],
  });
  await miniflare.ready;
  return miniflare;
}
