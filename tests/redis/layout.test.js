// docs/layout.md: its commands for other programs, word for word, beside a running client.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { makeCache } from "../helpers/cache.js";
import { gate } from "../helpers/functions.js";
import { readBlocks } from "../helpers/markdown.js";
import { useRedis } from "../helpers/use-redis.js";

const { client } = await useRedis();
const folder = mkdtempSync(join(tmpdir(), "cacheref-layout-"));
const program = execFileSync("which", ["redis-cli"], { encoding: "utf8" }).trim();
writeFileSync(join(folder, "redis-cli"), `#!/bin/sh\nexec ${program} -p ${client.options.port} "$@"\n`, {
  mode: 0o755,
});
beforeEach(() => client.flushall());
after(() => rmSync(folder, { recursive: true }));

const layout = readFileSync(new URL("../../docs/layout.md", import.meta.url), "utf8");
const [{ code }] = readBlocks(layout).filter((block) => block.code.includes("XADD"));
const invalidateUser42 = () =>
  execFileSync("bash", ["-ec", code], { env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } });
/** The identity in the last entry of the log. */
const identity = async () => (await client.xrevrange("app:log", "+", "-", "COUNT", 1))[0][1][3];

test("the commands of the documents drop what holds the entity or depends on its type, and nothing else", async () => {
  const cache = makeCache(client);
  /** @type {string[]} */
  const errors = [];
  cache.on("error", ({ error }) => errors.push(String(error)));
  let version = 1;
  const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id, version }));
  const total = cache({ dependsOn: ["user"], keyPrefix: "total" })(async () => ({ version }));
  for (const call of [() => get(42), () => get(43), total]) await call();
  const before = await identity();
  version = 2;
  invalidateUser42();
  assert.equal((await get(42)).version, 2);
  assert.equal((await total()).version, 2);
  assert.equal((await get(43)).version, 1);
  await cache.invalidateEntity("user", 43);
  assert.equal(await identity(), before);
  assert.deepEqual(errors, []);
  await cache.close();
});

test("the commands of the documents keep the values of runs under way from being stored", async () => {
  const cache = makeCache(client);
  const [holding, depending, go] = [gate(), gate(), gate()];
  const get = cache("user", { keyPrefix: "get" })(async () => {
    holding.resolve(undefined);
    await go.promise;
    return { id: 42 };
  });
  const total = cache({ dependsOn: ["user"], keyPrefix: "total" })(async () => {
    depending.resolve(undefined);
    await go.promise;
    return { users: 1 };
  });
  const runs = [get(), total()];
  await Promise.all([holding.promise, depending.promise]);
  invalidateUser42();
  go.resolve(undefined);
  await Promise.all(runs);
  assert.deepEqual(await client.keys("app:c:*"), []);
  await cache.close();
});

test("the commands of the documents begin a log that is empty", async () => {
  invalidateUser42();
  assert.equal(await identity(), "n-my-script-1");
  const cache = makeCache(client);
  await cache("user", { keyPrefix: "get" })(async () => ({ id: 1 }))();
  await cache.invalidateEntity("user", 1);
  assert.equal(await identity(), "n-my-script-1");
  await cache.close();
});
