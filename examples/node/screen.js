/** How the demo looks: colours on a terminal only, times in a unit that can be read, rows in columns. */
import { styleText } from "node:util";

const isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR && !process.argv.includes("--no-color");

/** `paint("green", text)`, or the bare text where colours would be noise. */
export const paint = (style, text) => (isColoured ? styleText(style, text) : text);

export function heading(text, remark = "") {
  console.log(`\n${paint("bold", text)}${remark && paint("dim", `  ${remark}`)}`);
}

/** A row of cells: `[text, width, style]`; a negative width aligns to the right. */
export function row(...cells) {
  const painted = cells.map(([text, width = 0, style]) => {
    const padded = width < 0 ? text.padStart(-width) : text.padEnd(width);
    return style ? paint(style, padded) : padded;
  });
  console.log(`  ${painted.join("  ").trimEnd()}`);
}

export function duration(ms) {
  if (ms < 0.01) return `${(ms * 1000).toFixed(1)} µs`;
  return ms < 1 ? `${Math.round(ms * 1000)} µs` : `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
}

/** `list` in one line of about `width` characters: `Brunei, Timor-Leste and 47 more`. */
export function shorten(list, width = 34) {
  let count = 0;
  let length = 0;
  while (count < list.length && length + list[count].length + 2 <= width) length += list[count++].length + 2;
  const shown = list.slice(0, Math.max(count, 1)).join(", ");
  return count >= list.length || list.length === 1 ? shown : `${shown} and ${list.length - Math.max(count, 1)} more`;
}
