// @ts-check
/** What a command prints: columns for people, JSON for programs, and colours on terminals only. */
import { styleText } from "node:util";

export class Screen {
  #isJson;
  #isRead = true;
  #isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR;

  /** @param {boolean} isJson */
  constructor(isJson) {
    this.#isJson = isJson;
    // The reader has gone, as `| head` does once it has its lines. The command ends as it would have.
    process.stdout.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code !== "EPIPE") throw error;
      this.#isRead = false;
    });
  }

  /** Whether anybody still reads what is printed. */
  get isRead() {
    return this.#isRead;
  }

  /**
   * Prints one result: as JSON, or by `print`.
   * @param {unknown} result
   * @param {() => void} print
   */
  show(result, print) {
    if (this.#isJson) this.line(JSON.stringify(result));
    else print();
  }

  /** @param {string} text */
  line(text) {
    if (this.#isRead) process.stdout.write(`${text}\n`);
  }

  /** @param {string} text */
  faint(text) {
    return this.#isColoured ? styleText("dim", text) : text;
  }

  /**
   * Prints rows in columns. Numbers are aligned to the right.
   * @param {string[]} heads
   * @param {(string | number)[][]} rows
   */
  table(heads, rows) {
    const cells = rows.map((row) => row.map(String));
    const widths = heads.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column].length)));
    const isNumber = heads.map((_, column) => rows.every((row) => typeof row[column] === "number"));
    /** @param {string[]} row */
    const format = (row) =>
      row
        .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join("  ")
        .trimEnd();
    this.line(this.faint(format(heads)));
    for (const row of cells) this.line(format(row));
  }
}

/**
 * A time in a readable unit.
 * @param {number} ms
 */
export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 129_600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
