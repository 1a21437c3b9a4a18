/**
 * Runs the suite of suite.js on the packed package in every runtime, and prints what ran where:
 *
 *     node tests/runtime/run.js [runtime] [suite]
 *
 * A runtime that is not at hand is named with the reason, and is a failure under CI=true; so is one that ran no case.
 */
import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { install } from "../package/install.js";
import { launch } from "./browser.js";
import { bun, chromium, deno, node } from "./programs.js";
import { serve } from "./server.js";
import { startWorker } from "./workerd.js";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
const [onlyRuntime, onlySuite] = process.argv.slice(2);

const folder = install();
for (const name of ["suite.js", "expect.js", "vectors.js", "cases"])
  cpSync(join(here, name), join(folder, name), { recursive: true });
for (const name of ["process.js", "worker.js", "page.js", "memory.js", "memory-page.js"])
  cpSync(join(here, "mains", name), join(folder, name));

/**
 * @param {string | undefined} program
 * @param {string[]} [args]
 * @param {string} [main]
 */
function inProcess(program, args = [], main = "process.js") {
  if (program === undefined) return undefined;
  return async () => {
    const suite = onlySuite ? [onlySuite] : [];
    const { stdout } = await run(program, [...args, main, ...suite], { cwd: folder, maxBuffer: 2 ** 26 });
    return JSON.parse(stdout.slice(stdout.lastIndexOf('{"version"')));
  };
}

/** Warnings that the cases provoke are none of ours. @type {(...streams: import("node:stream").Readable[]) => void} */
const handleRuntimeStdio = (...streams) => {
  for (const stream of streams) stream.resume();
};

/** @param {string} compatibilityDate */
function inWorkerd(compatibilityDate) {
  return async () => {
    const worker = await startWorker(join(folder, "worker.js"), { compatibilityDate, handleRuntimeStdio });
    try {
      const response = await worker.dispatchFetch(`http://localhost/${onlySuite ? `?only=${onlySuite}` : ""}`);
      if (!response.ok) throw new Error(await response.text());
      return { version: `workerd, ${compatibilityDate}`, outcomes: await response.json() };
    } finally {
      await worker.dispose();
    }
  };
}

/** @param {string} main */
const inChromium = (main) => async () => {
  const imports = {
    cacheref: "/node_modules/cacheref/dist/index.js",
    "cacheref/memory": "/node_modules/cacheref/dist/memory.js",
    "cacheref/testing": "/node_modules/cacheref/dist/testing.js",
  };
  const html = `<!doctype html><script type="importmap" nonce="n">${JSON.stringify({ imports })}</script>
    <script type="module" src="/${main}"></script>`;
  const server = await serve(folder, {
    pages: { "/": html },
    // All that a page has to allow.
    headers: { "content-security-policy": "default-src 'self'; script-src 'self' 'nonce-n' 'wasm-unsafe-eval'" },
  });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForSelector("html[data-ready]", { state: "attached" });
    const outcomes = await page.evaluate(`runSuites(${JSON.stringify(onlySuite)})`);
    const name = main === "page.js" ? "" : "cacheref/memory, ";
    return { version: `${name}Chromium ${browser.version().split(".")[0]}`, outcomes };
  } finally {
    await browser.close();
    server.close();
  }
};

/** @type {Record<string, (() => Promise<{ version: string, outcomes: import("./suite.js").Outcome[] }>) | undefined>} */
const runtimes = {
  [`node-${process.versions.node.split(".")[0]}`]: inProcess(process.execPath),
  "node-22": inProcess(node(22)),
  "node-24": inProcess(node(24)),
  "node-26": inProcess(node(26)),
  deno: inProcess(deno(), ["run", "--no-remote", "--allow-read", "--node-modules-dir=manual"]),
  bun: inProcess(bun(), ["run"]),
  workerd: inWorkerd("2026-01-01"),
  "workerd-2024": inWorkerd("2024-01-01"),
  chromium: chromium() ? inChromium("page.js") : undefined,
  "memory-node": inProcess(process.execPath, [], "memory.js"),
  "memory-chromium": chromium() ? inChromium("memory-page.js") : undefined,
};

/** @type {string[]} */
const rows = [];
/** What failed, and where. @type {Map<string, string[]>} */
const failures = new Map();
/** @type {string[]} */
let header = [];

/** @param {string} what @param {string} where */
const fail = (what, where) => failures.set(what, [...(failures.get(what) ?? []), where]);

for (const [name, start] of Object.entries(runtimes)) {
  if (onlyRuntime && onlyRuntime !== name && onlyRuntime !== "all") continue;
  if (start === undefined) {
    rows.push(`${name.padEnd(22)}not at hand: tests/package.json has it for Linux on x64; Chromium is the system's`);
    if (process.env.CI === "true") fail("not at hand", name);
    continue;
  }
  try {
    const { version, outcomes } = await start();
    const total = outcomes.reduce((sum, { cases }) => sum + cases, 0);
    const ms = outcomes.reduce((sum, outcome) => sum + outcome.ms, 0);
    header = outcomes.map(({ suite }) => suite);
    rows.push(line(version, outcomes.map(cell), `${total} cases`, `${(ms / 1000).toFixed(1)} s`));
    if (total === 0) fail("no case ran", version);
    for (const outcome of outcomes) for (const what of outcome.failures) fail(`${outcome.suite}: ${what}`, version);
  } catch (error) {
    rows.push(`${name.padEnd(22)}failed to run`);
    fail(`${/** @type {any} */ (error).stderr ?? ""}${/** @type {Error} */ (error).stack}`, name);
  }
}

console.log(line("", header, "", ""));
console.log(rows.join("\n"));
for (const [what, where] of failures) console.log(`\n${where.join(", ")}\n${what}`);
if (failures.size > 0) console.log(`\n${failures.size} failed`);
process.exitCode = failures.size > 0 ? 1 : 0;

/** @param {import("./suite.js").Outcome} outcome */
function cell({ cases, failures, ms }) {
  return failures.length > 0 ? `${failures.length} of ${cases} FAILED` : `${cases} in ${ms} ms`;
}

/** @param {string} name @param {string[]} cells @param {string} total @param {string} time */
function line(name, cells, total, time) {
  return [name.padEnd(22), ...cells.map((text) => text.padStart(16)), total.padStart(12), time.padStart(8)].join("");
}
