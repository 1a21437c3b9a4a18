// @ts-check
/**
 * `cacheref/memory`: the entry for pages, which the condition `browser` chooses too. Entries are in memory and nowhere else, so
 * that nothing of servers is loaded, and the core is the smaller build: js/core/memory/.
 */
import { adapt, RedisBackend as Redis, serverChecks, WorkersKVBackend as WorkersKV } from "../backends/absent.js";
import { Core } from "../boundary/core.js";
import { nameInMemory } from "../cache/names.js";
import * as glue from "../core/memory/glue.js";
import { bytes } from "../core/memory/inline.js";
import { CacheRefError, ConfigError } from "../messages/errors.js";
import { shared } from "../messages/shared.js";
import { makeEntityCache, makeMemoryBackend } from "./bind.js";

const core = /* @__PURE__ */ shared("memory.core", () => new Core(glue, () => new WebAssembly.Module(bytes())));

export const MemoryBackend = /* @__PURE__ */ shared("memory.MemoryBackend", () => makeMemoryBackend(core));
export const EntityCache = /* @__PURE__ */ shared("memory.EntityCache", () =>
  makeEntityCache(core, MemoryBackend, { adapt, nameOnSharedBackend: nameInMemory, serverChecks }),
);
/** A ready-made cache in memory: `import { cache } from "cacheref/memory"` needs nothing configured. */
export const cache = /* @__PURE__ */ shared("memory.cache", () => new EntityCache());
export const RedisBackend = /* @__PURE__ */ shared("memory.RedisBackend", () => Redis);
export const WorkersKVBackend = /* @__PURE__ */ shared("memory.WorkersKVBackend", () => WorkersKV);
export { identity } from "../cache/sync.js";
export { CacheRefError, ConfigError };
