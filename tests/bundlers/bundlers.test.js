// A three-line app through each bundler, and then run: in Chromium, or in workerd.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { transformSync } from "esbuild";
import { Miniflare } from "miniflare";
import { createServer } from "vite";
import { install, root, write } from "../package/install.js";
import { launch } from "../runtime/browser.js";
import { serve } from "../runtime/server.js";
import { BUNDLERS } from "./bundle.js";

/** What each app does, once it has a cache. The result is what a person would look at. */
const USE = `
let runs = 0;
const getUser = cache("user")(async function getUser(id) { runs += 1; return { id }; });
await getUser(1);
await getUser(1);
const dropped = await cache.invalidateEntity("user", 1);
await getUser(1);
globalThis.seen = { runs, dropped };
`;
const EXPECTED = { runs: 2, dropped: 1 };
const APPS = {
  "app.js": `import { cache } from "cacheref";\n${USE}`,
  // In a function: not every bundler of scripts knows a top-level await.
  "slim.js": `import { cache, init } from "cacheref/slim";\nawait init();\n${USE}`,
  "hosted.js": `import { cache, init } from "cacheref/slim";\nawait init("/hosted/cacheref.wasm");\n${USE}`,
  "error.js": 'import { ConfigError } from "cacheref";\nglobalThis.seen = new ConfigError("A", "b").code;\n',
  "redis.js": 'import { RedisBackend } from "cacheref";\nglobalThis.seen = typeof RedisBackend;\n',
};
const ALLOWING = { "content-security-policy": "script-src 'self' 'wasm-unsafe-eval'" };

/** A piece of the inlined module: that of the build for pages. */
let mark = "";

let folder = "";
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  folder = install();
  write(folder, "package.json", '{ "private": true, "type": "module" }');
  for (const [name, source] of Object.entries(APPS)) write(folder, name, source);
  const inline = readFileSync(join(folder, "node_modules/cacheref/js/core/memory/inline.js"), "utf8");
  mark = inline.slice(-1000, -900);
  browser = await launch();
});
after(() => browser.close());

/**
 * What a page shows that loads a script.
 * @param {string} script
 * @param {Record<string, string>} [headers]
 */
async function runInPage(script, headers = ALLOWING) {
  const html = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/${script}"></script>`;
  const server = await serve(folder, { headers, pages: { "/": html } });
  const page = await browser.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(`${/** @type {any} */ (error).code ?? ""} ${error.message}`));
  page.on("requestfailed", (request) => errors.push(`${request.url()} failed`));
  page.on("response", (response) => response.ok() || errors.push(`${response.url()}: ${response.status()}`));
  try {
    await page.goto(server.url);
    for (let turns = 0; turns < 500 && errors.length === 0; turns++) {
      const seen = await page.evaluate("globalThis.seen");
      if (seen !== undefined) return seen;
      await page.evaluate("new Promise((resolve) => requestAnimationFrame(resolve))");
    }
    throw new Error(errors.join("\n") || "nothing happened");
  } finally {
    await page.close();
    server.close();
  }
}

/** All that a bundler has written. @param {string} out */
function outputs(out) {
  const files = readdirSync(join(folder, out), { recursive: true, encoding: "utf8" });
  return files.map((file) => join(folder, out, file)).filter((file) => statSync(file).isFile());
}

/** The size of a script without comments, which not every bundler leaves out. @param {string} file */
function minifiedSize(file) {
  return Buffer.byteLength(transformSync(readFileSync(file, "utf8"), { minify: true }).code);
}

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  describe(name, () => {
    test("an app runs, with the module in it once and no file beside it", async () => {
      assert.deepEqual(await runInPage(await bundle(folder, "app.js", `${name}-app`)), EXPECTED);
      const written = outputs(`${name}-app`);
      assert.equal(written.length, 1, written.join());
      assert.equal(readFileSync(written[0], "utf8").split(mark).length - 1, 1);
    });

    test("what is not used is left out", async () => {
      for (const [app, most] of /** @type {const} */ ([
        ["error.js", 1000],
        ["redis.js", 75_000],
      ])) {
        await runInPage(await bundle(folder, app, `${name}-${app}`));
        const size = outputs(`${name}-${app}`).reduce((sum, file) => sum + minifiedSize(file), 0);
        assert.ok(size < most, `${app}: ${size} bytes`);
      }
    });

    test("slim loads the module from where it is hosted, and has none in it", async () => {
      const script = await bundle(folder, "hosted.js", `${name}-hosted`);
      execFileSync("mkdir", ["-p", join(folder, "hosted")]);
      copyFileSync(join(folder, "node_modules/cacheref/js/core/cacheref.wasm"), join(folder, "hosted/cacheref.wasm"));
      assert.deepEqual(await runInPage(script), EXPECTED);
      assert.ok(!readFileSync(join(folder, script), "utf8").includes(mark));
    });
  });
}

for (const name of ["Vite", "webpack"]) {
  test(`${name} finds the module of slim by itself`, async () => {
    assert.deepEqual(await runInPage(await BUNDLERS[name](folder, "slim.js", `${name}-slim`)), EXPECTED);
    assert.deepEqual(outputs(`${name}-slim`).filter((file) => file.endsWith(".wasm")).length, 1);
  });
}

test("Vite's development server serves it", async () => {
  write(folder, "index.html", '<!doctype html><script type="module" src="/app.js"></script>');
  const server = await createServer({ root: folder, configFile: false, logLevel: "error", server: { port: 0 } });
  const page = await browser.newPage();
  try {
    await server.listen();
    await page.goto(/** @type {string} */ (server.resolvedUrls?.local[0]));
    await page.waitForFunction("globalThis.seen");
    assert.deepEqual(await page.evaluate("globalThis.seen"), EXPECTED);
  } finally {
    await page.close();
    await server.close();
  }
});

test("no bundler at all: a page loads the files as they are", async () => {
  write(folder, "plain.js", `import { cache } from "/node_modules/cacheref/dist/index.js";\n${USE}`);
  assert.deepEqual(await runInPage("plain.js"), EXPECTED);
  write(
    folder,
    "plain-slim.js",
    `import { cache, init } from "/node_modules/cacheref/dist/slim.js";\nawait init();\n${USE}`,
  );
  assert.deepEqual(await runInPage("plain-slim.js"), EXPECTED);
});

test("a page whose policy forbids wasm is told what to allow", async () => {
  const policy = { "content-security-policy": "script-src 'self'" };
  await assert.rejects(runInPage("plain.js", policy), /the core could not be started: .*'wasm-unsafe-eval'/);
});

test("wrangler bundles a Worker, with the compiled module beside it, and it runs", async () => {
  write(
    folder,
    "worker.js",
    `import { cache } from "cacheref";
    let runs = 0;
    const getUser = cache("user")(async function getUser(id) { runs += 1; return { id }; });
    export default {
      async fetch() {
        await getUser(1);
        await getUser(1);
        const dropped = await cache.invalidateEntity("user", 1);
        await getUser(1);
        return Response.json({ runs, dropped });
      },
    };`,
  );
  write(folder, "wrangler.jsonc", '{ "name": "app", "main": "worker.js", "compatibility_date": "2026-01-01" }');
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  execFileSync(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", "worker-out"], {
    cwd: folder,
    stdio: "pipe",
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" },
  });
  const written = readdirSync(join(folder, "worker-out")).filter((file) => /\.(js|wasm)$/.test(file));
  assert.equal(written.filter((file) => file.endsWith(".wasm")).length, 1, written.join());
  assert.ok(!readFileSync(join(folder, "worker-out/worker.js"), "utf8").includes(mark));
  const worker = new Miniflare({
    modules: written
      .sort((a) => (a.endsWith(".js") ? -1 : 1))
      .map((file) => ({
        type: file.endsWith(".js") ? "ESModule" : "CompiledWasm",
        path: join(folder, "worker-out", file),
      })),
    modulesRoot: join(folder, "worker-out"),
    compatibilityDate: "2026-01-01",
  });
  try {
    assert.deepEqual(await (await worker.dispatchFetch("http://localhost/")).json(), EXPECTED);
  } finally {
    await worker.dispose();
  }
});
