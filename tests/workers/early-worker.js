// A Worker whose requests may end while the cache works for them.
import { env } from "cloudflare:workers";
import { EntityCache, MemoryBackend } from "cacheref";

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const OPTIONS = { logger, operationTimeout: 200 };

/** A KV namespace whose first operations of a kind are slow, so that a request can end in the middle of them. */
let slow = "";
const kv = new Proxy(env.KV, {
  get(target, name) {
    const method = target[name];
    return async (/** @type {unknown[]} */ ...args) => {
      if (name === slow) {
        slow = "";
        await scheduler.wait(3000);
      }
      return method.apply(target, args);
    };
  },
});

const makers = { memory: () => new MemoryBackend(), kv: () => kv };
/** @type {Record<string, any>} */
const caches = {};
for (const [name, backend] of Object.entries(makers)) {
  const cache = new EntityCache({ ...OPTIONS, backend: backend(), prefix: `${name}:` });
  /** Whether the next run is slow. */
  const state = { isSlow: false };
  const pause = async () => {
    if (!state.isSlow) return;
    state.isSlow = false;
    await scheduler.wait(3000);
  };
  const get = cache("user", { keyPrefix: "get", staleWhileRevalidate: 60, ttl: "1s" })(async (id) => {
    await pause();
    return { id, at: Date.now() };
  });
  const getMany = cache.many("row", { keyPrefix: "many" })(async (/** @type {unknown[]} */ ids) => {
    await pause();
    return ids.map((id) => ({ id }));
  });
  caches[name] = { cache, state, get, getMany };
}

/** What a request does: with a pause in the function, or in an operation of KV. */
export default {
  /** @param {Request} request */
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const { cache, state, get, getMany } = caches[/** @type {string} */ (searchParams.get("backend"))];
    const id = searchParams.get("id");
    if (searchParams.get("slow") === "run") state.isSlow = true;
    else slow = searchParams.get("slow") ?? "";
    const work = {
      get: () => get(id),
      refresh: () => get.refresh(id),
      many: () => getMany([id, `${id}-too`]),
      invalidate: () => cache.invalidateEntity("user", id),
    }[/** @type {string} */ (searchParams.get("path"))]();
    work.catch(() => {});
    // The request ends early: its answer waits for nothing.
    if (searchParams.has("early")) {
      await scheduler.wait(30);
      return new Response("early");
    }
    return Response.json(await work);
  },
};
