// @ts-check
/**
 * `cacheref/slim`: the entry for programs that load the wasm themselves, for example to preload it or to have it as a file
 * of its own in the HTTP cache. `await init()` comes before the first wrapped function.
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
 * Loads the core once: all calls share the first load. If that fails, the next call tries again.
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
  // compileStreaming would refuse a server that does not say application/wasm.
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
/** A ready-made cache in memory. Call `init` first. */
export const cache = /* @__PURE__ */ new EntityCache();
export { RedisBackend } from "../backends/redis.js";
export { WorkersKVBackend } from "../backends/workers-kv.js";
export { CacheRefError, ConfigError } from "../messages/errors.js";
