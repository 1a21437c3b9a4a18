// As in workerd: a request that ends early leaves what it has begun for ever unsettled. Later ones go on without it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MemoryBackend } from "../../../js/entries/node.js";
import { makeCache } from "../../helpers/cache.js";
import { counted } from "../../helpers/functions.js";
import { mapBackend } from "../../helpers/map-backend.js";

const original = Object.getOwnPropertyDescriptor(globalThis, "navigator");
/** Its timers alone would not keep this process alive. */
let alive = /** @type {any} */ (undefined);
before(() => {
  Object.defineProperty(globalThis, "navigator", { value: { userAgent: "Cloudflare-Workers" }, configurable: true });
  alive = setInterval(() => {}, 1000);
});
after(() => {
  clearInterval(alive);
  if (original) Object.defineProperty(globalThis, "navigator", original);
  else Reflect.deleteProperty(globalThis, "navigator");
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

for (const [name, makeBackend] of Object.entries({
  "memory, copies": () => new MemoryBackend(),
  "memory, shared values": () => new MemoryBackend({ values: "shared" }),
  "a backend of one's own": mapBackend,
})) {
  const open = () => makeCache(makeBackend(), { operationTimeout: 20 });

  test(`a call waits for the run of another request no longer than operationTimeout (${name})`, async () => {
    const cache = open();
    const load = counted(async (id) => (load.runs === 1 ? new Promise(() => {}) : { id, run: load.runs }));
    const get = cache("user", { keyPrefix: "get" })(load);
    get(1);
    await turn();
    await turn();
    assert.deepEqual(await get(1), { id: 1, run: 2 });
    assert.deepEqual(await get(1), { id: 1, run: 2 }, "what it stored is a hit");
    assert.equal(load.runs, 2);
    await cache.close();
  });

  test(`each run is handed to waitUntil (${name})`, async () => {
    /** @type {Promise<unknown>[]} */
    const kept = [];
    const cache = makeCache(makeBackend(), { waitUntil: (/** @type {Promise<unknown>} */ work) => kept.push(work) });
    const get = cache("user", { keyPrefix: "get" })(async (id) => {
      if (id === 2) throw new Error("no");
      return { id };
    });
    await get(1);
    assert.ok(kept.length > 0);
    kept.length = 0;
    await assert.rejects(get(2), /no/);
    assert.equal((await Promise.allSettled(kept))[0].status, "fulfilled");
    await cache.close();
  });

  test(`a batch that ended with its request holds up no other batch (${name})`, async () => {
    const cache = open();
    const load = counted(async (ids) => (load.runs === 1 ? new Promise(() => {}) : ids.map((id) => ({ id }))));
    const getUsers = cache.many("user", { keyPrefix: "get" })(load);
    getUsers([1, 2]);
    await turn();
    await turn();
    assert.deepEqual(await getUsers([3]), [{ id: 3 }]);
    assert.deepEqual(await getUsers([1, 4]), [{ id: 1 }, { id: 4 }]);
    await cache.close();
  });
}
