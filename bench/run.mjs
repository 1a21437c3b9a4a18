// Runs the benchmarks and writes bench/README.md with its plots: node bench/run.mjs [--only M1,M6] [--repetitions 5]
//
// Each measurement is a process of its own. Repetitions are interleaved with the order rotated, and ratios are taken
// within a repetition: figures move from run to run, ratios much less.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bars } from "./plot.mjs";
import { memoryContestants, redisRows, rows } from "./rows.mjs";
import { works } from "./work.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    repetitions: { type: "string", default: "5" },
    entries: { type: "string", default: "100000,1000000" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log("node bench/run.mjs [--only M1,M2,M6] [--repetitions 5] [--entries 100000,1000000]");
  process.exit(0);
}
const repetitions = Number(options.repetitions);
const chosen = options.only?.split(",");
const isChosen = (work) => chosen === undefined || chosen.includes(work);

/** Runs one measurement and gives what it printed. */
function measure(script, args, flags = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, `${here}${script}`, ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${script} ${args.join(" ")} failed:\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/** `repetitions` figures of each contestant, the order of the contestants rotated. */
function repeat(contestants, figure) {
  const figures = Object.fromEntries(contestants.map((name) => [name, []]));
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const start = repetition % contestants.length;
    for (const name of [...contestants.slice(start), ...contestants.slice(0, start)]) {
      process.stderr.write(`\r${name.padEnd(30)} ${repetition + 1}/${repetitions}`);
      figures[name].push(figure(name));
    }
  }
  process.stderr.write("\r".padEnd(50));
  return figures;
}

/** The median with the smallest and the largest. */
function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1], least: sorted[0], most: sorted.at(-1) };
}

const time = (ns) =>
  ns >= 1e6
    ? `${(ns / 1e6).toFixed(2)} ms`
    : ns >= 10_000
      ? `${(ns / 1000).toFixed(1)} µs`
      : ns >= 1000
        ? `${(ns / 1000).toFixed(2)} µs`
        : `${ns.toFixed(0)} ns`;
const times = (ratio) => `${ratio.toFixed(2)}x`;
const table = (head, lines) =>
  [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const versions = JSON.parse(readFileSync(`${here}package.json`, "utf8")).dependencies;
const labelOf = (name) =>
  ({
    "cacheref-shared": "cacheref, shared values",
    cacheref: "cacheref, copies",
    reference: "reference",
    values: "the values alone",
  })[name] ?? `${name} ${versions[name] ?? versions[`@epic-web/${name}`]}`;
const isOurs = (name) => name.startsWith("cacheref");

mkdirSync(`${here}plots`, { recursive: true });

/** A work in memory: its table and its plot. */
function runWork({ work, contestants, base, targets }) {
  const figures = repeat(contestants, (name) => measure("measure.mjs", [work, name]));
  const measured = contestants.map((name) => ({
    name,
    figure: spread(figures[name]),
    ratio: spread(figures[name].map((figure, index) => figure / figures[base][index])),
  }));
  measured.sort((a, b) => a.figure.median - b.figure.median);
  writeFileSync(
    `${here}plots/${work}.svg`,
    bars(
      `${work}: ${works[work].title}`,
      measured.map(({ name, figure }) => ({
        label: labelOf(name),
        value: figure.median,
        text: time(figure.median),
        isOurs: isOurs(name),
      })),
    ),
  );
  const lines = measured.map(({ name, figure, ratio }) => [
    isOurs(name) ? `**${labelOf(name)}**` : labelOf(name),
    time(figure.median),
    `${times(ratio.median)} (${times(ratio.least)}–${times(ratio.most)})`,
    targets[name] === undefined
      ? ""
      : `<= ${times(targets[name])} ${ratio.median <= targets[name] ? "met" : "**not met**"}`,
  ]);
  return `### ${work}: ${works[work].title}\n\n${table(["", "median", `to ${labelOf(base)} (min–max)`, "target"], lines)}\n\n![${work}](plots/${work}.svg)\n`;
}

/** Memory and pauses: their table and plot. */
function runMemory(entries, entities) {
  const figures = repeat(memoryContestants, (name) =>
    measure("memory.mjs", [name, String(entries), String(entities)], ["--expose-gc", "--max-old-space-size=12000"]),
  );
  const middle = (name, field) => spread(figures[name].map((figure) => figure[field])).median;
  const measured = memoryContestants.map((name) => ({
    name,
    bytes: middle(name, "bytesPerEntry") - middle("values", "bytesPerEntry"),
  }));
  writeFileSync(
    `${here}plots/M6-${entries}-${entities}.svg`,
    bars(
      `Bytes per entry beyond the values, ${entries.toLocaleString("en")} entries with ${entities} ${entities === 1 ? "entity" : "entities"}`,
      measured.slice(1).map(({ name, bytes }) => ({
        label: labelOf(name),
        value: bytes,
        text: `${bytes.toFixed(0)} B`,
        isOurs: isOurs(name),
      })),
    ),
  );
  const lines = measured.map(({ name, bytes }) => [
    isOurs(name) ? `**${labelOf(name)}**` : labelOf(name),
    name === "values" ? "0" : bytes.toFixed(0),
    middle(name, "fillUs").toFixed(2),
    middle(name, "longestPauseMs").toFixed(0),
    middle(name, "fullGcMs").toFixed(0),
  ]);
  const head = ["", "bytes per entry", "fill, µs per entry", "longest pause, ms", "full collection, ms"];
  return `### M6: ${entries.toLocaleString("en")} entries with ${entities} ${entities === 1 ? "entity" : "entities"}\n\n${table(head, lines)}\n\n![M6](plots/M6-${entries}-${entities}.svg)\n`;
}

/** A work on Redis: its table. */
function runRedis({ work, title, contestants, target, bare }) {
  const figures = repeat(contestants, (name) => measure("redis.mjs", [work, name]));
  const lines = contestants.map((name) => {
    const figure = spread(figures[name].map(({ figure }) => figure));
    const label = isOurs(name) ? "**cacheref**" : labelOf(name);
    if (bare === undefined)
      return [
        label,
        `${time(figure.median)} (${time(figure.least)}–${time(figure.most)})`,
        verdict(name, figure.median / 1e6, target.ms, "ms"),
      ];
    const ratio = spread(figures[name].map((one) => one.figure / one.bare));
    return [
      label,
      time(figure.median),
      `${times(ratio.median)} (${times(ratio.least)}–${times(ratio.most)})`,
      verdict(name, ratio.median, target.ratio, "x"),
    ];
  });
  const head =
    bare === undefined ? ["", "median (min–max)", "target"] : ["", "median", `to ${bare} (min–max)`, "target"];
  return `### ${work} on Redis: ${title}\n\n${table(head, lines)}\n`;
}

/** Whether cacheref is within its target. */
function verdict(name, figure, target, unit) {
  if (target === undefined || !isOurs(name)) return "";
  return `<= ${target}${unit} ${figure <= target ? "met" : "**not met**"}`;
}

const sections = rows.filter(({ work }) => isChosen(work)).map(runWork);
if (isChosen("M6")) {
  for (const entries of options.entries.split(",").map(Number))
    for (const entities of [1, 10]) sections.push(runMemory(entries, entities));
}
sections.push(...redisRows.filter(({ work }) => isChosen(work)).map(runRedis));
for (const [work, script] of [
  ["K1: keys", "keys.mjs"],
  ["E1: entities from text", "extract.mjs"],
]) {
  if (!isChosen(work.slice(0, 2))) continue;
  const { stdout } = spawnSync(process.execPath, [`${here}${script}`], { encoding: "utf8" });
  sections.push(`### ${work}\n\n\`\`\`\n${stdout.trim()}\n\`\`\`\n`);
}
console.log(sections.join("\n"));
if (chosen === undefined) {
  const page = readFileSync(`${here}README.template.md`, "utf8")
    .replace(
      "{{machine}}",
      `${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.version}, ${repetitions} repetitions`,
    )
    .replace("{{sections}}", sections.join("\n"));
  writeFileSync(`${here}README.md`, page);
}
