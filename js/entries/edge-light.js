// @ts-check
/** The entry for edge-light (Next, Vercel). It refuses to compile wasm at run time, so it comes compiled. */

import { Core } from "../boundary/core.js";
// @ts-expect-error: the bundler makes this a WebAssembly.Module
import module from "../core/cacheref.wasm";
import * as glue from "../core/glue.js";
import { shared } from "../messages/shared.js";
import { makeEntityCache, makeMemoryBackend } from "./bind.js";
import { servers } from "./servers.js";

const core = /* @__PURE__ */ shared("core", () => new Core(glue, () => module));

export const MemoryBackend = /* @__PURE__ */ shared("MemoryBackend", () => makeMemoryBackend(core));
export const EntityCache = /* @__PURE__ */ shared("EntityCache", () => makeEntityCache(core, MemoryBackend, servers));
/** A ready-made cache in memory: `import { cache } from "cacheref"` needs nothing configured. */
export const cache = /* @__PURE__ */ shared("cache", () => new EntityCache());
export { identity } from "../cache/sync.js";
export { CacheRefError, ConfigError, RedisBackend, WorkersKVBackend } from "./servers.js";
