// Horizontal bars as SVG: enough for a page of benchmarks, and readable in a diff.

const WIDTH = 760;
const LABEL = 170;
const ROW = 24;

const escapeText = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/**
 * @param {string} title
 * @param {{ label: string, value: number, text: string, isOurs: boolean }[]} bars
 */
export function bars(title, bars) {
  const longest = Math.max(...bars.map(({ value }) => value));
  const height = 40 + bars.length * ROW;
  const lines = bars.map(({ label, value, text, isOurs }, index) => {
    const y = 36 + index * ROW;
    const width = Math.max(2, (value / longest) * (WIDTH - LABEL - 110));
    return [
      `<text x="${LABEL - 8}" y="${y + 13}" text-anchor="end"${isOurs ? ' font-weight="bold"' : ""}>${escapeText(label)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="17" fill="${isOurs ? "#c2571a" : "#8a8f98"}"/>`,
      `<text x="${LABEL + width + 6}" y="${y + 13}">${escapeText(text)}</text>`,
    ].join("\n  ");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
  <text x="8" y="20" font-size="15">${escapeText(title)}</text>
  ${lines.join("\n  ")}
</svg>
`;
}
