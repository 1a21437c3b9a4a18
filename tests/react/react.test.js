// cacheref/react in Chromium, with React's development build: which components are rendered, and when.
import assert from "node:assert/strict";
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { install, root } from "../package/install.js";
import { launch } from "../runtime/browser.js";
import { serve } from "../runtime/server.js";

/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  const folder = install();
  for (const name of ["react", "react-dom", "scheduler"])
    symlinkSync(join(root, "tests/node_modules", name), join(folder, "node_modules", name));
  // Beside the packages, so that the bundler finds them.
  for (const file of ["react/page.js", "helpers/functions.js"]) cpSync(join(root, "tests", file), join(folder, file));
  await build({
    entryPoints: [join(folder, "react/page.js")],
    outfile: join(folder, "page.js"),
    bundle: true,
    format: "esm",
    define: { "process.env.NODE_ENV": '"development"' },
    logLevel: "error",
  });
  server = await serve(folder, { pages: { "/": '<!doctype html><script type="module" src="/page.js"></script>' } });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
});

/**
 * Runs a scenario of page.js in a page of its own.
 * @param {string} name
 * @param {RegExp} [allowed] what React may report
 */
async function run(name, allowed) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const reports = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) reports.push(message.text());
  });
  page.on("pageerror", (error) => reports.push(error.message));
  try {
    await page.goto(server.url);
    await page.waitForSelector("html[data-ready]", { state: "attached" });
    const result = await page.evaluate(`runScenario(${JSON.stringify(name)})`);
    assert.deepEqual(
      reports.filter((text) => !/favicon|404/.test(text) && !allowed?.test(text)),
      [],
    );
    return result;
  } finally {
    await page.close();
  }
}

test("of ten components a write renders the one that shows what it changed, once", async () => {
  assert.deepEqual(await run("tenComponents"), { rendered: ["3"], commits: { 3: 1 }, runs: 11 });
});

test("a list that holds what was changed is rendered, and no other list", async () => {
  const commits = await run("lists");
  assert.deepEqual(
    Object.keys(commits).filter((name) => name.startsWith("list")),
    ["list 1"],
  );
  assert.equal(commits["user 2"] >= 1, true);
  assert.deepEqual([commits["user 3"], commits["user 4"]], [undefined, undefined]);
});

test("a hit is read at once, by useCached and by React's use", async () => {
  assert.deepEqual(await run("hitAtOnce"), { hasWaited: false, runs: 1 });
});

test("the old value stays on the screen until the new one is there", async () => {
  assert.deepEqual(await run("oldValueStays"), { meanwhile: "old", hasWaited: false });
});

test("in StrictMode a call runs once, and nothing is rendered after an unmount", async () => {
  assert.deepEqual(await run("strictMode"), { runs: 2, rendersAfterUnmount: 0 });
});

test("a run whose component has gone ends in the cache, and the next component reads it at once", async () => {
  assert.deepEqual(await run("unmountDuringRun"), { runs: 1, hasWaited: false });
});

test("a result that was invalidated during its run is not shown", async () => {
  assert.deepEqual(await run("invalidatedDuringRun"), { runs: 2, hasSeenOld: false });
});

test("an error goes to the error boundary, and a retry runs the function again", async () => {
  const reported = /no server|error boundary|The above error/;
  assert.deepEqual(await run("errorBoundary", reported), { runsBeforeRetry: 1, runs: 5 });
});

test("a component of a module that was replaced reads the new function, and listens to it alone", async () => {
  assert.deepEqual(await run("replacedModule", /cacheref/), { afterOld: 0, afterNew: 1 });
});

test("a component with other arguments listens to the other call alone", async () => {
  assert.deepEqual(await run("otherArguments"), { afterOther: 0, hasWaited: false });
});

test("a result that is not stored is read once for as long as it is shown", async () => {
  assert.deepEqual(await run("notStored"), { runs: [1, 1], hasWaited: false });
});

test("more components than entries run each call once, and come to rest after a write", async () => {
  assert.deepEqual(await run("fewEntries"), { isCalm: true });
});

test("a write is pending until what it changed is shown, and its error reaches its caller", async () => {
  assert.deepEqual(await run("writes"), {
    result: { id: 1 },
    error: "refused",
    seen: ["user 1", "user 1, saving", "Ada"],
  });
});

test("a page takes over what its server has rendered, without a run, and renders it again after a write", async () => {
  const expected = { shown: true, runs: 0, isKept: true, runsAfterWrite: 1 };
  assert.deepEqual(await run("serverRendering"), expected);
});

test("misuse is an error that says what to do", async () => {
  const errors = await run("misuse", /must|needs|hook|error boundary|The above error|makes the key/i);
  assert.match(errors.copy, /gives each a copy: new MemoryBackend\(\{ values: "frozen" \}\)/);
  assert.match(errors["shared backend"], /on a shared backend: in a page, import "cacheref\/memory"/);
  assert.match(
    errors["no function of a cache"],
    /^the first argument of useCached must be a function that cache\(\) has wrapped/,
  );
  assert.match(errors["no key"], /arguments that make a key/);
  assert.match(errors["no write"], /^the argument of useInvalidates must be a function, got undefined/);
  assert.match(errors["outside of a render"], /^ConfigError ERR_CACHEREF_REACT: useCached is a hook/);
});
