// @ts-check
/**
 * The entry for browsers and bundlers. The wasm is part of the script, so there is no file to find and nothing to await.
 * It is compiled synchronously on first use: Chromium allows that up to 8 MB on the main thread.
 */

import { Core } from "../boundary/core.js";
import * as glue from "../core/glue.js";
import { bytes } from "../core/inline.js";
import { shared } from "../messages/shared.js";
import { makeEntityCache, makeMemoryBackend } from "./bind.js";
import { servers } from "./servers.js";

const core = /* @__PURE__ */ shared("core", () => new Core(glue, () => new WebAssembly.Module(bytes())));

export const MemoryBackend = /* @__PURE__ */ shared("MemoryBackend", () => makeMemoryBackend(core));
export const EntityCache = /* @__PURE__ */ shared("EntityCache", () => makeEntityCache(core, MemoryBackend, servers));
/** A ready-made cache in memory: `import { cache } from "cacheref"` needs nothing configured. */
export const cache = /* @__PURE__ */ shared("cache", () => new EntityCache());
export { identity } from "../cache/sync.js";
export { CacheRefError, ConfigError, RedisBackend, WorkersKVBackend } from "./servers.js";
