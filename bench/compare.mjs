// Measures this checkout beside another one, in turns: node bench/compare.mjs ../before [--only M1,R1] [--repetitions 9]
//
// The other checkout needs its core and the packages of its bench/. A ratio above 1 says that this one is slower. A ratio is
// taken within a repetition, and once more between the least figures, which other programs disturb least.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { requireParts } from "./need.mjs";
import { rows } from "./rows.mjs";
import { run } from "./runner.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "M1,M2,M1t100,M3,M4,M5,R1,R2b,R3,R6,K1" },
    repetitions: { type: "string", default: "9" },
  },
});
if (positionals.length !== 1) {
  console.error("compare: name the other checkout: node bench/compare.mjs ../before [--only M1,R1] [--repetitions 9]");
  process.exit(2);
}
const folders = { before: `${resolve(positionals[0])}/bench/`, now: fileURLToPath(new URL(".", import.meta.url)) };
for (const folder of Object.values(folders)) requireParts(folder);

/** The look-ups that K1 prints, by their arguments. */
function lookups(text) {
  const figures = {};
  let title = "";
  for (const line of text.split("\n")) {
    if (!line.startsWith(" ")) title = line.replace(/ \(\d+ bytes.*/, "");
    const [, ns] = /^ {2}lookup +(\d+) ns/.exec(line) ?? [];
    if (ns !== undefined) figures[`lookup of ${title}`] = Number(ns);
  }
  return figures;
}

/** The figures of one measurement, by their names. */
function measure(work, name, folder) {
  if (work === "K1") return lookups(run("keys.mjs", [], [], folder));
  const row = rows.find((row) => row.work === work);
  const printed = JSON.parse(
    run(...row.job(name), [], folder)
      .split("\n")
      .at(-1),
  );
  if (typeof printed === "number") return { time: printed };
  const { figure, bare, longestUs } = printed;
  return {
    ...(bare === undefined ? { time: figure } : { "to the bare client": figure / bare }),
    ...(longestUs ? { "longest command": longestUs } : {}),
  };
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const median = (numbers) => sorted(numbers)[numbers.length >> 1];
const least = (numbers) => sorted(numbers)[0];

console.log("| row |  | median of the ratios | ratio of the least figures |\n| --- | --- | --- | --- |");
for (const work of options.only.split(",")) {
  const ours = work.startsWith("M8")
    ? ["cacheref-sync"]
    : work.startsWith("M")
      ? ["cacheref-shared", "cacheref"]
      : ["cacheref"];
  for (const name of ours) {
    const pairs = Array.from({ length: Number(options.repetitions) }, (_, repetition) => {
      const order = repetition % 2 === 0 ? ["before", "now"] : ["now", "before"];
      return Object.fromEntries(order.map((which) => [which, measure(work, name, folders[which])]));
    });
    for (const what of Object.keys(pairs[0].now)) {
      const ratio = median(pairs.map(({ before, now }) => now[what] / before[what])).toFixed(2);
      const [before, now] = ["before", "now"].map((which) => least(pairs.map((pair) => pair[which][what])));
      console.log(`| ${work} | ${name}, ${what} | ${ratio} | ${(now / before).toFixed(2)} |`);
    }
  }
}
