// @ts-check
/** The slots of a Redis Cluster: which one a key has, and names that lie in a given slot. */

const TAG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";
/** The slots of a Cluster. */
export const SLOTS = 16384;

const encoder = new TextEncoder();

/** The part of a key that alone decides its slot, if the key has such a part. @param {string} key */
export function hashTag(key) {
  const start = key.indexOf("{");
  const end = start < 0 ? -1 : key.indexOf("}", start + 1);
  return end > start + 1 ? key.slice(start + 1, end) : undefined;
}

/** @type {Uint16Array | undefined} */
let crcTable;

/** One byte further in CRC-16 (XMODEM). @param {number} crc @param {number} byte */
function crcStep(crc, byte) {
  crcTable ??= Uint16Array.from({ length: 256 }, (_, byte) => {
    let value = byte << 8;
    for (let bit = 0; bit < 8; bit++) value = value & 0x8000 ? (value << 1) ^ 0x1021 : value << 1;
    return value;
  });
  return ((crc << 8) & 0xffff) ^ crcTable[(crc >> 8) ^ byte];
}

/** @param {string} key */
const crc16 = (key) => encoder.encode(key).reduce(crcStep, 0);

/** The slot of a key. @param {string} key */
export const slotOf = (key) => crc16(hashTag(key) ?? key) % SLOTS;

/**
 * Three characters that move `key` into a slot: 262,144 combinations for 16,384 slots.
 * @param {number} slot
 * @param {string} key
 */
export function slotSuffix(slot, key) {
  const letters = encoder.encode(TAG_ALPHABET);
  const start = crc16(key);
  for (const first of letters) {
    const one = crcStep(start, first);
    for (const second of letters) {
      const two = crcStep(one, second);
      for (const third of letters) {
        if (crcStep(two, third) % SLOTS === slot) return String.fromCharCode(first, second, third);
      }
    }
  }
  return "";
}
