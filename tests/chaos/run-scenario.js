// Runs one scenario: starts its servers and workers, lets its faults happen, and adds up what the workers tell.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { startRedis } from "../helpers/redis.js";
import { EXCUSE } from "./worker/rows.js";

const PROGRAM = fileURLToPath(new URL("worker/main.js", import.meta.url));
/** A worker that has not ended by then hangs. Longer than the limit of one call (worker/judge.js). */
const END_MS = 35_000;

/**
 * @typedef {object} Place what a scenario has started
 * @property {(worker: number) => object} placeOf what a worker's cache stands on: see worker/backends.js
 * @property {(run: Run) => Promise<unknown>} [disturb] makes faults happen until the run is over
 * @property {() => Promise<unknown>} stop
 */

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} about what happens, and by which documented bound reads are judged where it is not the whole guarantee
 * @property {number} [workers] default 3
 * @property {object} [cache] options of the caches
 * @property {object | ((worker: number, seconds: number) => object)} [workload] see worker/workloads.js
 * @property {number} [stalenessMs] for how long after its invalidation a value may be served; a run that serves none fails
 * @property {boolean} [clockJumps]
 * @property {boolean} [mustFind] a test of the harness: it passes if it finds old reads
 * @property {() => Promise<Place>} start
 */

/**
 * What a scenario's `disturb` gets.
 * @typedef {object} Run
 * @property {(ms: number) => Promise<boolean>} pause resolves with whether the run goes on
 * @property {() => Promise<void>} invalidating resolves when a worker next asks for an invalidation
 * @property {(ms: number) => Promise<unknown>} excuse old reads within the next `ms` are a documented limit
 * @property {(count?: number) => void} fault counts a fault, or several
 * @property {import("node:child_process").ChildProcess[]} children
 */

/**
 * @typedef {Record<"operations" | "races" | "old" | "excused" | "stale" | "hangs" | "broken" | "hits" | "near" | "faults" | "longestMs" | "stalestMs", number>} Figures
 */

/**
 * @param {Scenario} scenario
 * @param {{ seconds: number, seed: number, progress?: (figures: Figures) => void }} options
 * @returns {Promise<{ figures: Figures, said: string[] }>}
 */
export async function runScenario(scenario, { seconds, seed, progress }) {
  const { workers = 3, cache = {}, stalenessMs = 0, clockJumps = false } = scenario;
  const [place, oracle] = await Promise.all([scenario.start(), startRedis()]);
  const excuses = new Redis(oracle.port);
  /** @type {Figures & Record<string, number>} */
  const figures = {
    operations: 0,
    races: 0,
    old: 0,
    excused: 0,
    stale: 0,
    hangs: 0,
    broken: 0,
    hits: 0,
    near: 0,
    faults: 0,
    longestMs: 0,
    stalestMs: 0,
  };
  /** @type {string[]} */
  const said = [];
  /** @type {(() => void)[]} */
  let waiting = [];
  let isOver = false;
  let started = 0;

  /** @param {any} message */
  function hear({ counts = {}, longest = 0, stalest = 0, said: text, event }) {
    for (const [name, count] of Object.entries(counts)) figures[name] = (figures[name] ?? 0) + count;
    figures.longestMs = Math.max(figures.longestMs, Math.round(longest));
    figures.stalestMs = Math.max(figures.stalestMs, stalest);
    if (text) said.push(text);
    if (event !== "invalidating") return;
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  }
  /** @type {import("node:child_process").ChildProcess[]} */
  const children = [];
  /** @param {number} i */
  function start(i) {
    const workload =
      typeof scenario.workload === "function" ? scenario.workload(i, seconds) : (scenario.workload ?? {});
    const begin = { seed: seed + started++, oracle: oracle.port, place: place.placeOf(i) };
    const task = { ...begin, cache, workload, stalenessMs, clockJumps };
    const child = fork(PROGRAM, [JSON.stringify(task)]);
    child.on("message", hear);
    child.on("exit", (code, signal) => {
      // A scenario kills workers; another takes the place of each.
      if (signal === "SIGKILL" && !isOver) start(i);
      else if (code) {
        figures.broken += 1;
        said.push(`a worker ended with code ${code}`);
      }
    });
    children[i] = child;
  }
  for (let i = 0; i < workers; i++) start(i);
  // A busy machine takes seconds to start them, which are no part of the run.
  const ready = children.map((child) => once(child, "message"));
  const ended = children.map((child) => once(child, "exit"));
  await Promise.race([Promise.all(ready), ...ended]);

  const end = performance.now() + seconds * 1000;
  /** @type {Run} */
  const run = {
    children,
    async pause(ms) {
      const left = end - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(ms, left))));
      return left > ms;
    },
    invalidating: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        setTimeout(resolve, Math.max(0, end - performance.now()));
      }),
    excuse: (ms) => excuses.set(EXCUSE, 1, "PX", ms),
    fault: (count = 1) => {
      figures.faults += count;
    },
  };
  const ticking = progress && setInterval(() => progress(figures), 5000);
  try {
    await Promise.all([run.pause(seconds * 1000), place.disturb?.(run)]);
  } finally {
    isOver = true;
    clearInterval(ticking);
    await Promise.all(children.map((child) => endWorker(child, figures)));
    excuses.disconnect();
    await Promise.all([place.stop(), oracle.stop()]);
  }
  return { figures, said };
}

/** @param {import("node:child_process").ChildProcess} child @param {Figures} figures */
async function endWorker(child, figures) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGCONT");
  if (child.connected) child.send("end");
  const late = setTimeout(() => {
    figures.hangs += 1;
    child.kill("SIGKILL");
  }, END_MS);
  await once(child, "exit");
  clearTimeout(late);
}

/** @param {Scenario} scenario */
const isNear = ({ cache = {} }) => "near" in cache;

/**
 * What a run has shown.
 * @param {Scenario} scenario
 * @param {Figures} figures
 * @returns {string | undefined} why it fails
 */
export function verdict(scenario, figures) {
  const { races, operations, hits, old, hangs, broken } = figures;
  if (broken > 0) return `${broken} calls or workers failed`;
  if (hangs > 0) return `${hangs} hangs`;
  if (isNear(scenario) && !figures.near) return "no hit was near: the run has shown nothing";
  // Without the check the log seems to lose entries, so every process clears the prefix again and again: no hits there.
  if (operations === 0 || (hits === 0 && !scenario.mustFind)) return "no call was a hit: the run has shown nothing";
  if (races === 0) return "no run overlapped an invalidation of its entity: the run has shown nothing";
  if (scenario.stalenessMs && figures.stalestMs <= 0) return "no value was served stale: the run has shown nothing";
  if (scenario.mustFind) return old > 0 ? undefined : "the check is taken out, and no old read was found";
  return old > 0 ? `${old} old reads` : undefined;
}
