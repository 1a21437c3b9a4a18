// Where a kind of store differs from the policy, and why. Every other expectation is the same for all of them.

const VALUES_ARE_KEPT = "a store of shared values keeps the result itself, so nothing is serialized";

/** By case, then by subject: what is expected there instead. @type {Record<string, Record<string, { why: string } & object>>} */
export const DIFFERENCES = {
  "a result that cannot be serialized is skipped": {
    "memory, shared values": {
      why: VALUES_ARE_KEPT,
      result: ["1", "1"],
      runs: 1,
      events: ["miss [1]", "store [1]", "hit [1]"],
      lines: [],
    },
  },
};

/**
 * What is not yet as the policy says. Who mends it takes it off: a case that turns green fails until then.
 * @type {Record<string, { subjects: string[], fault: string }>}
 */
export const KNOWN_RED = {};
