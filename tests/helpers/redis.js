// A real Redis for a test: its own server on a free port, gone afterwards.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * Starts a server that keeps nothing on disk and resolves when it answers.
 * @param {string[]} [options] for redis-server, for example `["--maxmemory", "2mb"]`
 * @param {number} [port] default: a free one
 * @returns {Promise<{ url: string, port: number, process: import("node:child_process").ChildProcess, cli: (...args: string[]) => string, stop: () => Promise<void> }>}
 */
export async function startRedis(options = [], port = 0) {
  const folder = mkdtempSync(join(tmpdir(), "cacheref-redis-"));
  if (port === 0) port = await freePort();
  const server = spawn(
    process.env.REDIS_SERVER ?? "redis-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no", ...options],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(server, "exit");
  // A test that fails before it stops its server leaves none behind.
  const kill = () => server.kill("SIGKILL");
  process.once("exit", kill);
  const said = [];
  let isReady = false;
  for await (const line of createInterface(server.stdout)) {
    said.push(line);
    isReady = line.includes("Ready to accept connections");
    if (isReady) break;
  }
  // The end of its output may come before its exit: at the port there may be the server of another test.
  if (!isReady) {
    await exited;
    process.off("exit", kill);
    throw new Error(`redis-server ended at once:\n${said.join("\n")}`);
  }
  server.stdout.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    process: server,
    cli: (...args) => execFileSync("redis-cli", ["-p", String(port), ...args], { encoding: "utf8" }).trim(),
    async stop() {
      server.kill("SIGKILL");
      await exited;
      process.off("exit", kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Below the ports that systems give to connections (Linux from 32768 on): one of those is soon taken again. */
const [FIRST_PORT, LAST_PORT] = [11_000, 32_000];

/** A port that nobody listens on, chosen by chance: tests of other processes look for one at the same time. */
export async function freePort() {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    const probe = createServer().listen(port, "127.0.0.1");
    const isFree = await once(probe, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}
