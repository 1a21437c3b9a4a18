// @ts-check
/** The target of an invalidation, as a user gives it; and the same in words, for a log line. */

/** @typedef {import("./definition.js").Definition} Definition */

/**
 * What an invalidation concerns.
 * @typedef {{ kind: "entity", type: string, ids: string[], isSoft?: boolean } | { kind: "list", type: string, isSoft?: boolean } | { kind: "type", type: string, isSoft?: boolean } | { kind: "function", name: string } | { kind: "key", definition: Definition, self: unknown, args: unknown[] } | { kind: "all" }} Target
 */

/**
 * A target in a few words, for a log line.
 * @param {Target} target
 */
export function describeTarget(target) {
  switch (target.kind) {
    case "entity": {
      const ids =
        target.ids.length > 5
          ? `${target.ids.slice(0, 5).join(", ")} and ${target.ids.length - 5} more`
          : target.ids.join(", ");
      return `${target.type} ${ids}`;
    }
    case "list":
      return `lists of ${target.type}`;
    case "type":
      return `everything of type ${target.type}`;
    case "function":
      return `function ${target.name}`;
    case "key":
      return `a call of ${target.definition.name}`;
    case "all":
      return "everything";
  }
}
