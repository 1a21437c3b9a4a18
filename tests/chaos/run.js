// Attacks the guarantee: after `await invalidate…()` resolves, no later call in any process on the same backend gets a
// value computed by a run that began before the invalidation was asked for.
//
//     node tests/chaos/run.js [--seconds n] [--jobs n] [--seed n] [scenario[,scenario]…]
//     node tests/chaos/run.js --list
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runScenario, verdict } from "./run-scenario.js";
import { SCENARIOS } from "./scenarios/index.js";

const HELP = `Attacks the guarantee of cacheref with real servers and processes, and judges every read.

  node tests/chaos/run.js [options] [scenario[,scenario]...]     default: all scenarios

  --seconds n   how long each scenario runs; default 10
  --jobs n      how many scenarios run at the same time; default 1
  --seed n      begins the random choices of the workers; default: by the time
  --list        says what scenarios there are
  --help        says this

  REDIS_SERVER=program runs them on another server than redis-server

Several processes work on rows with version numbers. A Redis of its own, the oracle, knows the version of each row and
whose invalidation has resolved. For each scenario this prints
  operations    calls and invalidations
  races         runs during which their row was changed and invalidated; a scenario without one fails
  old           reads whose version is lower than one whose invalidation had resolved before the call began
  excused       such reads within a limit that docs/guarantee.md or docs/near.md states; --list has the bound
                Where values may be stale for a while, it prints how many were, and the longest time since the
                invalidation had resolved; a scenario that measures this fails if none was
  hangs         calls that took more than 20 seconds, and workers that did not end
  longest       the longest call
`;

/** Old reads and the like that are told in words, of each scenario. */
const SAID = 5;
const COLUMNS = ["operations", "hits", "races", "faults", "old", "excused", "hangs", "longestMs"];
const HEADINGS = COLUMNS.map((column) => column.replace("Ms", " ms"));

const options = readOptions();
if (options.help) console.log(HELP.trimEnd());
else if (options.list) list();
else if (process.send) await runOne();
else await runAll();

function readOptions() {
  /** @param {string} text */
  const stop = (text) => {
    console.error(`chaos: ${text}; see --help`);
    process.exit(2);
  };
  /** @param {string} name @param {string} text */
  const number = (name, text) => {
    const value = Number(text);
    return Number.isInteger(value) && value > 0
      ? value
      : stop(`--${name} must be a whole number above 0, got "${text}"`);
  };
  /** @type {any} */
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        seconds: { type: "string", default: "10" },
        jobs: { type: "string", default: "1" },
        seed: { type: "string", default: String(1 + (Date.now() % 1_000_000)) },
        list: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    return stop(/** @type {Error} */ (error).message);
  }
  const { values, positionals } = parsed;
  const names = positionals.flatMap((/** @type {string} */ text) => text.split(",")).filter(Boolean);
  const scenarios = names.map(
    (/** @type {string} */ name) =>
      SCENARIOS.find((scenario) => scenario.name === name) ?? stop(`there is no scenario "${name}"`),
  );
  return {
    help: values.help,
    list: values.list,
    seconds: number("seconds", values.seconds),
    jobs: number("jobs", values.jobs),
    seed: number("seed", values.seed),
    scenarios: scenarios.length > 0 ? scenarios : SCENARIOS,
  };
}

function list() {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
  for (const { name, about } of SCENARIOS) console.log(`${name.padEnd(width)}  ${about}`);
}

/** The only scenario of this process, which `runAll` has started. */
async function runOne() {
  // Servers and workers end with this process.
  process.on("disconnect", () => process.exit(1));
  const [scenario] = options.scenarios;
  const progress = (/** @type {object} */ figures) => process.send?.({ progress: figures });
  /** @type {object} */
  let result;
  try {
    const { figures, said } = await runScenario(scenario, { ...options, progress });
    result = { figures, said, why: verdict(scenario, figures) };
  } catch (error) {
    result = { said: [/** @type {Error} */ (error).stack], why: "the scenario itself failed" };
  }
  process.send?.(result, undefined, {}, () => process.exit(0));
}

/** Each in a process of its own, so that one which blocks for a moment does not delay the proxies of another. */
async function runAll() {
  const { seconds, jobs, seed } = options;
  const queue = [...options.scenarios];
  console.log(`${queue.length} scenarios of ${seconds} s, seed ${seed}\n`);
  console.log(line("scenario", HEADINGS));
  /** @type {string[]} what is said again at the end */
  const red = [];
  let failed = 0;
  const work = async () => {
    for (let scenario = queue.shift(); scenario !== undefined; scenario = queue.shift()) {
      const { name } = scenario;
      const { figures, said = [], why } = await apart(name);
      const cells = COLUMNS.map((column) => figures?.[column] ?? "-");
      const bound = figures?.stale
        ? `; ${figures.stale} stale reads, the oldest ${figures.stalestMs} ms after its invalidation`
        : "";
      console.log(`${line(name, cells)}  ${why === undefined ? "ok" : `RED: ${why}`}${bound}`);
      if (why === undefined) continue;
      for (const text of said.slice(0, SAID)) console.log(`    ${text}`);
      red.push(`${name}: ${why}; ${cells.map((cell, i) => `${HEADINGS[i]} ${cell}`).join(", ")}${bound}`);
      red.push(...said.slice(0, SAID).map((text) => `    ${text.split("\n", 1)[0]}`));
      failed += 1;
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  console.log(`\n${options.scenarios.length - failed} ok, ${failed} red`);
  for (const text of red) console.log(text);
  process.exitCode = failed > 0 ? 1 : 0;
}

/**
 * @param {string} name
 * @returns {Promise<{ figures?: Record<string, number>, said?: string[], why?: string }>}
 */
async function apart(name) {
  const { seconds, seed } = options;
  const child = fork(fileURLToPath(import.meta.url), ["--seconds", String(seconds), "--seed", String(seed), name]);
  /** @type {{ why?: string }} */
  let result = { why: "the scenario's process ended without a result" };
  const began = performance.now();
  child.on("message", (/** @type {any} */ message) => {
    if (!message.progress) result = message;
    else if (seconds > 20) {
      const at = Math.round((performance.now() - began) / 1000);
      console.log(
        `${line(
          name,
          COLUMNS.map((column) => message.progress[column]),
        )}  … ${at} s`,
      );
    }
  });
  await once(child, "exit");
  return result;
}

/** @param {string} name @param {(string | number)[]} cells */
function line(name, cells) {
  return name.padEnd(30) + cells.map((cell) => String(cell).padStart(10)).join("");
}
