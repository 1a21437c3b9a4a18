// What one tab drops, the others drop: two caches of one process stand for two tabs.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { EntityCache, MemoryBackend } from "../../../js/entries/node.js";

/** @type {EntityCache[]} */
const opened = [];
// A channel keeps no process alive, and here nothing else would.
const alive = setInterval(() => {}, 1000);
after(async () => {
  clearInterval(alive);
  await Promise.all(opened.map((cache) => cache.close()));
});

/** @param {object} [options] */
function open(options) {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const cache = new EntityCache({ broadcast: "test", logger, ...options });
  opened.push(cache);
  const get = cache("user", { keyPrefix: "get" })(async (id) => ({ id: id?.id ?? id }));
  return { cache, get, told: () => new Promise((resolve) => cache.on("invalidate", resolve)) };
}

/** @type {Record<string, (tab: ReturnType<typeof open>) => Promise<unknown>>} */
const ways = {
  "an entity": ({ cache }) => cache.invalidateEntity("user", 1),
  "a function": ({ get }) => get.invalidateAll(),
  "a call": ({ get }) => get.invalidate(1),
  "a write": ({ cache }) => cache.invalidates("user", { from: "args" })(async () => {})(1),
};
for (const [what, invalidate] of Object.entries(ways)) {
  test(`${what} that one tab invalidates is dropped in the other, which is told of it`, async () => {
    const [one, other] = [open(), open()];
    await Promise.all([one.get(1), other.get(1), other.get(2)]);
    const told = other.told();
    await invalidate(one);
    assert.equal((await told).count, what === "a function" ? 2 : 1);
    assert.equal(await other.get.peek(1), undefined);
    assert.deepEqual(await other.get.peek(2), what === "a function" ? undefined : { id: 2 });
  });
}

test("a type that one tab invalidates is dropped in the other: rows, lists and totals", async () => {
  const [one, other] = [open(), open()];
  const listUsers = other.cache("user", { keyPrefix: "list" })(async () => []);
  const countUsers = other.cache({ dependsOn: ["user"], keyPrefix: "count" })(async () => 3);
  await Promise.all([other.get(1), listUsers(), countUsers()]);
  const told = other.told();
  await one.cache.invalidateType("user");
  const { targets, count } = await told;
  assert.deepEqual([targets[0].kind, targets[0].type, count], ["type", "user", 3]);
});

for (const kind of /** @type {const} */ (["list", "type"])) {
  test(`a soft invalidation of a ${kind} makes calls stale in the other tab, and drops none`, async () => {
    const [one, other] = [open(), open()];
    const listUsers = other.cache("user", { keyPrefix: "list", staleWhileRevalidate: "1m" })(async () => [{ id: 1 }]);
    await listUsers();
    const told = other.told();
    await one.cache.invalidate({}, { [`${kind}s`]: ["user"], soft: true });
    await told;
    assert.deepEqual(await listUsers(), [{ id: 1 }]);
    assert.equal(other.cache.stats().stale, 1);
  });
}

test("everything under a prefix goes, and nothing under another, nor on another channel", async () => {
  const tabs = [open(), open(), open({ prefix: "other:" }), open({ broadcast: "another" })];
  for (const { get } of tabs) await get(1);
  const told = tabs[1].told();
  await tabs[0].cache.invalidateAll();
  await told;
  assert.deepEqual(await Promise.all(tabs.map(({ get }) => get.peek(1))), [undefined, undefined, { id: 1 }, { id: 1 }]);
});

test("a call whose arguments cannot be sent drops all calls of its function elsewhere", async () => {
  class Id {
    id = 1;
    toJSON() {
      return this.id;
    }
  }
  const [one, other] = [open(), open()];
  await Promise.all([other.get(new Id()), other.get(2)]);
  const told = other.told();
  await one.get.invalidate(new Id());
  assert.equal((await told).count, 2);
});

test("a cache on a shared backend needs no broadcast and refuses it", () => {
  const method = async () => null;
  const names = ["get", "set", "setex", "delete", "keys", "sadd", "smembers", "expire"];
  const backend = Object.fromEntries(names.map((name) => [name, method]));
  assert.throws(() => open({ backend }), { code: "ERR_CACHEREF_OPTION", message: /shared backend/ });
});

test("a message of somebody else on the channel harms nobody", async () => {
  const { get } = open();
  await get(1);
  const stranger = new BroadcastChannel("test");
  const answered = open().told();
  for (const message of [null, 1, { prefix: "cache:" }, { prefix: "cache:", sent: [null, { kind: "nothing" }, {}] }])
    stranger.postMessage(message);
  stranger.postMessage({ prefix: "cache:", sent: [{ kind: "entity", type: "user", ids: ["2"] }] });
  await answered;
  assert.deepEqual(await get.peek(1), { id: 1 });
  stranger.close();
});

test("after close an invalidation still drops what is here, and that it was not sent is an error", async () => {
  const { cache, get } = open({ backend: new MemoryBackend() });
  await get(1);
  await cache.close();
  const failed = new Promise((resolve) => cache.on("error", resolve));
  assert.equal(await cache.invalidateEntity("user", 1), 1);
  assert.equal((await failed).what, "broadcast of an invalidation");
  assert.equal(await get.peek(1), undefined);
});
