// Faults that several scenarios let happen, and when they happen.

/** @typedef {import("./run-scenario.js").Run} Run */

/** @template T @param {readonly T[]} items */
export const anyOf = (items) => items[Math.floor(Math.random() * items.length)];

/**
 * Does something again and again, with some chance in the time between.
 * @param {Run} run
 * @param {number} everyMs
 * @param {() => unknown} act
 */
export async function again(run, everyMs, act) {
  while (await run.pause(everyMs * (0.5 + Math.random()))) {
    run.fault();
    await act();
  }
}

/** A worker stands still (SIGSTOP). @param {Run} run @param {number} ms */
export async function standStill(run, ms) {
  const child = anyOf(run.children);
  child.kill("SIGSTOP");
  await run.pause(ms);
  child.kill("SIGCONT");
}

/** For how long a server that was killed is away. */
export const AWAY_MS = 200;

/** The server dies (kill -9) and comes back with what it had on disk. @param {Run} run @param {import("./server.js").Server} server */
export async function killAndRestart(run, server) {
  await server.kill();
  await run.pause(AWAY_MS);
  await server.restart();
}

/** The same of a master of a Cluster. @param {Run} run @param {import("./cluster.js").OwnCluster} cluster */
export const killMaster = (run, cluster) => cluster.killAndRestart(anyOf([0, 1, 2]), () => run.pause(AWAY_MS));
