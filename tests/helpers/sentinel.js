// A real Sentinel set for a test: a master, a replica, and three Sentinels that promote the replica when the master dies.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startRedis } from "./redis.js";
import { until } from "./until.js";

export async function startSentinels() {
  const master = await startRedis();
  const replica = await startRedis(["--replicaof", "127.0.0.1", String(master.port)]);
  const folder = mkdtempSync(join(tmpdir(), "cacheref-sentinel-"));
  const sentinels = [];
  for (let i = 0; i < 3; i++) {
    const port = await freePort();
    const file = join(folder, `${i}.conf`);
    const settings = [
      "monitor main 127.0.0.1 $port 2",
      "down-after-milliseconds main 300",
      "failover-timeout main 2000",
    ];
    const lines = settings.map((setting) => `sentinel ${setting.replace("$port", String(master.port))}`);
    writeFileSync(file, [`port ${port}`, `dir ${folder}`, ...lines].join("\n"));
    const sentinel = spawn(process.env.REDIS_SERVER ?? "redis-server", [file, "--sentinel"], { stdio: "ignore" });
    process.once("exit", () => sentinel.kill("SIGKILL"));
    sentinels.push({
      port,
      cli: (/** @type {string[]} */ ...args) =>
        execFileSync("redis-cli", ["-p", String(port), ...args], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
        }).trim(),
      async stop() {
        sentinel.kill("SIGKILL");
        if (sentinel.exitCode === null && sentinel.signalCode === null) await once(sentinel, "exit");
      },
    });
  }
  await until(() => replica.cli("info", "replication").includes("master_link_status:up"), "the replica has its master");
  for (const sentinel of sentinels) {
    /** Whether it has found the others, and the replica. */
    const isReady = () => {
      try {
        const lines = sentinel.cli("sentinel", "master", "main").split("\n");
        const field = (/** @type {string} */ name) => lines[lines.indexOf(name) + 1];
        return field("num-other-sentinels") === "2" && field("num-slaves") === "1";
      } catch {
        return false;
      }
    };
    await until(isReady, "the Sentinel knows the others and the replica");
  }
  return {
    master,
    replica,
    sentinels: sentinels.map(({ port }) => ({ host: "127.0.0.1", port })),
    /** Kills the master and resolves when the replica has taken its place. */
    async failOver() {
      await master.stop();
      /** It closes its connections when it changes its role. */
      const isMaster = () => {
        try {
          return replica.cli("role").startsWith("master");
        } catch {
          return false;
        }
      };
      await until(isMaster, "the replica is the master");
    },
    async stop() {
      await Promise.all([...sentinels, replica, master].map((server) => server.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
