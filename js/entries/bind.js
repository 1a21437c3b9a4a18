// @ts-check
/**
 * The classes that every entry exports, over a core. Entries differ only in how their runtime loads that core.
 *
 * Each class has a function of its own. An entry calls each in a statement of its own, so that bundlers can drop the
 * classes that nobody uses.
 */
import { BaseMemoryBackend } from "../backends/memory.js";
import { BaseCache } from "../cache/cache.js";

/** @param {import("../boundary/core.js").Core} core */
export function makeMemoryBackend(core) {
  return class MemoryBackend extends BaseMemoryBackend {
    /** @param {object} [options] */
    constructor(options) {
      super(core, options);
    }
  };
}

/**
 * @param {import("../boundary/core.js").Core} core
 * @param {ReturnType<typeof makeMemoryBackend>} MemoryBackend
 * @param {Pick<import("../cache/cache.js").Platform, "adapt" | "nameOnSharedBackend" | "serverChecks" | "pythonPart" | "waitUntil">} servers what differs where there are servers
 */
export function makeEntityCache(core, MemoryBackend, servers) {
  const platform = { core, makeBackend: () => new MemoryBackend(), ...servers };

  return class EntityCache extends BaseCache {
    /** @param {object} [options] */
    constructor(options) {
      super(platform, options);
    }
  };
}
