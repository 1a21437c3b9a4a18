// @ts-check
/**
 * The names of the shared layout: `{prefix}c:…` values, `{prefix}e:…` and `{prefix}l:…` indexes, `{prefix}log`.
 *
 * A *concern* is the name of a key without its prefix, and what the log says an invalidation is about: `e:user:42`,
 * `l:user`, `c:getUser:[42]`; `f:getUser` for a function and `a:*` for everything have no key of their own.
 *
 * A *mark* is a value key followed by `~` and a nonce. A value waits under such a name until it may be seen, and an
 * index holds one while the membership of its value is in doubt. A mark in an index stands for its value.
 */
import { wellFormed } from "../../boundary/well-formed.js";

/** Everything: the concern of `invalidateAll`. */
export const EVERYTHING = "a:*";

/** The seconds of its making, in base 36, and eight random characters. */
const MARK = /~([0-9a-z]{7})[0-9a-z]{8}[0-9A-Za-z_-]{0,3}$/;
const MARK_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
const TAG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";

const SLOTS = 16384;

const encoder = new TextEncoder();

/** @param {string} type @param {string} id */
export const entityConcern = (type, id) => `e:${wellFormed(type)}:${wellFormed(id)}`;

/** @param {string} type */
export const listConcern = (type) => `l:${wellFormed(type)}`;

/** @param {string} name */
export const functionConcern = (name) => `f:${wellFormed(name)}`;

/** The function name in a `c:` concern. @param {string} concern */
export function functionOf(concern) {
  return /^c:(.*?):(?:\[|#|[0-9a-f]{32}$|noargs$)/s.exec(concern)?.[1] ?? concern.slice(2);
}

/** The keys of one prefix over one connection. */
export class Layout {
  #instanceMarks = 0;

  /**
   * @param {string} prefix
   * @param {{ keyPrefix: string, isCluster: boolean }} connection
   */
  constructor(prefix, connection) {
    this.prefix = wellFormed(prefix);
    this.keyPrefix = connection.keyPrefix;
    this.isCluster = connection.isCluster;
    this.log = `${this.prefix}log`;
    /** How members of an index that are value keys begin. */
    this.memberPrefix = `${this.keyPrefix}${this.prefix}c:`;
    /** In bytes, as Lua counts: what comes before a concern in the real name of a key. */
    this.concernOffset = encoder.encode(this.keyPrefix + this.prefix).length;
  }

  /** Whether all keys live in one slot, so that one script may touch any of them. */
  get isOneSlot() {
    return !this.isCluster || hashTag(this.keyPrefix + this.prefix) !== undefined;
  }

  /** @param {string} concern */
  key(concern) {
    return this.prefix + concern;
  }

  /** The concern that a key of this prefix is named after. @param {string} key */
  concern(key) {
    return key.slice(this.prefix.length);
  }

  /** A value key as an index holds it: its real name, which every client sees. @param {string} key */
  member(key) {
    return this.keyPrefix + key;
  }

  /** The value key, or mark, that a member of an index names; `undefined` for a foreign one. @param {string} member */
  keyOf(member) {
    return member.startsWith(this.memberPrefix) ? member.slice(this.keyPrefix.length) : undefined;
  }

  /**
   * A fresh mark of a value key, in the slot of that key.
   * @param {string} key
   * @param {number} now milliseconds since the epoch
   */
  mark(key, now) {
    const made = Math.floor(now / 1000)
      .toString(36)
      .padStart(7, "0")
      .slice(-7);
    let nonce = (this.#instanceMarks++ % 46656).toString(36).padStart(3, "0");
    for (let i = 0; i < 5; i++) nonce += MARK_ALPHABET[Math.floor(Math.random() * 36)];
    return this.#besides(key, `${key}~${made}${nonce}`);
  }

  /** The set of the marks of a value key, in its slot. @param {string} key */
  markIndex(key) {
    return this.#besides(key, `${key}~~`);
  }

  /** Moves `name`, which begins with `key`, into the slot of `key`. @param {string} key @param {string} name */
  #besides(key, name) {
    const home = this.keyPrefix + key;
    return this.isCluster && hashTag(home) === undefined ? name + slotSuffix(home, this.keyPrefix + name) : name;
  }
}

/**
 * The value key that a mark stands for, and when the mark was made (milliseconds since the epoch); `undefined` for what
 * is no mark.
 * @param {string} key
 */
export function readMark(key) {
  const found = MARK.exec(key);
  return found ? { key: key.slice(0, found.index), madeAt: Number.parseInt(found[1], 36) * 1000 } : undefined;
}

/** Whether a key is the set of the marks of a value key. @param {string} key */
export const isMarkIndex = (key) => /~~[0-9A-Za-z_-]{0,3}$/.test(key);

/** The part of a key that alone decides its slot, if it has one. @param {string} key */
function hashTag(key) {
  const start = key.indexOf("{");
  const end = start < 0 ? -1 : key.indexOf("}", start + 1);
  return end > start + 1 ? key.slice(start + 1, end) : undefined;
}

/** @type {Uint16Array | undefined} */
let crcTable;

/** One byte further in CRC-16 (XMODEM), by which a Cluster finds the slot of a key. @param {number} crc @param {number} byte */
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

/**
 * Three characters that move `key` into the slot of `home`: 262,144 combinations for 16,384 slots.
 * @param {string} home
 * @param {string} key
 */
function slotSuffix(home, key) {
  const slot = crc16(home) % SLOTS;
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
