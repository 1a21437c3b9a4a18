// One server that dies, comes back, stands still, or loses its clients.
import { again, onServer } from "../server.js";
import { rounds } from "./rounds.js";

const AOF = ["--appendonly", "yes"];
const AWAY_MS = 200;

/** @type {(fromMs: number, toMs: number) => number} */
const between = (fromMs, toMs) => fromMs + Math.random() * (toMs - fromMs);

/** @param {import("../run-scenario.js").Run} run @param {import("../server.js").Server} server */
async function killAndRestart(run, server) {
  await server.kill();
  await run.pause(AWAY_MS);
  await server.restart();
}

/** Kills the server some milliseconds after each invalidation of many calls has been asked for. */
const killWithin = (/** @type {number} */ latestMs) =>
  onServer(async (run, server) => {
    for (;;) {
      await run.invalidating();
      if (!(await run.pause(between(0, latestMs)))) return;
      run.fault();
      await killAndRestart(run, server);
    }
  }, AOF);

/** @type {import("../run-scenario.js").Scenario[]} */
export const servers = [
  { name: "normal", about: "nothing fails", start: onServer() },
  {
    name: "kill-empty",
    about: "the server is killed and comes back empty",
    start: onServer((run, server) => again(run, 2000, () => killAndRestart(run, server))),
  },
  {
    name: "kill-aof",
    about: "the server is killed and comes back with all its data (AOF)",
    start: onServer((run, server) => again(run, 2000, () => killAndRestart(run, server)), AOF),
  },
  {
    name: "kill-older-rdb",
    about:
      "the server is killed and comes back with the data of a second ago (RDB). Bound: values that were invalidated since may be served for 1.5 s after it is back, then none is",
    start: onServer((run, server) =>
      again(run, 2500, async () => {
        await server.admin.save();
        if (!(await run.pause(1000))) return;
        await run.excuse(AWAY_MS + 1500);
        await killAndRestart(run, server);
      }),
    ),
  },
  {
    name: "kill-in-invalidation",
    about:
      "the server is killed within the invalidation of an entity in up to 4,000 calls, and comes back with all its data",
    workers: 2,
    cache: { ttl: 60 },
    workload: rounds(["entity"], { calls: 4000 }),
    start: killWithin(30),
  },
  {
    name: "kill-in-sweep",
    about:
      "the server is killed within the invalidation of a function with up to 4,000 calls, or of everything, and comes back with all its data",
    workers: 2,
    cache: { ttl: 60 },
    workload: rounds(["function", "all"], { calls: 4000 }),
    start: killWithin(30),
  },
  {
    name: "server-stopped",
    about: "the server stands still (SIGSTOP) for 0.3 to 3 s",
    start: onServer((run, server) =>
      again(run, 1500, async () => {
        server.process.kill("SIGSTOP");
        await run.pause(between(300, 3000));
        server.process.kill("SIGCONT");
      }),
    ),
  },
  {
    name: "client-kill",
    about: "the server cuts the connections of all clients (CLIENT KILL)",
    start: onServer((run, { admin }) => again(run, 100, () => admin.client("KILL", "TYPE", "normal", "SKIPME", "yes"))),
  },
  {
    name: "script-flush",
    about: "the server forgets its scripts (SCRIPT FLUSH)",
    start: onServer((run, { admin }) => again(run, 50, () => admin.script("FLUSH"))),
  },
  {
    name: "flushall",
    about: "all data is deleted (FLUSHALL)",
    start: onServer((run, { admin }) => again(run, 100, () => admin.flushall())),
  },
];
