// @ts-check
/**
 * The classes that every entry exports, over the core as its runtime loads it. An entry differs in nothing else.
 *
 * One function for each, called in a statement of its own: so bundlers drop those that nobody uses.
 */
import { adapt } from "../backends/detect.js";
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
 */
export function makeEntityCache(core, MemoryBackend) {
  const platform = {
    core,
    makeBackend: () => new MemoryBackend(),
    /**
     * @param {import("../functions/context.js").Context} context
     * @param {any} backend
     */
    makeStore: (context, backend) => (backend instanceof BaseMemoryBackend ? backend : adapt(backend)).open(context),
  };

  return class EntityCache extends BaseCache {
    /** @param {object} [options] */
    constructor(options) {
      super(platform, options);
    }
  };
}
