// Scenarios that are red for faults that are known and not yet mended, with the faults' numbers (issue 16). It ends empty:
// who mends a fault takes its scenarios off. One that turns green is reported by run.js.

/** @type {Record<string, string>} */
export const KNOWN_RED = {
  "cluster-node-emptied": "G23",
};
