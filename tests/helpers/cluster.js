// A real Redis Cluster for a test: three masters on free ports.
import { freePort, startRedis } from "./redis.js";
import { until } from "./until.js";

/** @param {(master: number) => string[]} [optionsOf] for redis-server */
export async function startCluster(optionsOf = () => []) {
  const servers = await Promise.all(
    [0, 1, 2].map(async (master) => {
      const busPort = await freePort();
      const options = [
        "--cluster-port",
        String(busPort),
        "--cluster-enabled",
        "yes",
        "--cluster-node-timeout",
        "2000",
        "--cluster-config-file",
        "nodes.conf",
        ...optionsOf(master),
      ];
      return { ...(await startRedis(options)), busPort, options };
    }),
  );
  const nodes = servers.map(({ port }) => ({ host: "127.0.0.1", port }));
  // Slots by hand: redis-cli --cluster create waits seconds for what three nodes know at once.
  for (const [i, server] of servers.entries()) {
    const from = Math.floor((16384 * i) / 3);
    const to = Math.floor((16384 * (i + 1)) / 3) - 1;
    server.cli("cluster", "addslotsrange", String(from), String(to));
    server.cli("cluster", "set-config-epoch", String(i + 1));
  }
  for (const { port, busPort } of servers.slice(1))
    servers[0].cli("cluster", "meet", "127.0.0.1", String(port), String(busPort));
  for (const { cli } of servers) {
    await until(
      () => cli("cluster", "info").includes("cluster_state:ok") && cli("cluster", "nodes").split("\n").length === 3,
      "the Cluster is up",
    );
  }
  return {
    servers,
    nodes,
    stop: () => Promise.all(servers.map((server) => server.stop())),
  };
}
