// @ts-check
/**
 * `cacheref/slim`: the entry for programs that load the wasm themselves, for example to preload it or to have it as a file
 * of its own in the HTTP cache. `await init()` comes before the first wrapped function.
 */
import { Core } from "../boundary/core.js";
import * as glue from "../core/glue.js";
import { ConfigError } from "../messages/errors.js";
import { shared } from "../messages/shared.js";
import { makeEntityCache, makeMemoryBackend } from "./bind.js";
import { servers } from "./servers.js";

/** @typedef {WebAssembly.Module | BufferSource | Response | URL | string} Source */

/** What is loaded, and what is being loaded. */
const state = /* @__PURE__ */ shared("slim.state", () => ({
  module: /** @type {WebAssembly.Module | undefined} */ (undefined),
  loading: /** @type {Promise<void> | undefined} */ (undefined),
}));

/**
 * Loads the core once: all calls share the first load. If that fails, the next call tries again.
 * @param {Source | Promise<Source>} [source] default: `cacheref.wasm` beside this module
 * @returns {Promise<void>}
 */
export function init(source = new URL("../core/cacheref.wasm", import.meta.url)) {
  state.loading ??= compile(source).then(
    (compiled) => {
      state.module = compiled;
    },
    (error) => {
      state.loading = undefined;
      throw new ConfigError("ERR_CACHEREF_INIT", `the core could not be loaded: ${error?.message ?? error}`, {
        cause: error,
      });
    },
  );
  return state.loading;
}

/**
 * @param {Source | Promise<Source>} given
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(given) {
  const source = await given;
  // By their tags: a sandbox hands in objects of another realm, whose classes are not those of this one.
  if (isA("WebAssembly.Module", source)) return /** @type {WebAssembly.Module} */ (source);
  if (isA("ArrayBuffer", source) || ArrayBuffer.isView(source))
    return WebAssembly.compile(/** @type {BufferSource} */ (source));
  const response = isA("Response", source)
    ? /** @type {Response} */ (source)
    : await fetch(/** @type {URL | string} */ (source));
  if (!response.ok) throw new Error(`${response.url || source} answered ${response.status}`);
  // compileStreaming would refuse a server that does not say application/wasm.
  return WebAssembly.compile(await response.arrayBuffer());
}

/**
 * @param {string} tag
 * @param {unknown} source
 */
function isA(tag, source) {
  return Object.prototype.toString.call(source) === `[object ${tag}]`;
}

const core = /* @__PURE__ */ shared(
  "slim.core",
  () =>
    new Core(glue, () => {
      if (state.module !== undefined) return state.module;
      throw new ConfigError(
        "ERR_CACHEREF_INIT",
        "cacheref/slim needs `await init()` before the first function is wrapped",
      );
    }),
);

export const MemoryBackend = /* @__PURE__ */ shared("slim.MemoryBackend", () => makeMemoryBackend(core));
export const EntityCache = /* @__PURE__ */ shared("slim.EntityCache", () =>
  makeEntityCache(core, MemoryBackend, servers),
);
/** A ready-made cache in memory. Call `init` first. */
export const cache = /* @__PURE__ */ shared("slim.cache", () => new EntityCache());
export { identity } from "../cache/sync.js";
export { CacheRefError, ConfigError, RedisBackend, WorkersKVBackend } from "./servers.js";
