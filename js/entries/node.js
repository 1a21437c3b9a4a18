// @ts-check
/** The entry for Node, Deno and Bun. It reads the wasm from the package's folder, synchronously, on first use. */
import { readFileSync } from "node:fs";
import { Core } from "../boundary/core.js";
import { makeEntityCache, makeMemoryBackend } from "./bind.js";

const core = /* @__PURE__ */ new Core(
  () => new WebAssembly.Module(readFileSync(new URL("../core/cacheref.wasm", import.meta.url))),
);

export const MemoryBackend = /* @__PURE__ */ makeMemoryBackend(core);
export const EntityCache = /* @__PURE__ */ makeEntityCache(core, MemoryBackend);
/** A ready-made cache in memory: `import { cache } from "cacheref"` needs nothing configured. */
export const cache = /* @__PURE__ */ new EntityCache();
export { RedisBackend } from "../backends/redis.js";
export { WorkersKVBackend } from "../backends/workers-kv.js";
export { CacheRefError, ConfigError } from "../messages/errors.js";
