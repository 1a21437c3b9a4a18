// @ts-check
/**
 * What every entry exports, made from the way in which its runtime loads the core. An entry differs in nothing else.
 */
import { adapt } from "./backends/detect.js";
import { BaseMemoryBackend } from "./backends/memory.js";
import { BaseCache } from "./cache.js";
import { Core } from "./core.js";
import { LocalStore } from "./local.js";
import { RemoteStore } from "./remote.js";

/** @param {() => WebAssembly.Module} load gets the compiled module, synchronously */
export function makeClasses(load) {
  const core = new Core(load);

  class MemoryBackend extends BaseMemoryBackend {
    /** @param {object} [options] */
    constructor(options) {
      super(core, options);
    }
  }

  const platform = {
    core,
    makeBackend: () => new MemoryBackend(),
    /**
     * @param {import("./context.js").Context} context
     * @param {any} backend
     */
    makeStore: (context, backend) =>
      backend instanceof BaseMemoryBackend
        ? new LocalStore(context, backend)
        : new RemoteStore(context, adapt(backend)),
  };

  class EntityCache extends BaseCache {
    /** @param {object} [options] */
    constructor(options) {
      super(platform, options);
    }
  }

  return { EntityCache, MemoryBackend };
}
