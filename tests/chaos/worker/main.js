// One process of a scenario. It gets its task as an argument, tells counts by messages, and ends when it hears "end".
import { EntityCache } from "../../../js/entries/node.js";
import { numbersOf } from "../../helpers/random.js";
import { connect } from "./backends.js";
import { Judge } from "./judge.js";
import { Rows } from "./rows.js";
import { shapesOf } from "./shapes.js";
import * as workloads from "./workloads.js";

/** @typedef {{ seed: number, oracle: number, place: any, cache: object, workload: any, stalenessMs: number, clockJumps?: boolean }} Task */

/** @type {Task} */
const task = JSON.parse(process.argv[2]);
const { workload } = task;
let isOver = false;
process.on("message", (message) => {
  if (message === "end") isOver = true;
});
// The harness is gone, and with it whoever reads what this finds.
process.on("disconnect", () => process.exit(1));

const upTo = numbersOf(task.seed);
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

const rows = new Rows(task.oracle);
const backend = await connect(task.place, pause, upTo);
if (task.clockJumps) {
  const HOUR_MS = 3_600_000;
  const { now } = Date;
  let offset = 0;
  Date.now = () => now() + offset;
  setInterval(() => {
    offset = HOUR_MS * (upTo(3) - 1);
  }, 400).unref();
}
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const cache = new EntityCache({
  backend,
  prefix: "chaos:",
  logger: silent,
  ttl: 5,
  operationTimeout: 300,
  breaker: { failures: 8, cooldown: 30 },
  ...task.cache,
});
const judge = new Judge(rows, cache, task.stalenessMs);
cache.on("skip", ({ reason }) => {
  if (reason === "invalidated meanwhile") judge.count("refused");
});
cache.on("hit", ({ tier }) => {
  judge.count("hits");
  if (tier === "near") judge.count("near");
});
cache.on("error", () => judge.count("errors"));

const all = shapesOf(cache, { rows, judge, upTo, pause, workload });
const shapes = (workload.shapes ?? ["one", "three"]).map((/** @type {string} */ name) => all[name]());
if (workload.blockMs) {
  setInterval(() => {
    const end = performance.now() + upTo(4) * upTo(workload.blockMs / 3);
    while (performance.now() < end);
  }, 500).unref();
}
process.send?.({ event: "ready" });
const work = /** @type {any} */ (workloads)[workload.kind ?? "random"];
await work({ cache, rows, judge, shapes, upTo, pause, isOver: () => isOver, workload });
await judge.timed("close", () => cache.close());
await judge.close();
process.exit(0);
