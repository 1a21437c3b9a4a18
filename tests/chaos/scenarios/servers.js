// One server that dies, comes back, stands still, or loses its clients.
import { startProxy } from "../../helpers/proxy.js";
import { AWAY_MS, again, killAndRestart } from "../faults.js";
import { onServer, startServer } from "../server.js";
import { rounds } from "./rounds.js";

const AOF = ["--appendonly", "yes"];

/** @type {(fromMs: number, toMs: number) => number} */
const between = (fromMs, toMs) => fromMs + Math.random() * (toMs - fromMs);

/** A command of the invalidation at which the server is killed: one of the first so many. */
const COMMANDS = 10;
/** An invalidation has sent them by then, or has fewer. */
const LONGEST_MS = 300;
/** Other keys on the server, so that a sweep takes several pages. */
const OTHER_KEYS = 20_000;

/** Kills the server at a command of the first worker, once that has asked for the invalidation of many calls. */
async function killWithin() {
  const server = await startServer(AOF);
  await server.admin.mset(Object.fromEntries(Array.from({ length: OTHER_KEYS }, (_, i) => [`other:${i}`, ""])));
  const proxy = await startProxy(server.port);
  /** Resolves when the proxy holds the command. @param {number} left */
  const reached = (left) =>
    new Promise((resolve) => {
      setTimeout(resolve, LONGEST_MS);
      proxy.decide = (words) => {
        if (!/^(evalsha|eval|scan)$/i.test(words[0]) || left-- > 0) return "pass";
        resolve(undefined);
        return "hold";
      };
    });
  return {
    // With the retries that ioredis makes by default: the invalidation goes on where it was.
    placeOf: (/** @type {number} */ worker) => ({
      kind: "ioredis",
      port: worker === 0 ? proxy.port : server.port,
      retries: 20,
    }),
    async disturb(/** @type {import("../run-scenario.js").Run} */ run) {
      for (;;) {
        await run.invalidating();
        await reached(Math.floor(between(0, COMMANDS)));
        proxy.decide = () => "pass";
        if (!(await run.pause(0))) return proxy.release();
        run.fault();
        await server.kill();
        proxy.cut();
        await run.pause(AWAY_MS);
        await server.restart();
      }
    },
    async stop() {
      await proxy.stop();
      await server.stop();
    },
  };
}

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
    // Without sweeps, which would drop what comes back before anybody reads it.
    workload: { ids: 60, ways: ["entity", "entity", "entity", "key"], rest: 1 },
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
    cache: { ttl: 60, operationTimeout: 2000 },
    workload: rounds(["entity"], { calls: 4000 }),
    start: killWithin,
  },
  {
    name: "kill-in-sweep",
    about:
      "the server is killed within the invalidation of a function with up to 4,000 calls, or of everything, and comes back with all its data",
    workers: 2,
    cache: { ttl: 60, operationTimeout: 2000 },
    workload: rounds(["function", "all"], { calls: 4000 }),
    start: killWithin,
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
