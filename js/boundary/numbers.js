// @ts-check
/**
 * The numbers and names that both sides of the boundary must agree on. Rust has the same ones; tests/core/numbers.rs
 * reads this file and compares each with its Rust constant.
 */

/** The tags of argument words: the lowest eight bits of a word. */
export const TAG = Object.freeze({
  ARGUMENTS: 1,
  UNSORTED_ARGUMENTS: 2,
  HOLE: 3,
  UNDEFINED: 4,
  NULL: 5,
  FALSE: 6,
  TRUE: 7,
  INTEGER: 8,
  FLOAT: 9,
  BIGINT: 10,
  ASCII: 11,
  UTF8: 12,
  UTF16: 13,
  NAME: 14,
  BINARY: 15,
  ARRAY: 16,
  OBJECT: 17,
  MAP: 18,
  SET: 19,
  DATE: 20,
  REGEXP: 21,
  URL: 22,
  URL_SEARCH_PARAMS: 23,
  BOXED: 24,
  TO_JSON: 25,
});

/** Set in a container's number of words: it holds an object whose properties do not ascend. */
export const UNSORTED = 0x8000_0000;

/** The kinds of binary data. The place of a name is its number. */
export const BINARY_KINDS = Object.freeze([
  "ArrayBuffer",
  "SharedArrayBuffer",
  "DataView",
  "Buffer",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
]);

/** Containers in arguments may be nested this deep. The core reads a few levels more, for what wraps them. */
export const MAX_DEPTH = 100;

/** The state of the entity rules in which nothing can be found any more. */
export const DEAD = 0;

/**
 * After an invalidation of which types calls no longer join a run that began before it: the types that the function
 * declares, every type, or none. With NONE each call that has joined checks at the end whether the result was stored.
 */
export const SUSPECTS = Object.freeze({ DECLARED: 0, EVERY: 1, NONE: 2 });

/** What a look-up in the store answers, in the lowest bits; the slot stands above them. */
export const STATE = Object.freeze({ FRESH: 0, STALE: 1, REFRESH: 2, RUN: 3, JOIN: 4, REFUSED: 5, FULL: 6 });
export const STATE_MASK = 7;
export const STATE_BITS = 3;

/** What a commit answers, in the lowest bits. HAS_REMOVED stands beside it when values have been evicted. */
export const OUTCOME = Object.freeze({ STORED: 0, INVALIDATED: 1, SUPERSEDED: 2, TOO_LARGE: 3, FULL: 4 });
export const OUTCOME_MASK = 7;
export const HAS_REMOVED = 8;

/** The first byte of key bytes that are the argument part of a cache key. */
export const ARGUMENT_PART = 0xfe;

/** No slot, and no id. */
export const NONE = 0xffff_ffff;
