// What tests of near caches share.

import { until } from "./until.js";

export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Waits until a near cache serves. @param {any} cache */
export async function serving(cache) {
  await cache({ keyPrefix: "warm" })(async () => 1)();
  await until(() => cache.stats().near.isServing, "the near cache serves");
}
