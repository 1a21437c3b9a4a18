// How many HTTP requests the commands of a cache take on Upstash, counted by a local REST front.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Redis } from "@upstash/redis";
import { UpstashConnection } from "../../js/remote/connections/upstash.js";
import { makeCache } from "../helpers/cache.js";
import { counted } from "../helpers/functions.js";
import { startRedis } from "../helpers/redis.js";
import { startRestFront } from "../helpers/upstash.js";

/** @type {Awaited<ReturnType<typeof startRedis>>} */
let server;
/** @type {Awaited<ReturnType<typeof startRestFront>>} */
let front;
/** @type {any} */
let client;
/** @type {any} */
let cache;
before(async () => {
  server = await startRedis();
  front = await startRestFront(server.port);
  client = new Redis({ url: front.url, token: "any", retry: false });
});
after(async () => {
  await front.stop();
  await server.stop();
});
beforeEach(async () => {
  server.cli("FLUSHALL");
  cache = makeCache(client);
  // The scripts are known, the log has begun, and the eviction policy was asked for.
  await cache("user", { keyPrefix: "warm" })(async () => ({ id: "warm" }))();
  await cache.invalidateEntity("user", "warm");
  front.requests.length = 0;
});
afterEach(() => cache.close());

const ids = Array.from({ length: 300 }, (_, id) => id);
const callAll = (/** @type {(id: number) => Promise<unknown>} */ get) => Promise.all(ids.map((id) => get(id)));

test("300 misses at once are a handful of requests, and 300 hits are one", async () => {
  const getUser = counted((id) => ({ id, name: `user ${id}` }));
  const get = cache("user", { keyPrefix: "get" })(getUser);
  await callAll(get);
  assert.ok(front.requests.length <= 4, `${front.requests.length} requests`);
  front.requests.length = 0;
  assert.deepEqual((await callAll(get)).at(-1), { id: 299, name: "user 299" });
  assert.deepEqual(front.requests, [300]);
  assert.equal(getUser.runs, 300);
});

test("300 invalidations at once are a handful of requests, and each counts what it drops", async () => {
  const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id }));
  await callAll(get);
  front.requests.length = 0;
  assert.deepEqual(new Set(await callAll((id) => cache.invalidateEntity("user", id))), new Set([1]));
  assert.ok(front.requests.length <= 2, `${front.requests.length} requests`);
});

test("long values take several requests, and a value of any length one", async () => {
  const connection = new UpstashConnection(client);
  const lengths = [100_000, 100_000, 100_000, 2_000_000, 1, 1];
  await Promise.all(
    lengths.map((length, index) => connection.request(["set", [`long:${index}`], ["x".repeat(length)]])),
  );
  assert.deepEqual(front.requests.toSorted(), [1, 1, 2, 2]);
  const stored = await Promise.all(lengths.map((_, index) => connection.request(["strlen", [`long:${index}`]])));
  assert.deepEqual(stored, lengths);
});

test("a command that fails fails alone", async () => {
  const connection = new UpstashConnection(client);
  await connection.request(["set", ["text"], ["a"]]);
  front.requests.length = 0;
  const replies = await connection.send([
    ["get", ["text"]],
    ["incr", ["text"]],
    ["strlen", ["text"]],
  ]);
  assert.equal(replies[0], "a");
  assert.match(replies[1].message, /not an integer/);
  assert.equal(replies[2], 1);
  assert.deepEqual(front.requests, [3]);
});

test("a request that fails fails each of its commands, and the next request goes on", async () => {
  const connection = new UpstashConnection({
    client: { request: async () => Promise.reject(new Error("the network is gone")) },
  });
  const replies = await connection.send([
    ["get", ["a"]],
    ["get", ["b"]],
  ]);
  assert.deepEqual(
    replies.map(({ message }) => message),
    ["the network is gone", "the network is gone"],
  );
  await assert.rejects(connection.request(["get", ["a"]]), /the network is gone/);
});

test("an answer that is shorter than the request fails the commands that it leaves out", async () => {
  const connection = new UpstashConnection({ client: { request: async () => [{ result: "1" }] } });
  const [first, second] = await connection.send([
    ["get", ["a"]],
    ["get", ["b"]],
  ]);
  assert.equal(first, "1");
  assert.ok(second instanceof Error);
});
