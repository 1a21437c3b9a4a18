// @ts-check
/** The entry for Cloudflare Workers (and edge-light). They refuse to compile wasm at run time, so it comes compiled. */

import { Core } from "../boundary/core.js";
// @ts-expect-error: the bundler (or workerd) makes this a WebAssembly.Module
import module from "../core/cacheref.wasm";
import { makeEntityCache, makeMemoryBackend } from "./bind.js";

const core = /* @__PURE__ */ new Core(() => module);

export const MemoryBackend = /* @__PURE__ */ makeMemoryBackend(core);
export const EntityCache = /* @__PURE__ */ makeEntityCache(core, MemoryBackend);
/** A ready-made cache in memory: `import { cache } from "cacheref"` needs nothing configured. */
export const cache = /* @__PURE__ */ new EntityCache();
export { RedisBackend } from "../backends/redis.js";
export { WorkersKVBackend } from "../backends/workers-kv.js";
export { CacheRefError, ConfigError } from "../messages/errors.js";
