// Bars and lines as SVG: enough for a page of benchmarks, and readable in a diff.

const WIDTH = 760;
const LABEL = 170;
const ROW = 24;
const OURS = "#c2571a";
const OTHERS = ["#4a6fa5", "#5b8c5a", "#8a8f98", "#7d5ba6", "#a58a3a"];

const escapeText = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** @param {number} height @param {string} title @param {string} content */
const picture = (height, title, content) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
  <title>${escapeText(title)}</title>
  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
  <text x="8" y="20" font-size="15">${escapeText(title)}</text>
  ${content}
</svg>
`;

/**
 * @param {string} title
 * @param {{ label: string, value: number, text: string, isOurs: boolean }[]} bars
 */
export function bars(title, bars) {
  const longest = Math.max(...bars.map(({ value }) => value));
  const lines = bars.map(({ label, value, text, isOurs }, index) => {
    const y = 36 + index * ROW;
    const width = Math.max(2, (value / longest) * (WIDTH - LABEL - 110));
    return [
      `<text x="${LABEL - 8}" y="${y + 13}" text-anchor="end"${isOurs ? ' font-weight="bold"' : ""}>${escapeText(label)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="17" fill="${isOurs ? OURS : "#8a8f98"}"/>`,
      `<text x="${LABEL + width + 6}" y="${y + 13}">${escapeText(text)}</text>`,
    ].join("\n  ");
  });
  return picture(40 + bars.length * ROW, title, lines.join("\n  "));
}

const PLOT = { left: 84, right: 540, top: 40, bottom: 300 };

/** The powers of ten around some numbers. @param {number[]} numbers */
function decades(numbers) {
  const from = Math.floor(Math.log10(Math.min(...numbers)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...numbers))));
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/**
 * Lines over two logarithmic axes.
 * @param {string} title
 * @param {string} across what stands on the axis below
 * @param {(y: number) => string} text of a mark on the axis at the left
 * @param {{ label: string, isOurs: boolean, points: [number, number][] }[]} series
 */
export function lines(title, across, text, series) {
  const xs = decades(series.flatMap(({ points }) => points.map(([x]) => x)));
  const ys = decades(series.flatMap(({ points }) => points.map(([, y]) => y)));
  const place = (value, marks, from, to) =>
    from + ((Math.log10(value) - marks[0]) / (marks.at(-1) - marks[0])) * (to - from);
  const left = (x) => place(x, xs, PLOT.left, PLOT.right).toFixed(1);
  const top = (y) => place(y, ys, PLOT.bottom, PLOT.top).toFixed(1);
  const grid = [
    ...ys.flatMap((power) => [
      `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${top(10 ** power)}" y2="${top(10 ** power)}" stroke="#dddddd"/>`,
      `<text x="${PLOT.left - 8}" y="${Number(top(10 ** power)) + 4}" text-anchor="end">${escapeText(text(10 ** power))}</text>`,
    ]),
    ...xs.map(
      (power) =>
        `<text x="${left(10 ** power)}" y="${PLOT.bottom + 18}" text-anchor="middle">${(10 ** power).toLocaleString("en")}</text>`,
    ),
    `<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 38}" text-anchor="middle">${escapeText(across)}</text>`,
  ];
  // Their labels stand in the order of their ends, apart from each other.
  const ends = series
    .map(({ points }, index) => ({ index, y: Number(top(points.at(-1)[1])) }))
    .sort((a, b) => a.y - b.y);
  for (const [index, end] of ends.entries()) if (index > 0) end.y = Math.max(end.y, ends[index - 1].y + 16);
  let others = 0;
  const drawn = series.flatMap(({ label, isOurs, points }, index) => {
    const colour = isOurs ? OURS : OTHERS[others++ % OTHERS.length];
    const at = points.map(([x, y]) => `${left(x)},${top(y)}`);
    const y = ends.find((end) => end.index === index).y;
    return [
      `<polyline points="${at.join(" ")}" fill="none" stroke="${colour}" stroke-width="${isOurs ? 3 : 2}"/>`,
      ...at.map((point) => `<circle cx="${point.split(",")[0]}" cy="${point.split(",")[1]}" r="3" fill="${colour}"/>`),
      `<text x="${PLOT.right + 10}" y="${y + 4}" fill="${colour}"${isOurs ? ' font-weight="bold"' : ""}>${escapeText(label)}</text>`,
    ];
  });
  return picture(PLOT.bottom + 50, title, [...grid, ...drawn].join("\n  "));
}
