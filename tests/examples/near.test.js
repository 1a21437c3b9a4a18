// The example of near caches: two processes, and no old price in either.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { startRedis } from "../helpers/redis.js";
import { installExample } from "../package/install.js";

test("two processes with near caches read no old price", async () => {
  const folder = installExample("near");
  const server = await startRedis();
  try {
    const env = { ...process.env, REDIS_URL: server.url, SECONDS: "1" };
    const { status, stdout, stderr } = spawnSync(process.execPath, ["load.js"], { cwd: folder, env, encoding: "utf8" });
    assert.equal(stderr, "");
    assert.equal(status, 0);
    const row =
      /near: true.*/
        .exec(stdout)?.[0]
        .split("│")
        .map((cell) => cell.trim()) ?? [];
    const [, calls, , , nearHits, old] = row.filter((cell) => cell !== "");
    assert.ok(Number(calls) > 0, stdout);
    assert.ok(Number(nearHits) > 0, stdout);
    assert.equal(Number(old), 0, stdout);
  } finally {
    await server.stop();
  }
});
