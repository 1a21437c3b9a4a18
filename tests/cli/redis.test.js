// `npx cacheref` on a real Redis: what it shows, what it drops, and what it says to bad input.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { EntityCache } from "../../js/entries/node.js";
import { folderWith, program } from "../helpers/cli.js";
import { freePort, startRedis } from "../helpers/redis.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Characters that mean something in a glob pattern. */
const PREFIX = "app[*]?:";

/** @type {Awaited<ReturnType<typeof startRedis>>} */
let redis;
/** @type {Redis} */
let client;
/** @type {EntityCache} */
let cache;
before(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  cache = new EntityCache({ backend: client, prefix: PREFIX });
});
after(async () => {
  await cache.close();
  client.disconnect();
  await redis.stop();
});

const users = [1, 2, 3].map((id) => ({ id, name: `User ${id}` }));
/** @type {any} */
let getUser;
/** @type {any} */
let listUsers;
beforeEach(async () => {
  await client.flushall();
  // Another cache on the same server, whose keys look alike.
  await client.set("app:c:getUser:[1]", "1");
  await client.sadd("app:e:user:1", "app:c:getUser:[1]");
  getUser ??= cache("user")(async function getUser(id) {
    return users.find((user) => user.id === id) ?? null;
  });
  listUsers ??= cache("user", { ttl: "2h" })(async function listUsers() {
    return users;
  });
  await Promise.all([getUser(1), getUser(2), listUsers()]);
});

/**
 * @param {string[]} words
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 */
function cli(words, options) {
  return spawnSync(process.execPath, [program, "--redis", redis.url, "--prefix", PREFIX, ...words], {
    cwd: root,
    encoding: "utf8",
    timeout: 20_000,
    ...options,
  });
}

/** @param {string[]} words */
function json(...words) {
  const { status, stdout, stderr } = cli(["--json", ...words]);
  assert.equal(stderr, "");
  assert.equal(status, 0);
  return JSON.parse(stdout);
}

test("stats counts entries by function and indexes by entity type, under this prefix alone", () => {
  const stats = json("stats");
  assert.deepEqual(stats.functions, {
    getUser: { entries: 2, bytes: users.slice(0, 2).reduce((sum, user) => sum + JSON.stringify(user).length, 0) },
    listUsers: { entries: 1, bytes: JSON.stringify(users).length },
  });
  assert.equal(stats.types.user.entities, 3);
  assert.equal(stats.types.user.members, 5);
  assert.equal(stats.types.user.most, 2);
  const { stdout } = cli(["stats"]);
  assert.match(stdout, /^function +entries +bytes\ngetUser +2 +\d+\nlistUsers +1 +\d+\n/);
  assert.match(stdout, /user +3 +5 +[12] \(2\)/);
});

test("N8: stats lists who holds a lease of a near cache, and how far each has applied the log", async () => {
  assert.deepEqual(json("stats").near, []);
  await client.hset(`${PREFIX}near`, "one#0", `${Date.now() + 60_000} 5-1 e`, "two#0", `${Date.now() - 1} 4-0 e`);
  const [lease, ...others] = json("stats").near;
  assert.deepEqual(others, []);
  assert.deepEqual([lease.instance, lease.applied, lease.isAwaited], ["one#0", "5-1", true]);
  assert.ok(lease.endsInMs > 0 && lease.endsInMs <= 60_000);
  assert.match(cli(["stats"]).stdout, /one#0 .* 5-1 +yes/);
});

test("keys lists the cache keys, of one function on demand", () => {
  assert.deepEqual(json("keys"), [getUser.key(1), getUser.key(2), listUsers.key()].sort());
  assert.equal(cli(["keys", "--function", "listUsers"]).stdout, `${listUsers.key()}\n`);
  assert.deepEqual(json("keys", "--function", "getUse"), []);
});

test("explain says which calls hold an entity and for how long", () => {
  const held = json("explain", "user", "1");
  assert.deepEqual(held.map(({ key }) => key).sort(), [getUser.key(1), listUsers.key()].sort());
  assert.match(cli(["explain", "user", "1"]).stdout, /listUsers +2 h +app/);
  assert.equal(cli(["explain", "user", "9"]).stdout, "no cached call holds user 9\n");
});

test("invalidate drops what holds the entities, and a dry run only says what", async () => {
  const dry = json("invalidate", "user", "1", "2", "--dry-run");
  assert.deepEqual(dry, { wouldDrop: 3, keys: [getUser.key(1), getUser.key(2), listUsers.key()].sort() });
  assert.match(cli(["invalidate", "user", "1", "--dry-run"]).stdout, /2 cached calls would be dropped/);
  assert.equal((await getUser.peek(1)).id, 1);

  assert.equal(cli(["invalidate", "user", "1"]).stdout, "2 cached calls dropped\n");
  assert.equal(await getUser.peek(1), undefined);
  assert.equal((await getUser.peek(2)).id, 2);
});

test("invalidate drops lists, a function, or everything under the prefix", async () => {
  assert.deepEqual(json("invalidate", "--lists", "user", "--dry-run"), { wouldDrop: 1, keys: [listUsers.key()] });
  assert.deepEqual(json("invalidate", "--lists", "user"), { dropped: 1 });
  assert.equal(json("invalidate", "--function", "getUser", "--dry-run").wouldDrop, 2);
  assert.deepEqual(json("invalidate", "--function", "getUser"), { dropped: 2 });
  await getUser(1);
  assert.equal(json("invalidate", "--all", "--dry-run").wouldDrop, 1);
  assert.deepEqual(json("invalidate", "--all"), { dropped: 1 });
  assert.equal(await client.get("app:c:getUser:[1]"), "1");
});

for (const name of ["ioredis", "iovalkey", "redis"]) {
  test(`with ${name} it reads, and watch tells invalidations as they come, until it is interrupted`, async () => {
    const cwd = folderWith(name);
    try {
      const { status, stdout, stderr } = cli(["keys", "--function", "listUsers"], { cwd });
      assert.equal(stderr, "");
      assert.equal(stdout, `${listUsers.key()}\n`);
      assert.equal(status, 0);

      const words = [program, "--redis", redis.url, "--prefix", PREFIX, "--json", "watch"];
      const watcher = spawn(process.execPath, words, { cwd });
      const exited = once(watcher, "exit");
      const [hello] = await once(watcher.stderr, "data");
      assert.match(String(hello), /following app/);
      const lines = createInterface(watcher.stdout)[Symbol.asyncIterator]();
      await cache.invalidateEntity("user", [1, 2]);
      await cache.invalidateLists("user");
      assert.deepEqual(JSON.parse((await lines.next()).value).concerns, ["e:user:1", "e:user:2"]);
      const { at, concerns } = JSON.parse((await lines.next()).value);
      assert.deepEqual(concerns, ["l:user"]);
      assert.match(at, /^\d{4}-\d\d-\d\dT/);
      watcher.kill("SIGINT");
      assert.deepEqual(await exited, [0, null]);
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
}

test("a server that wants a password is one line and exit code 1", async () => {
  const guarded = await startRedis(["--requirepass", "secret"]);
  try {
    for (const name of ["ioredis", "redis"]) {
      const cwd = folderWith(name);
      for (const words of [["stats"], ["explain", "user", "1"], ["invalidate", "user", "1"]]) {
        const { status, stdout, stderr } = cli(["--redis", guarded.url, ...words], { cwd });
        assert.equal(status, 1, `${name}: ${words}`);
        assert.equal(stdout, "");
        assert.match(stderr, /NOAUTH|WRONGPASS/);
      }
      rmSync(cwd, { recursive: true });
    }
    const { status, stdout } = cli(["--redis", guarded.url.replace("://", "://:secret@"), "keys"]);
    assert.equal(status, 0);
    assert.equal(stdout, "");
  } finally {
    await guarded.stop();
  }
});

test("help goes to the output, and nothing at all to do is a mistake", () => {
  assert.match(cli(["--help"]).stdout, /^Usage: npx cacheref/);
  assert.equal(cli(["--help"]).status, 0);
  assert.equal(cli([]).status, 2);
});

test("bad input gets one line and exit code 2", () => {
  for (const [words, message] of [
    [["explian", "user", "1"], /no command explian; did you mean explain\?/],
    [["frobnicate"], /there is stats, keys, explain/],
    [["explain", "user"], /explain takes TYPE and ID, got 1/],
    [["stats", "now"], /stats takes no operands/],
    [["stats", "--dry-run"], /stats has no option --dry-run/],
    [["invalidate"], /one of TYPE ID/],
    [["invalidate", "user"], /one of TYPE ID/],
    [["invalidate", "user", "1", "--all"], /one of TYPE ID/],
    [["explain", "us:er", "1"], /entity type/],
    [["--jsno", "stats"], /--jsno/],
    [["--redis", "localhost", "stats"], /redis:\/\/host:port/],
    [["--account", "a", "stats"], /--account belongs to --kv-namespace/],
    [["--kv-namespace", "n", "stats"], /one of --redis and --kv-namespace/],
  ]) {
    const { status, stdout, stderr } = cli(words);
    assert.equal(status, 2, words.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  }
});

test("a server that does not answer is one line and exit code 1", async () => {
  const { status, stderr } = cli(["--redis", `redis://127.0.0.1:${await freePort()}`, "stats"]);
  assert.equal(status, 1);
  assert.match(stderr, /^cacheref: no answer from 127\.0\.0\.1:\d+: .*ECONNREFUSED.*\n$/);
});

test("a folder without a client says what to install", () => {
  const folder = mkdtempSync(join(tmpdir(), "cacheref-cli-"));
  try {
    const { status, stderr } = cli(["stats"], { cwd: folder });
    assert.equal(status, 2);
    assert.match(stderr, /npm install ioredis/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const words of [["keys"], ["--json", "keys"], ["watch"], ["--help"]]) {
  test(`${words.join(" ")} ends in silence when its reader has gone, as head does`, async () => {
    const child = spawn(process.execPath, [program, "--redis", redis.url, "--prefix", PREFIX, ...words], { cwd: root });
    child.stdout.destroy();
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
      // It has something to print only when something is invalidated.
      if (text.includes("following")) void cache.invalidateEntity("user", 1);
    });
    const [code] = await once(child, "close");
    assert.equal(said.replace(/^following .*\n/, ""), "");
    assert.equal(code, 0);
  });
}
