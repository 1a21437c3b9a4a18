// @ts-check
/**
 * The entry for those who load the wasm themselves (`cacheref/slim`): its own file in the HTTP cache, preloading, a
 * Content-Security-Policy of their own. `await init()` comes before the first wrapped function.
 */
import { Core } from "../boundary/core.js";
import { ConfigError } from "../messages/errors.js";
import { makeEntityCache, makeMemoryBackend } from "./bind.js";

/** @typedef {WebAssembly.Module | BufferSource | Response | URL | string} Source */

/** @type {WebAssembly.Module | undefined} */
let module;
/** @type {Promise<void> | undefined} */
let loading;

/**
 * Loads the core, once: later calls, and calls made meanwhile, share the first. One that fails is forgotten, so that it
 * can be tried again.
 * @param {Source | Promise<Source>} [source] default: `cacheref.wasm` beside this module
 * @returns {Promise<void>}
 */
export function init(source = new URL("../core/cacheref.wasm", import.meta.url)) {
  loading ??= compile(source).then(
    (compiled) => {
      module = compiled;
    },
    (error) => {
      loading = undefined;
      throw new ConfigError("ERR_CACHEREF_INIT", `the core could not be loaded: ${error?.message ?? error}`, {
        cause: error,
      });
    },
  );
  return loading;
}

/**
 * @param {Source | Promise<Source>} given
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(given) {
  const source = await given;
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  const response =
    typeof Response === "function" && source instanceof Response
      ? source
      : await fetch(/** @type {URL | string} */ (source));
  if (!response.ok) throw new Error(`${response.url || source} answered ${response.status}`);
  // Not compileStreaming: it refuses a server that does not say application/wasm.
  return WebAssembly.compile(await response.arrayBuffer());
}

const core = /* @__PURE__ */ new Core(() => {
  if (module === undefined) {
    throw new ConfigError(
      "ERR_CACHEREF_INIT",
      "cacheref/slim needs `await init()` before the first function is wrapped",
    );
  }
  return module;
});

export const MemoryBackend = /* @__PURE__ */ makeMemoryBackend(core);
export const EntityCache = /* @__PURE__ */ makeEntityCache(core, MemoryBackend);
/** A ready-made cache in memory; `init` comes first. */
export const cache = /* @__PURE__ */ new EntityCache();
export { RedisBackend } from "../backends/redis.js";
export { WorkersKVBackend } from "../backends/workers-kv.js";
export { CacheRefError, ConfigError } from "../messages/errors.js";
