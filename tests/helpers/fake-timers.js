// Fake timers as @sinonjs/fake-timers makes them (Jest, Vitest, sinon): other functions in the place of the global ones.

const NAMES = /** @type {const} */ ([
  "setTimeout",
  "clearTimeout",
  "setImmediate",
  "clearImmediate",
  "Date",
  "performance",
]);

/** Puts fakes in the place of the timers, of `Date` and of `performance`, until `uninstall`. */
export function fakeTimers() {
  const real = Object.fromEntries(NAMES.map((name) => [name, globalThis[name]]));
  const start = Date.now();
  let now = 0;
  let next = 1e12;
  /** @type {Map<number, { at: number, callback: () => void }>} */
  const timers = new Map();
  const clock = {
    /** Moves time on, and lets what is due run. @param {number} ms */
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        const [first] = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
        if (first === undefined) break;
        timers.delete(first[0]);
        now = Math.max(now, first[1].at);
        first[1].callback();
        await new Promise((resolve) => real.setImmediate(resolve));
      }
      now = end;
    },
    uninstall() {
      Object.assign(globalThis, real);
    },
  };
  class FakeDate extends real.Date {
    static now() {
      return start + now;
    }
  }
  const set = (/** @type {() => void} */ callback, ms = 0) => {
    const id = next++;
    timers.set(id, { at: now + ms, callback });
    return { ref() {}, unref() {}, [Symbol.toPrimitive]: () => id };
  };
  const clear = (/** @type {unknown} */ id) => void timers.delete(Number(id));
  const fakes = {
    setTimeout: Object.assign((/** @type {() => void} */ callback, /** @type {number} */ ms) => set(callback, ms), {
      clock,
    }),
    clearTimeout: clear,
    setImmediate: Object.assign((/** @type {() => void} */ callback) => set(callback), { clock }),
    clearImmediate: clear,
    Date: FakeDate,
    performance: { now: () => now },
  };
  Object.assign(globalThis, fakes);
  return clock;
}
