import { MapBackend, recorder } from "../expect.js";

export function backendCases({ EntityCache, MemoryBackend, backendSuite, manualClock }) {
  const { logger } = recorder();
  class Quiet extends EntityCache {
    constructor(options) {
      super({ logger, ...options });
    }
  }
  const suites = {
    MemoryBackend: () => {
      const clock = manualClock();
      const backend = new MemoryBackend();
      // The backend has the clock of the caches on it.
      new Quiet({ backend, clock });
      return backendSuite({ EntityCache: Quiet, makeBackend: () => backend, clock, elapse: (ms) => clock.advance(ms) });
    },
    "a backend of one's own": () => {
      const backend = new MapBackend();
      return backendSuite({ EntityCache: Quiet, makeBackend: () => backend });
    },
  };
  return Object.entries(suites).flatMap(([where, makeCases]) =>
    makeCases().map(({ name, run }) => ({ name: `${where}: ${name}`, run, usesOwnBackend: where !== "MemoryBackend" })),
  );
}
