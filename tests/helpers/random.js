// Random numbers that a test can draw again.

/**
 * Whole numbers from 0 to below `n` that depend on the seed alone (mulberry32).
 * @param {number} seed
 * @returns {(n: number) => number}
 */
export function numbersOf(seed) {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}
