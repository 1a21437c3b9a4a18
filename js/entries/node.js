// @ts-check
/** The entry for Node, Deno and Bun. It reads the wasm from the package's folder, synchronously, on first use. */
import { readFileSync } from "node:fs";
import { Core } from "../boundary/core.js";
import * as glue from "../core/glue.js";
import { ConfigError } from "../messages/errors.js";
import { shared } from "../messages/shared.js";
import { makeEntityCache, makeMemoryBackend } from "./bind.js";
import { servers } from "./servers.js";

const core = /* @__PURE__ */ shared("core", () => new Core(glue, () => new WebAssembly.Module(read())));

/** The module's bytes. */
function read() {
  const file = new URL("../core/cacheref.wasm", import.meta.url);
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigError(
      "ERR_CACHEREF_INIT",
      `the module could not be read from ${file}: ship cacheref's folder with the program, or let the bundler use the package's condition "module", whose file has the module inside`,
      { cause: error },
    );
  }
}

export const MemoryBackend = /* @__PURE__ */ shared("MemoryBackend", () => makeMemoryBackend(core));
export const EntityCache = /* @__PURE__ */ shared("EntityCache", () => makeEntityCache(core, MemoryBackend, servers));
/** A ready-made cache in memory: `import { cache } from "cacheref"` needs nothing configured. */
export const cache = /* @__PURE__ */ shared("cache", () => new EntityCache());
export { identity } from "../cache/sync.js";
export { CacheRefError, ConfigError, RedisBackend, WorkersKVBackend } from "./servers.js";
