// `npx cacheref` on a real Redis Cluster, of which it is told one server, with each client package.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { Cluster } from "ioredis";
import { makeCache } from "../helpers/cache.js";
import { folderWith, program } from "../helpers/cli.js";
import { startCluster } from "../helpers/cluster.js";

const PASSWORD = "sesame";

/** @type {Awaited<ReturnType<typeof startCluster>>} */
let servers;
/** @type {Cluster} */
let client;
/** @type {ReturnType<typeof makeCache>} */
let cache;
before(async () => {
  servers = await startCluster();
  for (const server of servers.servers) server.cli("config", "set", "requirepass", PASSWORD);
  client = new Cluster(servers.nodes, { redisOptions: { password: PASSWORD } });
  cache = makeCache(client);
});
after(async () => {
  await cache.close();
  client.disconnect();
  await servers.stop();
});

for (const name of ["ioredis", "iovalkey", "redis", "redis-4"]) {
  test(`with ${name} it finds the other servers, reads, drops and watches`, async () => {
    const cwd = folderWith(name, name.replace(/-.*/, ""));
    const common = ["--redis", `redis://:${PASSWORD}@127.0.0.1:${servers.nodes[1].port}`, "--prefix", "app:", "--json"];
    const cli = (/** @type {string[]} */ ...words) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...common, ...words], {
        cwd,
        encoding: "utf8",
        timeout: 20_000,
      });
      assert.equal(stderr, "");
      assert.equal(status, 0);
      return JSON.parse(stdout);
    };
    try {
      const get = cache("user", { keyPrefix: `get ${name}` })(async (id) => [{ id }, { id: "all" }]);
      const ids = Array.from({ length: 30 }, (_, id) => id);
      await Promise.all(ids.map((id) => get(id)));
      await cache.close(); // waits for what the stores leave to be done
      assert.deepEqual(cli("keys", "--function", `get ${name}`), ids.map((id) => get.key(id)).sort());
      const { functions, types, log } = cli("stats");
      assert.equal(functions[`get ${name}`].entries, 30);
      assert.deepEqual([types.user.entities, types.user.largest], [31, "all"]);
      assert.ok(log.entries > 0);
      assert.deepEqual(
        cli("explain", "user", "7").map((/** @type {{ key: string }} */ { key }) => key),
        [get.key(7)],
      );

      const watcher = spawn(process.execPath, [program, ...common, "watch"], { cwd });
      const exited = once(watcher, "exit");
      await once(watcher.stderr, "data");
      const lines = createInterface(watcher.stdout)[Symbol.asyncIterator]();
      assert.equal(cli("invalidate", "user", "all", "--dry-run").wouldDrop, 30);
      assert.deepEqual(cli("invalidate", "user", "7"), { dropped: 1 });
      assert.deepEqual(JSON.parse((await lines.next()).value).concerns, ["e:user:7"]);
      watcher.kill("SIGINT");
      assert.deepEqual(await exited, [0, null]);
      assert.deepEqual(cli("invalidate", "--all"), { dropped: 29 });
      assert.equal(await get.peek(8), undefined);
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
}
