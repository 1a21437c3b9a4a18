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

const EVERY_STORE = ["memory, copies", "memory, shared values", "a backend of one's own", "Redis"];

const ON_A_BACKEND = ["a backend of one's own", "Redis"];

const NO_JOIN = "a joined call is counted and emitted as a miss: there is no counter and no event of its own";

/**
 * What is not yet as the policy says. Who mends it takes it off: a case that turns green fails until then.
 * @type {Record<string, { subjects: string[], fault: string }>}
 */
export const KNOWN_RED = {
  "concurrent calls share one run: one is a miss, the others join": { subjects: EVERY_STORE, fault: NO_JOIN },
  "an error of the function reaches every caller, and is not stored": { subjects: EVERY_STORE, fault: NO_JOIN },
  "a function that calls itself before it awaits is skipped, since it would wait for itself": {
    subjects: ON_A_BACKEND,
    fault: "the call waits for its own run for ever",
  },
};
