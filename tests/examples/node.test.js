// The example project, installed from the tarball as a user would: in memory, on a real Redis, and with bad input.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, test } from "node:test";
import { freePort, startRedis } from "../helpers/redis.js";
import { installExample } from "../package/install.js";

let folder = "";

before(() => {
  folder = installExample("node");
});

/**
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
function demo(args = [], env = {}) {
  const { REDIS_URL: _, ...rest } = process.env;
  return spawnSync(process.execPath, ["demo.js", ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...rest, ...env },
    timeout: 60_000,
  });
}

/**
 * The rows below a numbered heading, split where columns are.
 * @param {string} output
 * @param {number} number
 */
function section(output, number) {
  const [, body = ""] = new RegExp(`^${number}\\. .*\\n((?:  .*\\n)*)`, "m").exec(output) ?? [];
  return body
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/ {2,}/));
}

const HOLD_INDONESIA = ['country("IDN")', 'country("MYS")', 'region("Asia")', 'search("nesia")', "largest(20)"];
const OTHERS = ['country("CHE")', 'region("Europe")', 'speaking("msa")', "regions()"];

/** What both backends must show. @param {string} output */
function assertStory(output) {
  const verdicts = (number, verdict) =>
    section(output, number)
      .filter((cells) => cells.includes(verdict))
      .map(([title]) => title)
      .sort();
  const all = [...HOLD_INDONESIA, ...OTHERS].sort();
  assert.deepEqual(verdicts(1, "miss"), all, "nothing is cached at first");
  assert.deepEqual(verdicts(2, "hit"), all, "then everything is");
  assert.match(output, /^ {2}0 SQL statements for 1800 answers$/m);
  assert.deepEqual(
    section(output, 3)
      .map(([title]) => title)
      .sort(),
    [...HOLD_INDONESIA].sort(),
  );
  assert.deepEqual(verdicts(4, "dropped"), [...HOLD_INDONESIA].sort());
  assert.deepEqual(verdicts(4, "stayed"), [...OTHERS].sort());
  assert.deepEqual(verdicts(5, "miss"), [...HOLD_INDONESIA].sort());
  assert.deepEqual(verdicts(5, "hit"), [...OTHERS].sort());
  assert.match(output, /country\("IDN"\) +Indonesia, capital Nusantara/);
}

test("in memory the demo shows what a write drops and what stays", () => {
  const { status, stdout, stderr } = demo();
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "");
  assertStory(stdout);
  assert.ok(!stdout.includes("\u001b"), "no colours where there is no terminal");
});

test("on Redis a second process gets the hits, and the keys are those of the layout", async () => {
  const redis = await startRedis();
  try {
    const { status, stdout, stderr } = demo([], { REDIS_URL: redis.url });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
    assertStory(stdout);
    const second = section(stdout, 6);
    assert.equal(second.filter((cells) => cells.includes("hit")).length, 9);
    assert.deepEqual(second.at(-1), ["its database was never opened"]);
    const dropped = section(stdout, 7).filter((cells) => cells[1] === "dropped");
    assert.deepEqual(dropped.map(([title]) => title).sort(), ['country("CHE")', 'region("Europe")']);

    const keys = redis.cli("--raw", "KEYS", "app:*").split("\n");
    const expected =
      /^app:(c:(country|region|search|speaking|largest|regions)~\w+:(\[.*\]|#[\w-]{32})|e:(country:[A-Z]{3}|region:\w+)|l:(country|region)|log|life)$/;
    assert.deepEqual(
      keys.filter((key) => !expected.test(key)),
      [],
    );
    // A key without the hash of its function's text (K7).
    const plain = new Map(keys.map((key) => [key.replace(/~\w+:/, ":"), key]));
    const indonesia = plain.get('app:c:country:["IDN"]') ?? "";
    assert.equal(redis.cli("GET", indonesia).startsWith('{"code":"IDN"'), true);
    assert.equal(redis.cli("TYPE", "app:e:country:IDN"), "set");
    assert.equal(redis.cli("TYPE", "app:l:country"), "set");
    assert.equal(redis.cli("TYPE", "app:log"), "stream");
    for (const key of ["app:c:regions:[]", "app:c:largest:[20]", 'app:c:search:["nesia"]'])
      assert.ok(plain.has(key), key);
    // The indexes have none, lest an eviction policy takes them before their values.
    for (const key of keys.filter((key) => key.startsWith("app:c:"))) {
      assert.ok(Number(redis.cli("TTL", key)) > 0, `${key} has an expiry`);
    }
  } finally {
    await redis.stop();
  }
});

test("bad input gets one line that says what to do", async () => {
  const cases = [
    [["--fast"], {}, /--fast.*--help/],
    [[], { REDIS_URL: "localhost" }, /REDIS_URL must look like/],
    [[], { REDIS_URL: `redis://127.0.0.1:${await freePort()}` }, /no Redis answers at 127\.0\.0\.1:\d+ .*start one/],
  ];
  for (const [args, env, expected] of cases) {
    const { status, stderr } = demo(args, env);
    assert.equal(status, 1);
    assert.match(stderr, expected);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  }
  const { status, stdout } = demo(["--help"]);
  assert.equal(status, 0);
  assert.match(stdout, /^Usage: node demo\.js/);
});
