// @ts-check
/** A clock that moves only when a test advances it. */

/** An ordinary day, so that times made from it look plausible. */
const START_MS = Date.UTC(2026, 0, 1);

/**
 * A clock for the option `clock`: `clock()` is the time in milliseconds since 1970, `clock.advance(ms)` moves it on.
 * @param {number} [startMs]
 */
export function manualClock(startMs = START_MS) {
  let now = startMs;
  return Object.assign(() => now, {
    /** @param {number} ms */
    advance(ms) {
      now += ms;
    },
  });
}
