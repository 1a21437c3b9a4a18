// A Redis of its own for one measurement.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/**
 * Starts a server, which ends with this process.
 * @param {number} [core] the one core that it may use
 * @returns {Promise<number>} its port
 */
export async function startRedis(core) {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  const words = ["redis-server", "--port", String(port), "--save", "", "--appendonly", "no"];
  const [program, ...args] = core === undefined ? words : ["taskset", "-c", String(core), ...words];
  const server = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => server.kill("SIGKILL"));
  for await (const line of createInterface(server.stdout)) if (line.includes("Ready to accept connections")) break;
  server.stdout.resume();
  return port;
}
