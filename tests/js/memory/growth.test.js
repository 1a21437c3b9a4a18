// The memory of the core grows in large steps: each step makes V8 collect garbage once the memory is over 64 MB.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as full from "../../../js/core/glue.js";
import { EntityCache, MemoryBackend } from "../../../js/entries/node.js";

test("a store that fills grows the core's memory by half of its size, and not page by page", async () => {
  const cache = new EntityCache({ backend: new MemoryBackend({ maxEntries: 200_000, values: "shared" }) });
  const get = cache("user")(async (/** @type {number} */ id) => ({ id }));
  const sizes = new Set();
  for (let id = 0; id < 200_000; id++) {
    await get(id);
    if (id % 50 === 0) sizes.add(full.memoryBuffer().byteLength);
  }
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
  assert.ok(largest > 10_000_000, `the memory has ${largest} bytes`);
  // From one size to the next it is by half larger, or by the smallest step of a megabyte.
  const most = 2 + Math.log(largest / 2 ** 21) / Math.log(1.5) + 2;
  assert.ok(
    sizes.size <= most,
    `${sizes.size} sizes from ${smallest} to ${largest} bytes, at most ${Math.floor(most)}`,
  );
  await cache.close();
});
