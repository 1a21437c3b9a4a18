// @ts-check
/** SHA-256, for long keys where neither the core nor the runtime has it at once: `crypto.subtle` answers later. */

const BLOCK = 64;

/** The first 32 bits of the fraction of a root. @param {number} root */
const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) >>> 0;

/** The initial state, then the constants of the 64 rounds: made of the square and cube roots of the first primes. */
function constants() {
  const state = [];
  const rounds = [];
  for (let candidate = 2; rounds.length < 64; candidate++) {
    let divisor = 2;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
    if (divisor * divisor <= candidate) continue;
    if (state.length < 8) state.push(fraction(Math.sqrt(candidate)));
    rounds.push(fraction(Math.cbrt(candidate)));
  }
  return { state, rounds };
}

/** @type {ReturnType<typeof constants> | undefined} */
let known;

/**
 * The hash of `bytes`.
 * @param {Uint8Array} bytes
 */
export function sha256(bytes) {
  known ??= constants();
  const state = Uint32Array.from(known.state);
  const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) * BLOCK);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const schedule = new Uint32Array(64);
  for (let start = 0; start < padded.length; start += BLOCK) compress(state, schedule, view, start, known.rounds);
  const hash = new DataView(new ArrayBuffer(32));
  for (const [index, word] of state.entries()) hash.setUint32(4 * index, word);
  return new Uint8Array(hash.buffer);
}

/**
 * @param {number} word
 * @param {number} by
 */
const turn = (word, by) => (word >>> by) | (word << (32 - by));

/**
 * @param {Uint32Array} state
 * @param {Uint32Array} schedule
 * @param {DataView} view
 * @param {number} start
 * @param {number[]} rounds
 */
function compress(state, schedule, view, start, rounds) {
  for (let at = 0; at < 16; at++) schedule[at] = view.getUint32(start + 4 * at);
  for (let at = 16; at < 64; at++) {
    const [near, far] = [schedule[at - 2], schedule[at - 15]];
    const low = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3);
    const high = turn(near, 17) ^ turn(near, 19) ^ (near >>> 10);
    schedule[at] = schedule[at - 16] + low + schedule[at - 7] + high;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let at = 0; at < 64; at++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + choice + rounds[at] + schedule[at]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] += word;
}
