// @ts-check
/**
 * Runs the steps of scripts/steps.mjs and says of each how it went and how long it took:
 *
 *     node scripts/test.mjs [name,name…]
 *
 * Two steps run side by side; JOBS=1 runs one after another.
 * A step that fails stops only those that come after it. What a step prints goes to target/test/NAME.log, and is shown
 * if it fails. Where something is missing that cannot be installed, a step is skipped; under CI=true it has failed then,
 * as has one that ran no test or skipped some.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stop } from "./process.mjs";
import { steps } from "./steps.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const logs = join(root, "target/test");
const isCI = process.env.CI === "true";
/** A step that takes longer hangs. */
const LIMIT_MINUTES = 20;
/** And so does a file of tests: it is ended, named, and the others go on. */
const FILE_LIMIT_MINUTES = 10;
/** How much of a failed step's output is shown. */
const SHOWN_LINES = 120;
/** And how much of each failed test. */
const SHOWN_LINES_OF_TEST = 30;
/** The same at the end. */
const SHORT_LINES = 15;
const SHORT_LINES_OF_TEST = 10;

const testRunner = [process.execPath, "--test", `--test-timeout=${FILE_LIMIT_MINUTES * 60_000}`];

/** @typedef {import("./steps.mjs").Step} Step */
/** @typedef {{ outcome: "passed" | "failed" | "skipped", why?: string }} Result */

/** @type {Map<string, Result & { seconds: number }>} */
const results = new Map();

/** Two, since many steps wait for a server or a browser most of their time. */
const SIDE_BY_SIDE = Number(process.env.JOBS ?? 2);
if (!(SIDE_BY_SIDE >= 1)) stop(`test: JOBS must be a number of steps, 1 or more, got ${process.env.JOBS}`);

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    children.forEach(endGroup);
    process.exit(130);
  });
}

mkdirSync(logs, { recursive: true });
await runAll(chosen(process.argv[2]));
summarize();

/**
 * Starts the steps in the order of the list, each as soon as there is room for it.
 * @param {Step[]} wanted
 */
async function runAll(wanted) {
  const waiting = [...wanted];
  /** @type {Map<Step, Promise<void>>} */
  const running = new Map();
  /** @param {Step} step */
  const canStart = (step) =>
    !step.after?.some((name) => !results.has(name)) &&
    ![...running.keys()].some((other) => step.alone !== undefined && step.alone === other.alone);
  while (waiting.length + running.size > 0) {
    const next = running.size < SIDE_BY_SIDE ? waiting.findIndex(canStart) : -1;
    if (next < 0) {
      await Promise.race(running.values());
      continue;
    }
    const [step] = waiting.splice(next, 1);
    running.set(
      step,
      run(step).finally(() => running.delete(step)),
    );
  }
}

/** @param {Step} step */
async function run(step) {
  console.log(`== ${step.name}: ${step.about}`);
  const start = performance.now();
  const result = await attempt(step);
  const seconds = (performance.now() - start) / 1000;
  results.set(step.name, { ...result, seconds });
  if (result.outcome === "failed" || step.isShown) showLog(step);
  console.log(`   ${step.name}: ${describe(result)} in ${seconds.toFixed(1)} s`);
}

/**
 * The steps asked for and those they come after, in the order of the list.
 * @param {string | undefined} names
 */
function chosen(names) {
  if (!names) return steps;
  const wanted = new Set();
  /** @param {string} name */
  const want = (name) => {
    const step = steps.find((candidate) => candidate.name === name);
    if (!step) stop(`test: there is no step "${name}"; there is: ${steps.map((step) => step.name).join(", ")}`);
    step.after?.forEach(want);
    wanted.add(name);
  };
  names.split(",").forEach(want);
  return steps.filter((step) => wanted.has(step.name));
}

/**
 * @param {Step} step
 * @returns {Promise<Result>}
 */
async function attempt(step) {
  rmSync(logOf(step), { force: true });
  const missed = step.after?.find((name) => results.get(name)?.outcome !== "passed");
  if (missed) return { outcome: "failed", why: `it comes after ${missed}` };
  const need = spawnSync("scripts/need.sh", step.needs ?? [], { cwd: root, encoding: "utf8" });
  if (need.status !== 0) return { outcome: isCI ? "failed" : "skipped", why: need.stderr.trim() };

  const command = step.run ?? [...testRunner, ...testFiles(step)];
  if (command.at(-1) === testRunner.at(-1)) return { outcome: "failed", why: `there is no test in ${step.tests}` };
  const failure = await execute(step, command);
  if (failure) return { outcome: "failed", why: failure };
  const doubt = step.tests ? doubtOf(readFileSync(logOf(step), "utf8")) : undefined;
  return doubt ? { outcome: "failed", why: doubt } : { outcome: "passed" };
}

/**
 * The files themselves: not every Node takes a folder or a pattern after --test.
 * @param {Step} step
 */
function testFiles({ tests = "" }) {
  if (!existsSync(join(root, tests))) return [];
  const files = readdirSync(join(root, tests), { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".test.js")).map((file) => join(tests, file));
}

/**
 * Runs the step's program and returns why it failed, if it did.
 * @param {Step} step
 * @param {string[]} command
 */
async function execute(step, [program, ...args]) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, CARGO_TERM_COLOR: "never", TERM: "dumb", ...step.env };
  if (step.wasm) {
    env.RUSTUP_TOOLCHAIN = answer("scripts/toolchain.sh");
    env.PATH = answer("scripts/tools.sh", "wasm-bindgen", "wasm-pack") + delimiter + env.PATH;
  }
  const log = createWriteStream(logOf(step));
  await once(log, "open");
  // A process group of its own, so that a step that hangs is ended with all it started.
  const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", log, log], detached: true });
  children.add(child);
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    endGroup(child);
  }, LIMIT_MINUTES * 60_000);
  try {
    const [code, signal] = await once(child, "exit");
    if (isLate) return `it was ended after ${LIMIT_MINUTES} minutes`;
    return code === 0 ? undefined : (signal ?? `exit code ${code}`);
  } catch (error) {
    return `${program} cannot be started: ${/** @type {Error} */ (error).message}`;
  } finally {
    clearTimeout(limit);
    children.delete(child);
    log.end();
  }
}

/** @param {import("node:child_process").ChildProcess} child */
function endGroup({ pid }) {
  if (pid !== undefined) process.kill(-pid, "SIGKILL");
}

/**
 * The one line that a script prints.
 * @param {string} script
 * @param {...string} args
 */
function answer(script, ...args) {
  return execFileSync(script, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
}

/**
 * Why a run of Node's test runner that exited with 0 may still show nothing.
 * @param {string} output
 */
function doubtOf(output) {
  /** @param {string} what */
  const count = (what) => Number(new RegExp(`^(?:#|ℹ) ${what} (\\d+)$`, "m").exec(output)?.[1]);
  if (!(count("pass") > 0)) return "it ran no test";
  if (isCI && count("skipped") > 0) return "under CI=true no test may be skipped";
  return undefined;
}

/** @param {Step} step */
function logOf(step) {
  return join(logs, `${step.name}.log`);
}

/**
 * The lines of a log that say why a step failed. Node's test runner does not say at the end which tests failed.
 * @param {Step} step
 * @param {number} linesOfTest how many of each failed test
 * @param {number} count how many in all
 */
function linesOfFailure(step, linesOfTest, count) {
  const lines = readFileSync(logOf(step), "utf8").trimEnd().split("\n");
  const failed = [];
  for (let at = 0, left = 0; at < lines.length; at += 1, left -= 1) {
    if (/^\s*not ok /.test(lines[at])) left = linesOfTest;
    if (left > 0) failed.push(lines[at]);
  }
  return { lines, shown: failed.length > 0 ? failed.slice(0, count) : lines.slice(-count) };
}

/** @param {Step} step */
function showLog(step) {
  if (!existsSync(logOf(step))) return;
  const { lines, shown } = linesOfFailure(step, SHOWN_LINES_OF_TEST, SHOWN_LINES);
  for (const line of shown) console.log(`   | ${line}`);
  if (lines.length > shown.length) console.log(`   | (a part of target/test/${step.name}.log)`);
}

/** @param {Result} result */
function describe({ outcome, why }) {
  return why ? `${outcome} (${why})` : outcome;
}

function summarize() {
  const width = Math.max(...[...results.keys()].map((name) => name.length));
  console.log("\n== summary");
  for (const [name, result] of results) {
    console.log(`   ${name.padEnd(width)} ${result.seconds.toFixed(1).padStart(7)} s  ${describe(result)}`);
  }
  /** @param {string} outcome */
  const count = (outcome) => [...results.values()].filter((result) => result.outcome === outcome).length;
  console.log(`   ${"".padEnd(width)} ${(performance.now() / 1000).toFixed(1).padStart(7)} s in all\n`);
  // Once more, and last, since who sees only the end of a long output must see what failed.
  for (const step of steps) {
    if (results.get(step.name)?.outcome !== "failed" || !existsSync(logOf(step))) continue;
    console.log(`== ${step.name} failed`);
    for (const line of linesOfFailure(step, SHORT_LINES_OF_TEST, SHORT_LINES).shown) console.log(`   | ${line}`);
  }
  const skipped = count("skipped") > 0 ? `, ${count("skipped")} skipped` : "";
  console.log(`${count("passed")} passed, ${count("failed")} failed${skipped}`);
  process.exitCode = count("failed") > 0 ? 1 : 0;
}
