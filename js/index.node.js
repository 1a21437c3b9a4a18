// @ts-check
/** The entry of Node, Deno and Bun: the wasm is read from the package's folder, synchronously, on first use. */
import { readFileSync } from "node:fs";
import { makeClasses } from "./entry.js";

const { EntityCache, MemoryBackend } = /* @__PURE__ */ makeClasses(
  () => new WebAssembly.Module(readFileSync(new URL("./core/cacheref.wasm", import.meta.url))),
);

/** A ready-made cache in memory: `import { cache } from "cacheref"` needs nothing configured. */
export const cache = /* @__PURE__ */ new EntityCache();
export { RedisBackend } from "./backends/redis.js";
export { WorkersKVBackend } from "./backends/workers-kv.js";
export { CacheRefError, ConfigError } from "./errors.js";
export { EntityCache, MemoryBackend };
