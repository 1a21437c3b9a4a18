// Runs measurements, each a process of its own, and says which one runs and how much time is left.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/** What a script prints; `folder` is that of another checkout. */
export function run(script, args = [], flags = [], folder = here) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, `${folder}${script}`, ...args.map(String)],
    {
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`${script} ${args.join(" ")} failed:\n${stderr.slice(-2000)}`);
  return stdout.trim();
}

export class Runner {
  #repetitions;
  #begin = performance.now();
  /** In the seconds that were expected. */
  #done = 0;
  #left;

  /** @param {any[]} rows all that will be measured @param {number} repetitions */
  constructor(rows, repetitions) {
    this.#repetitions = repetitions;
    this.#left = rows.reduce((sum, row) => sum + row.seconds * this.#repetitionsOf(row), 0);
  }

  #repetitionsOf({ mostRepetitions = Number.POSITIVE_INFINITY }) {
    return Math.min(this.#repetitions, mostRepetitions);
  }

  /**
   * By contestant, and by case: the figures of all repetitions. The order of the contestants is rotated.
   * @returns {Record<string, any[][]>}
   */
  measure(row) {
    const { id, contestants, cases, job, seconds } = row;
    const figures = Object.fromEntries(contestants.map((name) => [name, cases.map(() => [])]));
    const repetitions = this.#repetitionsOf(row);
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      const start = repetition % contestants.length;
      for (const name of [...contestants.slice(start), ...contestants.slice(0, start)]) {
        this.#say(`${id} ${repetition + 1}/${repetitions} ${name}`, start === 0 && name === contestants[0]);
        for (const [index, one] of cases.entries())
          figures[name][index].push(
            JSON.parse(
              run(...job(name, one))
                .split("\n")
                .at(-1),
            ),
          );
        this.#done += seconds / contestants.length;
        this.#left -= seconds / contestants.length;
      }
    }
    return figures;
  }

  /** On a terminal one line that changes; elsewhere a line for each row. */
  #say(what, isFirst) {
    const elapsed = (performance.now() - this.#begin) / 1000;
    const pace = this.#done > 20 ? elapsed / this.#done : 1;
    const line = `${what}, about ${Math.ceil((this.#left * pace) / 60)} min left`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line.padEnd(70)}`);
    else if (isFirst) process.stderr.write(`${line}\n`);
  }

  /** Makes room for other lines. */
  clear() {
    if (process.stderr.isTTY) process.stderr.write(`\r${"".padEnd(70)}\r`);
  }
}
