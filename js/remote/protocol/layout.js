// @ts-check
/**
 * The names of the shared layout: `{prefix}c:…` values, `{prefix}e:…`, `{prefix}l:…` and `{prefix}t:…` indexes, `{prefix}log`,
 * `{prefix}life`.
 *
 * A key is the prefix and a concern (js/remote/protocol/concerns.js).
 *
 * A *mark* is a value key followed by `~` and a nonce. A value waits under its mark until it may be seen. A mark in an
 * index stands for its value, while it is in doubt whether the value is there.
 */
import { wellFormed } from "../../boundary/well-formed.js";
import { OWN_NAMING } from "../../functions/naming.js";
import { hashTag, slotOf, slotSuffix } from "../connections/cluster-slot.js";
import { escapeGlob } from "../connections/glob.js";
import { CALL, ENTITY, isOwnIndex, patterns } from "./concerns.js";

/** The second in which a mark was made, in base 36, and eight random characters. */
const MARK = /~([0-9a-z]{7})[0-9a-z]{8}[0-9A-Za-z_-]{0,3}$/;
const MARK_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

const encoder = new TextEncoder();

/** The keys of one prefix over one connection. */
export class Layout {
  #instanceMarks = 0;

  /**
   * @param {string} prefix
   * @param {{ keyPrefix: string, isCluster: boolean }} connection
   * @param {import("../../functions/naming.js").Naming} [naming]
   */
  constructor(prefix, connection, naming = OWN_NAMING) {
    this.naming = naming;
    this.prefix = wellFormed(prefix);
    this.keyPrefix = connection.keyPrefix;
    /** Whether keys live on several servers. js/remote/protocol/choose.js sets it where the client does not know. */
    this.isCluster = connection.isCluster;
    this.log = `${this.prefix}${naming.other}log`;
    /** The sorted set of the indexes: until when each has members. */
    this.life = `${this.prefix}${naming.other}life`;
    /** How those members of an index begin that are value keys or marks of this prefix. */
    this.memberPrefix = naming.hasPrefixInMembers ? this.keyPrefix + this.prefix + naming.call : naming.call;
    /** The length of what precedes a concern in the real name of a key, in bytes, as Lua counts. */
    this.concernOffset = encoder.encode(this.keyPrefix + this.prefix).length;
  }

  /** Whether one script may touch all keys: they live in one slot, and a member of an index is the name of a key. */
  get isOneSlot() {
    return this.naming.hasPrefixInMembers && !this.hasSeveralSlots;
  }

  /** Whether the keys lie in several slots. */
  get hasSeveralSlots() {
    return this.isCluster && hashTag(this.keyPrefix + this.prefix) === undefined;
  }

  /** @param {string} concern */
  key(concern) {
    const { prefix, naming } = this;
    if (naming === OWN_NAMING) return prefix + concern;
    if (concern.startsWith(CALL)) return prefix + naming.call + concern.slice(CALL.length);
    if (concern.startsWith(ENTITY)) return prefix + naming.entity + concern.slice(ENTITY.length);
    return prefix + naming.other + concern;
  }

  /** The concern in the name of a key; "" if it has none. @param {string} key */
  concern(key) {
    const { naming } = this;
    const text = key.slice(this.prefix.length);
    if (naming === OWN_NAMING) return text;
    if (text.startsWith(naming.call)) return CALL + text.slice(naming.call.length);
    if (text.startsWith(naming.entity)) return ENTITY + text.slice(naming.entity.length);
    const other = text.startsWith(naming.other) ? text.slice(naming.other.length) : "";
    return isOwnIndex(other) ? other : "";
  }

  /** The pattern of the keys whose concerns match a pattern, and perhaps of more. @param {string} pattern */
  pattern(pattern) {
    const start = escapeGlob(this.prefix);
    if (this.naming === OWN_NAMING) return start + pattern;
    return pattern === patterns.keys ? `${start}*` : start + this.key(pattern).slice(this.prefix.length);
  }

  /**
   * A value key as an index holds it: its real name, with the prefix of the client, or without any prefix.
   * @param {string} key
   */
  member(key) {
    return this.naming.hasPrefixInMembers ? this.keyPrefix + key : key.slice(this.prefix.length);
  }

  /** The value key, or mark, that a member of an index names; `undefined` for a foreign one. @param {string} member */
  keyOf(member) {
    if (!member.startsWith(this.memberPrefix)) return undefined;
    return this.naming.hasPrefixInMembers ? member.slice(this.keyPrefix.length) : this.prefix + member;
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

  /** The set that holds the marks of a value key, in the slot of that key. @param {string} key */
  markIndex(key) {
    return this.#besides(key, `${key}~~`);
  }

  /** The hash of the leases of near caches, in the slot of the log. */
  get registry() {
    return this.#besides(this.log, `${this.prefix}near`);
  }

  /** The key that is there as long as a lease may be, so that a lost registry is noticed. */
  get witness() {
    return this.#besides(this.log, `${this.prefix}near~`);
  }

  /** The lock that keeps members in an index while somebody walks through it, in the slot of the index. @param {string} index */
  lock(index) {
    return this.#besides(index, this.key(`w:${this.concern(index)}`));
  }

  /** A key that is never there, in the slot of the log. */
  besideLog() {
    return this.#besides(this.log, this.key("w:"));
  }

  /** The slot of an index. @param {string} index */
  slot(index) {
    return slotOf(this.keyPrefix + index);
  }

  /** The key of a slot that is lost together with its indexes. @param {number} slot */
  slotWitness(slot) {
    const name = this.key(`s:${slot}-`);
    return name + slotSuffix(slot, this.keyPrefix + name);
  }

  /** The bits of the slots that have a witness, in the slot of the log. */
  get slots() {
    return this.#besides(this.log, this.key("slots"));
  }

  /** Moves `name` into the slot of `key`. @param {string} key @param {string} name */
  #besides(key, name) {
    const home = this.keyPrefix + key;
    return this.isCluster && hashTag(home) === undefined
      ? name + slotSuffix(slotOf(home), this.keyPrefix + name)
      : name;
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
