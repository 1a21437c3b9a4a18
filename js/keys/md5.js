// @ts-check
/** MD5 (RFC 1321), for keys that are shared with Python. Web Crypto does not have it. */

const BLOCK = 64;
/** By how many bits the steps of each round turn, four of them in turn. */
const TURNS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
/** What each step adds. @type {Int32Array | undefined} */
let known;
/** The words of a block, and the state. */
const words = new Int32Array(BLOCK / 4);
const state = new Int32Array(4);

/**
 * The hash of the first `length` bytes in hexadecimal.
 * @param {Uint8Array} bytes
 * @param {number} [length]
 */
export function md5(bytes, length = bytes.length) {
  known ??= Int32Array.from({ length: 64 }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32));
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  const last = (length + 8) >> 6;
  for (let block = 0; block <= last; block++) {
    words.fill(0);
    const start = block * BLOCK;
    const end = Math.min(start + BLOCK, length);
    for (let at = start; at < end; at++) words[(at >> 2) & 15] |= bytes[at] << ((at & 3) << 3);
    if (length >> 6 === block) words[(length >> 2) & 15] |= 0x80 << ((length & 3) << 3);
    if (block === last) {
      words[14] = length << 3;
      words[15] = length / 2 ** 29;
    }
    compress(known);
  }
  let hash = "";
  for (const word of state) {
    // The bytes of a word stand in the hash from the lowest to the highest.
    const turned = ((word & 0xff00ff) << 8) | ((word >>> 8) & 0xff00ff);
    hash += (((turned << 16) | (turned >>> 16)) >>> 0).toString(16).padStart(8, "0");
  }
  return hash;
}

/** @param {Int32Array} added */
function compress(added) {
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    let mixed = c ^ (b | ~d);
    let at = 7 * step;
    if (round === 0) {
      mixed = (b & c) | (~b & d);
      at = step;
    } else if (round === 1) {
      mixed = (b & d) | (c & ~d);
      at = 5 * step + 1;
    } else if (round === 2) {
      mixed = b ^ c ^ d;
      at = 3 * step + 5;
    }
    const sum = (a + mixed + added[step] + words[at & 15]) | 0;
    const turn = TURNS[(round << 2) | (step & 3)];
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}
