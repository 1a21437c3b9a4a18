// Caches in memory for tests, and functions to cache.
import { EntityCache, MemoryBackend } from "../../js/entries/node.js";
import { manualClock } from "../../js/entries/testing.js";

/** A cache in memory with its log lines and a manual clock. */
export function setUp(cacheOptions = {}, backendOptions = {}) {
  const lines = [];
  const logger = Object.fromEntries(
    ["debug", "info", "warn", "error"].map((level) => [level, (message) => lines.push(`${level} ${message}`)]),
  );
  const clock = manualClock();
  const backend = new MemoryBackend(backendOptions);
  const cache = new EntityCache({ backend, logger, clock, prefix: "app:", ...cacheOptions });
  return { cache, backend, clock, lines };
}

/** A function that counts its runs and waits for `pass` when it is closed. */
export function gated(answer) {
  let open;
  const gate = new Promise((resolve) => {
    open = resolve;
  });
  const load = async (...args) => {
    load.runs += 1;
    await gate;
    return answer(...args);
  };
  load.runs = 0;
  load.pass = () => open();
  return load;
}
