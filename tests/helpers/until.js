// Waiting for something that comes about by itself, but not for ever: a test that cannot end would hide what failed.

const LONGEST_WAIT_MS = 60_000;
/** Often enough for tests, and seldom enough for a machine that has other things to do. */
const EVERY_MS = 2;

/**
 * Resolves when something is so.
 * @param {() => unknown} isSo may be asynchronous
 * @param {string} [what] for the error, for example "the Cluster is up"
 */
export async function until(isSo, what = String(isSo)) {
  const end = performance.now() + LONGEST_WAIT_MS;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not so after ${LONGEST_WAIT_MS / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
