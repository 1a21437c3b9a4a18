// A randomized run: three processes read, write and invalidate over a tiny database with version numbers, while
// connections are held and cut. Not one read may be older than what was acknowledged before it began. A run that
// provoked no race has shown nothing, and fails.
//
// SOAK_SECONDS makes it longer (`make soak`); SOAK_SEED repeats one.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCluster } from "../helpers/cluster.js";
import { startProxy } from "../helpers/proxy.js";
import { startRedis } from "../helpers/redis.js";

const SECONDS = Number(process.env.SOAK_SECONDS ?? 4);
const SEED = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);
const PROCESSES = 3;
const PROGRAM = fileURLToPath(new URL("../helpers/race-process.js", import.meta.url));

/**
 * @param {import("node:test").TestContext} context
 * @param {number} database port
 * @param {(process: number) => { task: object, proxies: Awaited<ReturnType<typeof startProxy>>[] }} placeOf
 */
async function race(context, database, placeOf) {
  /** @type {string[]} */
  const stale = [];
  /** @type {Record<string, number>} */
  const sum = {};
  let faults = 0;
  const places = Array.from({ length: PROCESSES }, (_, i) => placeOf(i));
  const children = places.map(({ task }, i) => {
    const child = fork(PROGRAM, [JSON.stringify({ seconds: SECONDS, seed: SEED + i, database, ...task })]);
    child.on("message", (/** @type {any} */ message) => {
      if (message.stale) stale.push(message.stale);
      for (const [name, count] of Object.entries(message.counts ?? {}))
        sum[name] = (sum[name] ?? 0) + /** @type {number} */ (count);
    });
    return child;
  });
  const proxies = places.flatMap((place) => place.proxies);
  const disturb = setInterval(() => {
    const proxy = proxies[Math.floor(Math.random() * proxies.length)];
    faults += 1;
    if (Math.random() < 0.3) return proxy.cut();
    const fate = Math.random() < 0.5 ? "hold" : "hold-reply";
    let isHeld = false;
    proxy.decide = () => {
      if (isHeld) return "pass";
      isHeld = true;
      setTimeout(() => proxy.release(), Math.random() * 30);
      return fate;
    };
  }, 40);
  const codes = await Promise.all(children.map((child) => once(child, "exit")));
  clearInterval(disturb);
  const report = `seed ${SEED}: ${Object.entries({ ...sum, faults })
    .map(([name, count]) => `${name} ${count}`)
    .join(", ")}`;
  context.diagnostic(report);
  console.log(report);
  assert.deepEqual(
    codes.map(([code]) => code),
    Array(PROCESSES).fill(0),
  );
  assert.deepEqual(stale, []);
  assert.ok(sum.refused > 0, "no store was overtaken by an invalidation: the run has shown nothing");
  assert.ok(sum.hits > 0 && sum.writes > 0);
}

test(`${PROCESSES} processes on one server: no stale read after an acknowledged invalidation`, async (context) => {
  const server = await startRedis();
  const database = await startRedis();
  const proxies = await Promise.all(Array.from({ length: PROCESSES }, () => startProxy(server.port)));
  try {
    await race(context, database.port, (i) => ({ task: { port: proxies[i].port }, proxies: [proxies[i]] }));
  } finally {
    await Promise.all([...proxies, server, database].map((each) => each.stop()));
  }
});

test(`${PROCESSES} processes on a Cluster: no stale read after an acknowledged invalidation`, async (context) => {
  const cluster = await startCluster();
  const database = await startRedis();
  const { nodes } = cluster;
  const proxies = await Promise.all(
    Array.from({ length: PROCESSES }, () => Promise.all(nodes.map(({ port }) => startProxy(port)))),
  );
  try {
    await race(context, database.port, (i) => ({
      task: {
        cluster: {
          nodes,
          natMap: Object.fromEntries(
            nodes.map(({ host, port }, n) => [`${host}:${port}`, { host, port: proxies[i][n].port }]),
          ),
        },
      },
      proxies: proxies[i],
    }));
  } finally {
    await Promise.all([...proxies.flat(), cluster, database].map((each) => each.stop()));
  }
});
