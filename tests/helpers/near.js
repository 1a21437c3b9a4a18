// What tests of near caches share.

export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Waits until something is so. @param {() => unknown} is */
export async function until(is) {
  while (!(await is())) await turn();
}

/** Waits until a near cache serves. @param {any} cache */
export async function serving(cache) {
  await cache({ keyPrefix: "warm" })(async () => 1)();
  await until(() => cache.stats().near.isServing);
}
