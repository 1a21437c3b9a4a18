// In workerd itself: the packed package with a KV namespace, in one isolate and in two.
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { install } from "../package/install.js";
import { bundleWorker, Miniflare } from "../runtime/workerd.js";

/** @type {Miniflare} */
let miniflare;
let url = "";

before(async () => {
  const folder = install();
  copyFileSync(fileURLToPath(new URL("worker.js", import.meta.url)), join(folder, "worker.js"));
  const worker = {
    ...(await bundleWorker(join(folder, "worker.js"))),
    kvNamespaces: { KV: "shared" },
  };
  miniflare = new Miniflare({
    workers: ["one", "other"].map((name) => ({ ...worker, name, bindings: { NAME: name } })),
  });
  url = (await miniflare.ready).href;
});
after(() => miniflare.dispose());

/** @param {string} path @param {string} [isolate] @returns {Promise<any>} */
async function ask(path, isolate = "one") {
  const worker = await miniflare.getWorker(isolate);
  const response = await worker.fetch(`http://localhost${path}`);
  assert.equal(response.status, 200, await (response.ok ? "" : response.text()));
  return response.json();
}

/** What KV holds for a call, once it is there: with `waitUntil` an answer is earlier. @param {number} id @param {string} isolate */
async function stored(id, isolate) {
  for (let i = 0; i < 1000; i++) {
    const found = await ask(`/peek?id=${id}`, isolate);
    if (found !== null) return found;
  }
  return assert.fail("it was never stored");
}

test("a cache over KV keeps the conformance suite", async () => {
  const { cases, failures } = await ask("/suite");
  assert.deepEqual(failures, []);
  assert.ok(cases > 10);
});

test("with waitUntil the answer comes first, and what it stores is a hit for the next request", async () => {
  const first = await ask("/user?id=1");
  assert.equal(first.events.at(-1), "answer");
  assert.ok(!first.events.includes("store"));
  assert.deepEqual(await stored(1, "one"), { id: 1, by: "one" });
  assert.equal((await ask("/user?id=1")).runs, first.runs);
});

test("two isolates share entries, and what one invalidates the other does not find", async () => {
  await ask("/user?id=2", "one");
  assert.deepEqual(await stored(2, "other"), { id: 2, by: "one" });
  assert.deepEqual((await ask("/user?id=2", "other")).user, { id: 2, by: "one" });
  assert.equal(await ask("/invalidate?id=2", "other"), 1);
  assert.equal(await ask("/peek?id=2", "one"), null);
  assert.deepEqual((await ask("/user?id=2", "other")).user, { id: 2, by: "other" });
  assert.deepEqual(await stored(2, "one"), { id: 2, by: "other" });
});

test("requests of one isolate share a run in memory", async () => {
  const [one, other] = await Promise.all([ask("/slow?id=1"), ask("/slow?id=1")]);
  assert.deepEqual(one, other);
  assert.equal((await ask("/slow?id=1")).begun, one.begun);
});

test("a request whose client has gone holds up nobody who shares its run", async () => {
  const gone = new AbortController();
  const before = await ask("/begun");
  const first = fetch(`${url}slow?id=2`, { signal: gone.signal }).catch((error) => error.name);
  while ((await ask("/begun")) === before);
  const second = fetch(`${url}slow?id=2`).then((response) => response.json());
  gone.abort();
  assert.equal(await first, "AbortError");
  assert.equal((await second).id, 2);
});
