// @ts-check
/** The entry of Cloudflare Workers (and edge-light): wasm comes compiled; at run time its compilation is refused. */
// @ts-expect-error: the bundler (or workerd) makes this a WebAssembly.Module
import module from "./core/cacheref.wasm";
import { makeClasses } from "./entry.js";

const { EntityCache, MemoryBackend } = /* @__PURE__ */ makeClasses(() => module);

/** A ready-made cache in memory: `import { cache } from "cacheref"` needs nothing configured. */
export const cache = /* @__PURE__ */ new EntityCache();
export { RedisBackend } from "./backends/redis.js";
export { WorkersKVBackend } from "./backends/workers-kv.js";
export { CacheRefError, ConfigError } from "./errors.js";
export { EntityCache, MemoryBackend };
