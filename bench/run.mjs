// Runs the benchmarks and writes bench/README.md with its plots: node bench/run.mjs [--only M1,M6 [--plots]]
// [--repetitions 5]. With --only it prints the rows; with --plots it writes their plots too.
//
// Each measurement is a process of its own. Repetitions are interleaved with the order rotated, and ratios are taken
// within a repetition: figures move from run to run, ratios much less.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { requireParts } from "./need.mjs";
import { plots, scripts, sectionOf, summary } from "./page.mjs";
import { rows } from "./rows.mjs";
import { Runner } from "./runner.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const names = [...new Set([...rows.map(({ work }) => work), ...Object.keys(scripts)])];
const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    repetitions: { type: "string", default: "5" },
    plots: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const chosen = options.only?.split(",") ?? names;
const unknown = chosen.filter((name) => !names.includes(name));
if (options.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`there is no ${unknown.join(", ")}; there is ${names.join(", ")}`);
  console.log("node bench/run.mjs [--only M1,M2,M6 [--plots]] [--repetitions 5]");
  process.exit(unknown.length > 0 ? 2 : 0);
}
const repetitions = Number(options.repetitions);
requireParts(here);

/** The first line that a command prints. */
const told = (command, ...args) => execFileSync(command, args, { cwd: here, encoding: "utf8" }).split("\n")[0];

function machine() {
  const [{ model }] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB of memory`;
  const commit = told("git", "rev-parse", "--short", "HEAD");
  const server = /v=(\S+)/.exec(told("redis-server", "--version"))?.[1];
  return [
    `${cpus().length} cores (${model.trim()}), ${memory}, ${type()} ${release()}`,
    `Node ${process.version} (V8 ${process.versions.v8}), Redis ${server}`,
    `commit ${commit}, ${new Date().toISOString().slice(0, 10)}, ${repetitions} repetitions`,
  ].join("; ");
}

// First: what is missing is told now, and not after all measurements.
const about = machine();
const planned = rows.filter(({ work }) => chosen.includes(work));
const runner = new Runner(planned, repetitions);
const sections = [];
/** Printed at once: should a later measurement fail, this one is not lost. */
function add(section) {
  runner.clear();
  console.log(section);
  sections.push(section);
}
for (const row of planned) add(sectionOf(row, runner.measure(row)));
for (const [name, section] of Object.entries(scripts)) if (chosen.includes(name)) add(section());
console.log(summary());
if (options.only === undefined) {
  const page = readFileSync(`${here}README.template.md`, "utf8")
    .replace("{{machine}}", about)
    .replace("{{summary}}", summary)
    .replace("{{sections}}", () => sections.join("\n"));
  writeFileSync(`${here}README.md`, page);
  rmSync(`${here}plots`, { recursive: true, force: true });
  mkdirSync(`${here}plots`);
}
if (options.only === undefined || options.plots)
  for (const [id, svg] of plots) writeFileSync(`${here}plots/${id}.svg`, svg);
