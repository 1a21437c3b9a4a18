// Every code block of the documents runs against the packed package, and gives what its comments say.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { checkResults, readBlocks } from "../helpers/markdown.js";
import { startRedis } from "../helpers/redis.js";
import { trackedFiles } from "../helpers/tracked-files.js";
import { install, root, write } from "../package/install.js";

/** The code of docs/with is files of projects: tests/frameworks runs them. */
const DOCUMENTS = trackedFiles("README.md", "pkg-template/README.md", "docs/*.md").filter(
  (file) => !file.startsWith("docs/with/"),
);
/** What a reader of the documents has installed as well; those who come from another library have that one. */
const PACKAGES = ["ioredis", "devalue", "async-cache-dedupe"];
const PEERS = ["bentocache", "cache-manager", "@epic-web/cachified", "ocache", "@tanstack/query-core"];

/** @type {Awaited<ReturnType<typeof startRedis>>} */
let redis;
let folder = "";
before(async () => {
  folder = install();
  write(folder, "stage.mjs", readFileSync(new URL("stage.js", import.meta.url), "utf8"));
  for (const name of PACKAGES) link(root, name);
  for (const name of PEERS) link(join(root, "bench"), name);
  redis = await startRedis();
});
after(() => redis.stop());

for (const document of DOCUMENTS) {
  const blocks = readBlocks(readFileSync(join(root, document), "utf8"));
  // A block that cannot run here is marked: ```js no-run.
  for (const block of blocks.filter(({ language }) => language === "js" || language === "ts")) {
    test(`${document}:${block.line}, ${block.heading || "first screen"}, runs`, async () => {
      const source = block.language === "ts" ? await stripTypes(block.code) : block.code;
      await run("a.mjs", checkResults(source).code);
    });
  }

  test(`${document} uses only commands that exist`, () => {
    const makefile = readFileSync(join(root, "Makefile"), "utf8");
    for (const { code } of blocks.filter(({ language }) => language === "bash")) {
      for (const [, target] of code.matchAll(/\bmake (\w[\w-]*)/g)) {
        assert.match(makefile, new RegExp(`^${target}:`, "m"), `make ${target}`);
      }
    }
  });
}

test("the first example of the README works by require as well", async () => {
  const [first] = readBlocks(readFileSync(join(root, "README.md"), "utf8")).filter(({ language }) => language === "js");
  const required = first.code.replace(/^import (.*) from "cacheref";/m, 'const $1 = require("cacheref");');
  assert.notEqual(required, first.code);
  const { code, count } = checkResults(required);
  assert.ok(count > 0, "its results are checked");
  await run("a.cjs", code);
});

/**
 * Puts a package into the reader's project.
 * @param {string} from the folder in which it is installed
 * @param {string} name
 */
function link(from, name) {
  mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
  symlinkSync(join(from, "node_modules", name), join(folder, "node_modules", name));
}

/** @param {string} code */
async function stripTypes(code) {
  return (await transform(code, { loader: "ts", target: "es2022" })).code;
}

/**
 * Runs a block in the reader's project, with an empty Redis.
 * @param {string} name
 * @param {string} code
 */
async function run(name, code) {
  redis.cli("FLUSHALL");
  await promisify(execFile)(process.execPath, ["--import", "./stage.mjs", write(folder, name, code)], {
    cwd: folder,
    env: { ...process.env, REDIS_URL: redis.url },
    timeout: 30_000,
  });
}
