// Where a kind of store differs from the policy, and why. Every other expectation is the same for all of them.

const VALUES_ARE_KEPT = "a store of shared values keeps the result itself, so nothing is serialized";

/** What a call and its repetition do there. */
const KEPT = { why: VALUES_ARE_KEPT, runs: 1, events: ["miss [1]", "store [1]", "hit [1]"], lines: [] };

/** A memory needs no look-up: the run begins with the call. */
const BEGINS_AT_ONCE = {
  why: "nothing is awaited before the run begins",
  runs: 2,
  events: ["miss [1]", "miss [2]", "store [2]"],
};

/** By case, then by subject: what is expected there instead. @type {Record<string, Record<string, { why: string } & object>>} */
export const DIFFERENCES = {
  "a call whose signal is aborted while it is looked up runs nothing": {
    "memory, copies": BEGINS_AT_ONCE,
    "memory, shared values": BEGINS_AT_ONCE,
  },
  "a result that throws when it is read is returned, and the next call runs anew": { "memory, shared values": KEPT },
  "a result that cannot be serialized is skipped": {
    "memory, shared values": KEPT,
  },
};

/**
 * What is not yet as the policy says. Who mends it takes it off: a case that turns green fails until then.
 * @type {Record<string, { subjects: string[], fault: string }>}
 */
export const KNOWN_RED = {};
