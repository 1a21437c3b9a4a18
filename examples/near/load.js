// Starts two processes of shop.js, with and without a near cache, and compares them.
import { fork } from "node:child_process";
import { once } from "node:events";

const SECONDS = Number(process.env.SECONDS ?? 3);

/** @param {boolean} near */
async function run(near) {
  const processes = [0, 1].map(() => fork(new URL("shop.js", import.meta.url), [near ? "near" : "far", `${SECONDS}`]));
  const reports = await Promise.all(processes.map(async (child) => (await once(child, "message"))[0]));
  await Promise.all(processes.map((child) => child.exitCode ?? once(child, "exit")));
  const sum = (name) => reports.reduce((total, report) => total + report[name], 0);
  return {
    "calls a second": Math.round(sum("calls") / SECONDS),
    "median µs": Math.max(...reports.map(({ median }) => median)),
    "p99 µs": Math.max(...reports.map(({ p99 }) => p99)),
    "near hits": sum("nearHits"),
    "old prices": sum("old"),
  };
}

console.table({ "Redis alone": await run(false), "near: true": await run(true) });
