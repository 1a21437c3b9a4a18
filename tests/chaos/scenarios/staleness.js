// Near caches with maxStaleness: nothing waits for them, so they serve old values, and for how long is measured.
import { again, standStill } from "../faults.js";
import { behindProxies } from "../server.js";
import { near } from "./near.js";

const STALENESS_MS = 400;
/** Longer than anything may be stale, so that what is served last is about as old as it may be. */
const BEHIND_MS = 1.5 * STALENESS_MS;
/** Between two such times a worker catches up, and reads new values. */
const REST_MS = 500;

/** @typedef {import("../server.js").Proxy} Proxy */
/** @typedef {import("../run-scenario.js").Run} Run */

/** What a worker reads of the log is held back. @param {Run} run @param {Proxy} proxy */
async function holdBack(run, proxy) {
  proxy.decide = ([name]) => (/^xread$/i.test(name) ? "hold-reply" : "pass");
  await run.pause(BEHIND_MS);
  proxy.release();
}

/** A worker has no connection at all. @param {Run} run @param {Proxy} proxy */
async function cutOff(run, proxy) {
  proxy.isRefusing = true;
  proxy.cut();
  await run.pause(BEHIND_MS);
  proxy.isRefusing = false;
}

/** @param {Run} run @param {Proxy[]} proxies @param {typeof holdBack} act */
const leaveBehind = (run, proxies, act) =>
  Promise.all(proxies.map((proxy) => again(run, REST_MS, () => act(run, proxy))));

const cacheOf = (/** @type {number} */ ms) => ({
  ...near.cache,
  near: { ...near.cache.near, coherence: { maxStaleness: `${ms}ms` } },
});

/** Half of the workers write: what they have invalidated, the others serve. */
const WRITERS = near.workers / 2;
const workload = (/** @type {number} */ worker) => ({
  ...near.workload,
  ids: 4,
  refreshes: 0,
  writers: worker < WRITERS ? 1 : 0,
});
const measured = { ...near, workload, cache: cacheOf(STALENESS_MS), stalenessMs: STALENESS_MS };
const BOUND = `Bound: a value may be served for ${STALENESS_MS} ms after its invalidation has resolved, and some must be`;

/** @type {import("../run-scenario.js").Scenario[]} */
export const staleness = [
  {
    ...measured,
    name: "near-max-staleness",
    about: `near caches with maxStaleness; what they read of the log is held back, and workers stand still. ${BOUND}`,
    start: behindProxies(near.workers, (run, proxies) =>
      Promise.all([
        leaveBehind(run, proxies, holdBack),
        again(run, 2000, () => standStill(run, BEHIND_MS * (0.5 + Math.random()))),
      ]),
    ),
  },
  {
    ...measured,
    name: "near-max-staleness-cut",
    about: `near caches with maxStaleness; those that do not write are cut off from the server. ${BOUND}`,
    start: behindProxies(near.workers, (run, proxies) => leaveBehind(run, proxies.slice(WRITERS), cutOff)),
  },
  {
    ...measured,
    name: "near-max-staleness-broken",
    about: `a test of the harness: as near-max-staleness with a maxStaleness of ${4 * STALENESS_MS} ms, judged by the bound of that one. It passes if it finds older reads`,
    cache: cacheOf(4 * STALENESS_MS),
    mustFind: true,
    start: behindProxies(near.workers, (run, proxies) => leaveBehind(run, proxies, holdBack)),
  },
];
