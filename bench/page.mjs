// What the page says of each row: a table with the targets beside the figures, and a plot.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bars, lines } from "./plot.mjs";
import { run } from "./runner.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const versions = JSON.parse(readFileSync(`${here}package.json`, "utf8")).dependencies;
const NAMES = {
  "cacheref-shared": "cacheref, shared values",
  cacheref: "cacheref, copies",
  "cacheref-sync": "cacheref, synchronous",
  "cacheref-sync-ttl": "cacheref, synchronous, with a ttl",
  reference: "reference",
  values: "the values alone",
  json: "a Map of JSON texts",
};
/** The package of a contestant. */
const packageOf = (name) => name.replace(/-sync$/, "");
const labelOf = (name) =>
  NAMES[name] ?? `${packageOf(name)} ${versions[packageOf(name)] ?? versions[`@epic-web/${name}`]}`;
const labelOnRedis = (name) => (name === "cacheref" ? name : labelOf(name));
const NEAR_NAMES = {
  cacheref: "cacheref, near",
  "cacheref-frozen": "cacheref, near, frozen values",
  far: "cacheref, without near",
  memory: "cacheref in memory",
  "memory-frozen": "cacheref in memory, frozen values",
  texts: "the texts alone",
  "node-redis": `redis ${versions.redis}, clientSideCache`,
};
const nearLabelOf = (name) => NEAR_NAMES[name] ?? labelOf(name);
const isOurs = (name) => name.startsWith("cacheref");
const marked = (name, label = labelOf(name)) => (isOurs(name) ? `**${label}**` : label);

/** The median with the smallest and the largest. */
function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1], least: sorted[0], most: sorted.at(-1) };
}
const median = (numbers) => spread(numbers).median;

const time = (ns) => {
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(2)} ms`;
  if (ns >= 1000) return `${(ns / 1000).toFixed(ns >= 10_000 ? 1 : 2)} µs`;
  return `${ns.toFixed(0)} ns`;
};
const times = (ratio) => `${ratio.toFixed(2)}x`;
const range = ({ median, least, most }, format) => `${format(median)} (${format(least)}–${format(most)})`;
const count = (number) => number.toLocaleString("en");

const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const image = (id) => `![${id}](plots/${id}.svg)`;
/** The plots of the sections, by their names. @type {Map<string, string>} */
export const plots = new Map();
const draw = (id, svg) => plots.set(id, svg);
/** What of the design's targets is met. @type {{ work: string, what: string, figure: string, target: string, isMet: boolean }[]} */
export const verdicts = [];

/** Notes a verdict, and words it for a cell. */
function judge(work, what, figure, target, isMet) {
  verdicts.push({ work, what, figure, target, isMet });
  return `${target} ${isMet ? "met" : "**not met**"}`;
}
const atMost = (work, what, value, most, format) =>
  judge(work, what, format(value), `<= ${format(most)}`, value <= most);

/** A work in memory. */
function memory({ work, title, contestants, base, targets, copies }, figures) {
  const of = (name) => figures[name][0];
  const measured = contestants
    .map((name) => ({
      name,
      figure: spread(of(name)),
      ratio: spread(of(name).map((figure, index) => figure / of(base)[index])),
    }))
    .sort((a, b) => a.figure.median - b.figure.median);
  draw(
    work,
    bars(
      `${work}: ${title}`,
      measured.map(({ name, figure }) => ({
        label: labelOf(name),
        value: figure.median,
        text: time(figure.median),
        isOurs: isOurs(name),
      })),
    ),
  );
  const rows = measured.map(({ name, figure, ratio }) => [
    marked(name),
    time(figure.median),
    range(ratio, times),
    targets[name] === undefined
      ? ""
      : atMost(work, `${labelOf(name)}, to ${labelOf(base)}`, ratio.median, targets[name], times),
  ]);
  const parts = [table(["", "median", `to ${labelOf(base)} (min–max)`, "target"], rows)];
  if (copies !== undefined) {
    const { ratio, of: what, beyond } = copies;
    const extra = of("cacheref").map((figure, index) => figure - (beyond === undefined ? 0 : of(beyond)[index]));
    const share = spread(extra.map((figure, index) => figure / of("json")[index]));
    const subject = beyond === undefined ? "copies" : `copies beyond ${labelOf(beyond)}`;
    const verdict = atMost(work, `${subject}, to ${what}`, share.median, ratio, times);
    parts.push(
      `${labelOf("cacheref")}${beyond === undefined ? "" : `, beyond shared values`}: ${range(share, times)} of ${what}; target ${verdict}.`,
    );
  }
  return `### ${work}: ${title}\n\n${[...parts, image(work)].join("\n\n")}\n`;
}

/** A cost over the number of cached calls that hold an entity. */
function fanOut({ work, title, contestants, over }, figures) {
  // On Redis there is one cacheref, and no choice of copies.
  const nameOf = (name) => (contestants.includes("cacheref-shared") ? labelOf(name) : labelOnRedis(name));
  const measured = contestants.map((name) => ({
    label: nameOf(name),
    isOurs: isOurs(name),
    points: over.map((calls, index) => [calls, median(figures[name][0].map((figure) => figure[index]))]),
  }));
  draw(work, lines(`${work}: ${title}`, "cached calls that hold the entity", time, measured));
  const rows = measured.map(({ label, isOurs, points }) => [
    isOurs ? `**${label}**` : label,
    ...points.map(([, ns]) => time(ns)),
  ]);
  return `### ${work}: ${title}\n\n${table(["cached calls", ...over.map(count)], rows)}\n\n${image(work)}\n`;
}

/** Memory and pauses over the number of entries. */
function heap({ id, contestants, cases, entities, targets }, figures) {
  const of = (name, index, field) => median(figures[name][index].map((figure) => figure[field]));
  const beyond = (name, index) => of(name, index, "bytesPerEntry") - of("values", index, "bytesPerEntry");
  const title = `entries with ${entities} ${entities === 1 ? "entity" : "entities"} each`;
  const fields = [
    ["bytes", "bytes per entry beyond the values", (bytes) => `${bytes.toFixed(0)} B`, beyond],
    ["pause", "longest pause while filling", time, (name, index) => of(name, index, "longestPauseMs") * 1e6],
    ["collection", "a full collection", time, (name, index) => of(name, index, "fullGcMs") * 1e6],
  ];
  for (const [field, what, format, value] of fields) {
    const shown = contestants.filter((name) => field !== "bytes" || name !== "values");
    const measured = shown.map((name) => ({
      label: labelOf(name),
      isOurs: isOurs(name),
      points: cases.map((entries, index) => [entries, value(name, index)]),
    }));
    draw(`${id}-${field}`, lines(`M6: ${what}, ${title}`, "entries", format, measured));
  }
  const last = cases.length - 1;
  const whose = (name) => `${count(cases[last])} ${title}, ${labelOf(name)}`;
  const rows = cases.flatMap((entries, index) =>
    contestants.map((name) => {
      const bytes = beyond(name, index);
      const cells = {
        bytes: name === "values" ? "0" : bytes.toFixed(0),
        fill: of(name, index, "fillUs").toFixed(2),
        pause: of(name, index, "longestPauseMs").toFixed(0),
        collection: of(name, index, "fullGcMs").toFixed(0),
      };
      if (isOurs(name) && index === last) {
        const toValues = (field) => of(name, index, field) / of("values", index, field);
        const add = (field, what, value, most, format) => {
          cells[field] += ` (${atMost("M6", `${whose(name)}: ${what}`, value, most, format)})`;
        };
        add("bytes", "bytes per entry", bytes, targets.bytes, (figure) => figure.toFixed(0));
        add(
          "fill",
          "fill, per entry",
          of(name, index, "fillUs"),
          targets.fillUs,
          (figure) => `${figure.toFixed(2)} µs`,
        );
        add("pause", "longest pause, to the values alone", toValues("longestPauseMs"), targets.pause, times);
        add("collection", "full collection, to the values alone", toValues("fullGcMs"), targets.collection, times);
      }
      return [count(entries), marked(name), cells.bytes, cells.fill, cells.pause, cells.collection];
    }),
  );
  const head = ["entries", "", "bytes per entry", "fill, µs per entry", "longest pause, ms", "full collection, ms"];
  const images = fields.map(([field]) => image(`${id}-${field}`)).join("\n\n");
  return `### M6: ${title}\n\n${table(head, rows)}\n\n${images}\n`;
}

/** A work on Redis. */
function redis({ work, title, contestants, target, bare }, figures) {
  const rows = contestants.map((name) => {
    const all = figures[name][0];
    const figure = spread(all.map(({ figure }) => figure));
    const label = marked(name, labelOnRedis(name));
    if (bare !== undefined) {
      const ratio = spread(all.map((one) => one.figure / one.bare));
      const verdict = isOurs(name) ? atMost(work, `${title}, to ${bare}`, ratio.median, target.ratio, times) : "";
      return [label, time(figure.median), range(ratio, times), verdict];
    }
    const longest = median(all.map(({ longestUs }) => longestUs * 1000));
    const judged = [];
    if (isOurs(name) && target.ms) judged.push(atMost(work, title, figure.median, target.ms * 1e6, time));
    if (isOurs(name))
      judged.push(`longest ${atMost(work, `${title}: the longest command`, longest, target.longestMs * 1e6, time)}`);
    return [label, range(figure, time), time(longest), judged.join("; ")];
  });
  const head =
    bare === undefined
      ? ["", "median (min–max)", "longest command on the server", "target"]
      : ["", "median", `to ${bare} (min–max)`, "target"];
  return `### ${work}: ${title}, on Redis\n\n${table(head, rows)}\n`;
}

/** A work on two levels: a column for each field of its figures, and targets for cacheref, to another contestant or none. */
function near({ work, title, contestants, columns, targets, curve, note }, figures) {
  const of = (name, field) => median(figures[name][0].map((figure) => figure[field]));
  const formats = {
    time,
    times,
    count: (number) => count(Math.round(number)),
    bytes: (bytes) => `${bytes.toFixed(0)} B`,
  };
  const rows = contestants.map((name) => {
    const verdicts = targets
      .filter((target) => target.name === name)
      .map(({ field, to, beyond, most, least, format = "times" }) => {
        const base = to === undefined ? 1 : of(to, field);
        const value = of(name, field) / base - (beyond === undefined ? 0 : of(beyond, field));
        const what = `${title}, ${nearLabelOf(name)}${to === undefined ? "" : `, to ${nearLabelOf(to)}`}`;
        const form = formats[format];
        return least === undefined
          ? atMost(work, what, value, most, form)
          : judge(work, what, form(value), `>= ${form(least)}`, value >= least);
      });
    const cells = columns.map(({ field, format }) => formats[format](of(name, field)));
    return [marked(name, nearLabelOf(name)), ...cells, verdicts.join("; ")];
  });
  const parts = [table(["", ...columns.map(({ head }) => head), "target"], rows)];
  if (note !== undefined) parts.push(note(of, formats));
  if (curve !== undefined) {
    const measured = contestants.map((name) => ({
      label: nearLabelOf(name),
      isOurs: isOurs(name),
      points: curve.over.map((part, index) => [
        part,
        median(figures[name][0].map(({ latencies }) => latencies[index])),
      ]),
    }));
    draw(work, lines(`${work}: ${title}`, curve.across, time, measured));
    parts.push(image(work));
  }
  return `### ${work}: ${title}\n\n${parts.join("\n\n")}\n`;
}

const KINDS = { memory, "fan-out": fanOut, heap, redis, near };

/** The section of a row. */
export const sectionOf = (row, figures) => KINDS[row.kind](row, figures);

/** What scripts of their own measure. @type {Record<string, () => string>} */
export const scripts = {
  K1() {
    const text = run("keys.mjs");
    const ratios = [...text.matchAll(/^ {2}lookup .*? ([\d.]+)x/gm)].map(([, ratio]) => Number(ratio));
    const isBelow = ratios.filter((ratio) => ratio < 1).length;
    const verdict = judge(
      "K1",
      "a call's arguments to its entry, to `JSON.stringify` of the arguments",
      ratios.map(times).join(", "),
      "< 1.00x",
      isBelow === ratios.length,
    );
    return `### K1: from arguments to a key\n\n\`\`\`text\n${text}\n\`\`\`\n\nTarget of *lookup*: ${verdict} (${isBelow} of ${ratios.length}).\n`;
  },
  E1() {
    const text = run("extract.mjs");
    const cells = text
      .split("\n")
      .slice(2)
      .map((line) => line.split("|").map((cell) => Number.parseFloat(cell)));
    const speeds = cells.map((row) => row[4]);
    const shares = cells.map((row) => row[5]);
    const slowest = Math.min(...speeds);
    const largest = Math.max(...shares);
    const speed = judge("E1", "ids from text, the slowest", `${slowest} GB/s`, ">= 2 GB/s", slowest >= 2);
    const share = atMost("E1", "ids from text, to `JSON.stringify`, the slowest", largest, 0.15, times);
    return `### E1: entities from a result\n\n${text}\n\nTarget of *scan*: ${speed}, and ${share} of \`JSON.stringify\`.\n`;
  },
  S() {
    const known = JSON.parse(readFileSync(`${here}../tests/package/size.json`, "utf8"));
    const brotli = known["cacheref.wasm"].brotli + known["cacheref/slim, minified, glue included"].brotli;
    const starts = Array.from({ length: 21 }, () => Number(run("start.mjs")));
    const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} KB`;
    const size = atMost("S", "what a browser loads of cacheref/slim, brotli", brotli, 60_000, kilobytes);
    const start = atMost("S", "compile and instantiate", median(starts) * 1e6, 5e6, time);
    const rows = [
      ["what a browser loads of `cacheref/slim`, brotli (tests/package/size.json)", kilobytes(brotli), size],
      ["compile and instantiate, in Node", range(spread(starts.map((ms) => ms * 1e6)), time), start],
    ];
    return `### S: size and start\n\n${table(["", "", "target"], rows)}\n`;
  },
};

/** All verdicts, as a table. */
export const summary = () =>
  table(
    ["row", "what", "measured", "target", ""],
    verdicts.map(({ work, what, figure, target, isMet }) => [
      work,
      what,
      figure,
      target,
      isMet ? "met" : "**not met**",
    ]),
  );
