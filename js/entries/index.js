// @ts-check
/**
 * The entry for browsers and bundlers. The wasm is part of the script, so there is no file to find and nothing to await.
 * It is compiled synchronously on first use: Chromium allows that up to 8 MB on the main thread.
 */

import { Core } from "../boundary/core.js";
import { base64 } from "../core/inline.js";
import { makeEntityCache, makeMemoryBackend } from "./bind.js";

const core = /* @__PURE__ */ new Core(
  () => new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))),
);

export const MemoryBackend = /* @__PURE__ */ makeMemoryBackend(core);
export const EntityCache = /* @__PURE__ */ makeEntityCache(core, MemoryBackend);
/** A ready-made cache in memory: `import { cache } from "cacheref"` needs nothing configured. */
export const cache = /* @__PURE__ */ new EntityCache();
export { RedisBackend } from "../backends/redis.js";
export { WorkersKVBackend } from "../backends/workers-kv.js";
export { CacheRefError, ConfigError } from "../messages/errors.js";
