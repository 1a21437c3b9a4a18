// @ts-check
/**
 * Invalidations shared between tabs, workers and threads, which each have entries in a memory of their own. What one of
 * them drops, the others drop when a BroadcastChannel has carried it there. Cached values are never sent.
 */
import { tellInvalidated } from "../functions/telling.js";
import { ConfigError } from "../messages/errors.js";

/** @typedef {import("../functions/target.js").Target} Target */
/** @typedef {Exclude<Target, { kind: "key" }> | { kind: "call", name: string, args: unknown[] }} Sent */

/** @typedef {import("./store.js").Feed} Feed */

/** @implements {Feed} */
export class Broadcast {
  #context;
  #channel;

  /**
   * @param {import("../functions/context.js").Context} context
   * @param {(targets: Target[]) => number} drop drops here what another cache has invalidated
   */
  constructor(context, drop) {
    if (typeof BroadcastChannel !== "function") {
      throw new ConfigError("ERR_CACHEREF_OPTION", "broadcast needs a BroadcastChannel, which this runtime has not");
    }
    this.#context = context;
    this.#channel = new BroadcastChannel(context.options.broadcast);
    this.#channel.onmessage = ({ data }) => {
      if (data?.prefix !== context.prefix || !Array.isArray(data.sent)) return;
      const targets = data.sent.flatMap((/** @type {unknown} */ sent) => this.#read(sent));
      if (targets.length > 0) tellInvalidated(context, targets, drop(targets));
    };
    // In Node: listening keeps no process alive.
    /** @type {any} */ (this.#channel).unref?.();
  }

  /**
   * Sends an invalidation to the others. A failure is reported: the entries here are dropped all the same.
   * @param {Target[]} targets
   */
  send(targets) {
    try {
      this.#channel.postMessage({ prefix: this.#context.prefix, sent: targets.map(write) });
    } catch (error) {
      this.#context.failed("broadcast of an invalidation", error);
    }
  }

  close() {
    this.#channel.close();
  }

  /**
   * What was sent, as targets. Others may use the channel too, so it may be anything.
   * @param {any} sent
   * @returns {Target[]}
   */
  #read(sent) {
    switch (sent?.kind) {
      case "entity": {
        const { type, ids, isSoft } = sent;
        return [{ kind: "entity", type: String(type), ids: Array.isArray(ids) ? ids.map(String) : [], isSoft }];
      }
      case "list":
      case "type":
        return [{ kind: sent.kind, type: String(sent.type), isSoft: sent.isSoft === true }];
      case "function":
        return [{ kind: "function", name: String(sent.name) }];
      case "call": {
        const definition = this.#context.functions.get(sent.name);
        if (definition === undefined || !Array.isArray(sent.args)) return [];
        return [{ kind: "key", definition, self: undefined, args: sent.args }];
      }
      case "all":
        return [{ kind: "all" }];
      default:
        return [];
    }
  }
}

/**
 * A target that can be sent. A call is named by its arguments where copies of them make the same key; otherwise all
 * calls of its function are dropped elsewhere.
 * @param {Target} target
 * @returns {Sent}
 */
function write(target) {
  if (target.kind !== "key") return target;
  const { definition, self, args } = target;
  try {
    const copies = structuredClone(args);
    if (definition.key(undefined, copies) === definition.key(self, args))
      return { kind: "call", name: definition.name, args: copies };
  } catch {
    // What cannot be copied cannot be sent.
  }
  return { kind: "function", name: definition.name };
}
