// A Worker whose requests may end while the cache works for them.
import { env } from "cloudflare:workers";
import { EntityCache, MemoryBackend } from "cacheref";

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const PAUSE_MS = 3000;

/** What is slow, once: an operation of KV, or a function of the user. */
let slow = "";
/** The operation of KV that fails, once. */
let failing = "";

/** @param {string} what */
async function pause(what) {
  if (what !== slow) return;
  slow = "";
  await scheduler.wait(PAUSE_MS);
}

const kv = new Proxy(env.KV, {
  get(target, name) {
    const method = target[name];
    return async (/** @type {unknown[]} */ ...args) => {
      if (name === failing) {
        failing = "";
        throw new Error("down");
      }
      await pause(String(name));
      return method.apply(target, args);
    };
  },
});

const makers = {
  memory: () => new MemoryBackend(),
  shared: () => new MemoryBackend({ values: "shared" }),
  kv: () => kv,
};
/** @type {Record<string, any>} */
const caches = {};
for (const [name, backend] of Object.entries(makers)) {
  let aheadMs = 0;
  const clock = () => Date.now() + aheadMs;
  const cache = new EntityCache({ logger, operationTimeout: 400, backend: backend(), prefix: `${name}:`, clock });
  const options = {
    keyPrefix: "get",
    ttl: "60s",
    staleWhileRevalidate: 600,
    serializer: async (/** @type {unknown} */ value) => {
      await pause("serialize");
      return JSON.stringify(value);
    },
    deserializer: async (/** @type {string} */ stored) => {
      await pause("deserialize");
      return JSON.parse(stored);
    },
  };
  const get = cache(
    "user",
    options,
  )(async (id) => {
    await pause("run");
    return { id };
  });
  const getMany = cache.many("row", { keyPrefix: "many" })(async (/** @type {unknown[]} */ ids) => {
    await pause("run");
    return ids.map((id) => ({ id }));
  });
  /** @type {Record<string, (id: string) => Promise<unknown>>} */
  caches[name] = {
    get: (id) => get(id),
    refresh: (id) => get.refresh(id),
    many: (id) => getMany([id, `${id}-too`]),
    invalidate: (id) => cache.invalidateEntity("user", id),
    /** Lets the ttl of what is stored pass. */
    age: async () => {
      aheadMs += 61_000;
    },
    /** An invalidation that KV does not take. */
    fail: async (id) => {
      failing = "delete";
      await cache.invalidateEntity("user", id);
    },
  };
}

/** What a request does, in the middle of which it may be held up. */
export default {
  /** @param {Request} request */
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const [backend, path, id] = ["backend", "path", "id"].map((name) => String(searchParams.get(name)));
    slow = searchParams.get("slow") ?? "";
    const work = caches[backend][path](id);
    work.catch(() => {});
    // The request ends early: its answer waits for nothing.
    if (searchParams.has("early")) {
      await scheduler.wait(30);
      return new Response("early");
    }
    return Response.json((await work) ?? null);
  },
};
