// `npx cacheref` on a Workers KV namespace. Cloudflare's REST API is played by a small server here, over the KV that
// Miniflare emulates: what it answers is what https://developers.cloudflare.com/api/resources/kv/ says.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { Miniflare } from "miniflare";
import { EntityCache, WorkersKVBackend } from "../../js/entries/node.js";
import { program } from "../helpers/cli.js";

const TOKEN = "a-token";
const ACCOUNT = "an-account";
const NAMESPACE = "a-namespace";
const LIST_PAGE = 3;
const PREFIX = "app[*]?:";
const LONG = "x".repeat(600);

/** @type {Miniflare} */
let miniflare;
/** @type {any} */
let kv;
/** @type {import("node:http").Server} */
let api;
/** @type {string} */
let base;
/** @type {any} */
let cache;
/** @type {any} */
let getUser;
/** @type {any} */
let listUsers;

before(async () => {
  miniflare = new Miniflare({ modules: true, script: "export default {}", kvNamespaces: ["KV"] });
  kv = await miniflare.getKVNamespace("KV");
  api = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => api.once("listening", resolve));
  base = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (api.address()).port}/client/v4`;
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  cache = new EntityCache({ backend: new WorkersKVBackend(kv), prefix: PREFIX, logger: silent });
  getUser = cache("user")(async function getUser(/** @type {number} */ id) {
    return { id };
  });
  listUsers = cache("user", { ttl: "2h" })(async function listUsers(/** @type {string} */ _filter) {
    return [{ id: 1 }, { id: 2 }];
  });
});
after(async () => {
  api.close();
  await miniflare.dispose();
});
beforeEach(async () => {
  await kv.put("app:c:getUser:[1]", "another cache's");
  await Promise.all([getUser(1), getUser(3), listUsers(LONG)]);
});

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 */
async function answer(request, response) {
  const url = new URL(String(request.url), "http://127.0.0.1");
  const [, kind, name = ""] =
    /^\/client\/v4\/accounts\/an-account\/storage\/kv\/namespaces\/a-namespace\/(keys|values|metadata)\/?(.*)$/.exec(
      url.pathname,
    ) ?? [];
  const key = decodeURIComponent(name);
  const say = (/** @type {number} */ status, /** @type {object} */ body) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  const refuse = (/** @type {number} */ status, /** @type {string} */ message) =>
    say(status, { success: false, errors: [{ code: 10000, message }], messages: [], result: null });
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return refuse(403, "Authentication error");
  if (kind === undefined) return refuse(404, "namespace not found");
  if (kind === "keys") {
    const { searchParams } = url;
    const page = await kv.list({
      prefix: searchParams.get("prefix"),
      cursor: searchParams.get("cursor") ?? undefined,
      limit: LIST_PAGE,
    });
    const info = { count: page.keys.length, cursor: page.list_complete ? "" : page.cursor };
    return say(200, { success: true, errors: [], messages: [], result: page.keys, result_info: info });
  }
  if (request.method === "DELETE") {
    await kv.delete(key);
    return say(200, { success: true, errors: [], messages: [], result: {} });
  }
  const { value, metadata } = await kv.getWithMetadata(key, "text");
  if (value === null) return refuse(404, "get: 'key not found'");
  if (kind === "values") return response.writeHead(200).end(value);
  return say(200, { success: true, errors: [], messages: [], result: metadata });
}

/**
 * @param {string[]} words
 * @param {Record<string, string | undefined>} [env]
 * @returns {Promise<{ status: number, stdout: string, stderr: string }>}
 */
function cli(words, env) {
  const given = { CLOUDFLARE_API_BASE_URL: base, CLOUDFLARE_API_TOKEN: TOKEN, CLOUDFLARE_ACCOUNT_ID: ACCOUNT, ...env };
  const args = [program, "--prefix", PREFIX, "--kv-namespace", NAMESPACE, ...words];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: { ...process.env, ...given } }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** @param {string[]} words */
async function json(...words) {
  const { status, stdout, stderr } = await cli(["--json", ...words]);
  assert.equal(stderr, "");
  assert.equal(status, 0);
  return JSON.parse(stdout);
}

test("stats counts entries by function and indexes by entity type, under this prefix alone", async () => {
  assert.deepEqual(await json("stats"), {
    functions: { getUser: { entries: 2 }, listUsers: { entries: 1 } },
    types: { user: { entities: 3, members: 4, largest: "1", most: 2 } },
  });
  const { stdout } = await cli(["stats"]);
  assert.match(stdout, /^function +entries\ngetUser +2\nlistUsers +1\n\nentity type .*\nuser +3 +4 +1 \(2\)\n$/);
});

test("keys lists the cache keys, of one function on demand", async () => {
  assert.deepEqual(await json("keys"), [getUser.key(1), getUser.key(3), listUsers.key(LONG)].sort());
  assert.deepEqual(await json("keys", "--function", "listUsers"), [listUsers.key(LONG)]);
});

test("explain says which calls hold an entity and for how long", async () => {
  const { stdout } = await cli(["explain", "user", "2"]);
  assert.match(stdout, /\nlistUsers +2 h +app\[\*\]\?:c:listUsers~\w{10}:/);
  assert.equal((await cli(["explain", "user", "9"])).stdout, "no cached call holds user 9\n");
});

test("invalidate drops what a dry run says", async () => {
  const held = [getUser.key(1), listUsers.key(LONG)].sort();
  assert.deepEqual(await json("invalidate", "user", "1", "--dry-run"), { wouldDrop: 2, keys: held });
  assert.deepEqual(await json("invalidate", "user", "1"), { dropped: 2 });
  assert.equal(await getUser.peek(1), undefined);
  assert.deepEqual(await getUser.peek(3), { id: 3 });
  await listUsers(LONG);
  assert.deepEqual(await json("invalidate", "--lists", "user", "--dry-run"), {
    wouldDrop: 1,
    keys: [listUsers.key(LONG)],
  });
  assert.deepEqual(await json("invalidate", "--lists", "user"), { dropped: 1 });
  assert.deepEqual(await json("invalidate", "--function", "getUser"), { dropped: 1 });
  await getUser(1);
  assert.deepEqual(await json("invalidate", "--all"), { dropped: 1 });
  assert.equal(await kv.get("app:c:getUser:[1]"), "another cache's");
});

test("what cannot be done is one line, and an exit code", async () => {
  /** @type {[string[], object, number, RegExp][]} */
  const cases = [
    [["watch"], {}, 2, /invalidation log, which Workers KV does not keep/],
    [["stats"], { CLOUDFLARE_API_TOKEN: "" }, 2, /needs a token .*CLOUDFLARE_API_TOKEN/],
    [["stats"], { CLOUDFLARE_ACCOUNT_ID: "" }, 2, /needs an account: --account ID/],
    [["stats"], { CLOUDFLARE_API_TOKEN: "wrong" }, 1, /answered 403: Authentication error/],
    [["stats", "--account", "another"], {}, 1, /no such KV namespace/],
    [["stats"], { CLOUDFLARE_API_BASE_URL: "http://127.0.0.1:9" }, 1, /no answer from 127\.0\.0\.1:9/],
  ];
  for (const [words, env, code, message] of cases) {
    const { status, stdout, stderr } = await cli(words, /** @type {any} */ (env));
    assert.equal(status, code, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
    assert.equal(stderr.includes(TOKEN), false);
  }
  const { status, stderr } = await cli(["invalidate", "user", "1"], { CLOUDFLARE_API_TOKEN: "wrong" });
  assert.equal(status, 1);
  assert.match(stderr, /403.*\n.*did not reach the server/);
});
