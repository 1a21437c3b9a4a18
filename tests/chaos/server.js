// Servers that a scenario kills and brings back at the same port, with what they had on disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { startProxy } from "../helpers/proxy.js";
import { freePort, startRedis } from "../helpers/redis.js";

/** A client for a scenario's own commands, which tries on while the server is away. @param {number} port */
export function adminOf(port) {
  const admin = new Redis(port, "127.0.0.1", { retryStrategy: () => 20, maxRetriesPerRequest: null });
  admin.on("error", () => {});
  return admin;
}

/** @param {string[]} [options] for redis-server */
export async function startServer(options = []) {
  const folder = mkdtempSync(join(tmpdir(), "cacheref-chaos-"));
  const port = await freePort();
  const start = () => startRedis([...options, "--dir", folder], port);
  let server = await start();
  const admin = adminOf(port);
  return {
    port,
    admin,
    /** The process of now. */
    get process() {
      return server.process;
    },
    /** kill -9. Nothing is written any more. */
    kill: () => server.stop(),
    /** The same server again, from what is on disk. */
    async restart() {
      server = await start();
    },
    async stop() {
      admin.disconnect();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof startServer>>} Server */

/**
 * A place of one server, to whose port every worker connects.
 * @param {(run: import("./run-scenario.js").Run, server: Server) => Promise<unknown>} [disturb]
 * @param {string[]} [options] for redis-server
 * @param {(worker: number) => string} [kindOf]
 */
export function onServer(disturb, options, kindOf = () => "ioredis") {
  return async () => {
    const server = await startServer(options);
    return {
      placeOf: (/** @type {number} */ worker) => ({ kind: kindOf(worker), port: server.port }),
      disturb: (/** @type {import("./run-scenario.js").Run} */ run) => disturb?.(run, server),
      stop: server.stop,
    };
  };
}

/** @typedef {Awaited<ReturnType<typeof startProxy>>} Proxy */

/**
 * A place of one server, with a proxy of its own before each worker.
 * @param {number} workers
 * @param {(run: import("./run-scenario.js").Run, proxies: Proxy[]) => Promise<unknown>} disturb
 */
export function behindProxies(workers, disturb) {
  return async () => {
    const server = await startServer();
    const proxies = await Promise.all(Array.from({ length: workers }, () => startProxy(server.port)));
    return {
      placeOf: (/** @type {number} */ worker) => ({ kind: "ioredis", port: proxies[worker].port }),
      disturb: (/** @type {import("./run-scenario.js").Run} */ run) => disturb(run, proxies),
      async stop() {
        await Promise.all(proxies.map((proxy) => proxy.stop()));
        await server.stop();
      },
    };
  };
}
