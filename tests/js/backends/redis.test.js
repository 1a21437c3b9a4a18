// RedisBackend without a server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RedisBackend } from "../../../js/backends/redis.js";

test("keys are not looked for in a Cluster while the client has lost one of its masters", async () => {
  const master = { call: async () => ["0", ["app:c:get:[1]"]], pipeline() {}, options: {} };
  const client = { ...master, isCluster: true, slots: [["a:1"], ["a:1"], ["b:1", "c:1"]], nodes: () => [master] };
  await assert.rejects(new RedisBackend(client).keys("*"), { code: "ERR_CACHEREF_NODES" });
  client.nodes = () => [master, master];
  assert.deepEqual(await new RedisBackend(client).keys("*"), ["app:c:get:[1]"]);
});
