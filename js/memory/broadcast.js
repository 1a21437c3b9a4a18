// @ts-check
/**
 * Invalidations shared between tabs, workers and threads, each with entries in a memory of its own: what one drops, the
 * others drop too, as soon as a BroadcastChannel has carried it there. What is cached is never sent.
 */
import { tellInvalidated } from "../functions/telling.js";
import { ConfigError } from "../messages/errors.js";

/** @typedef {import("../functions/store.js").Store} Store */
/** @typedef {import("../functions/target.js").Target} Target */
/** @typedef {Exclude<Target, { kind: "key" }> | { kind: "call", name: string, args: unknown[] }} Sent */

/** @implements {Store} */
export class BroadcastStore {
  isShared = false;
  #store;
  #context;
  #channel;

  /**
   * @param {Store} store
   * @param {import("../functions/context.js").Context} context
   */
  constructor(store, context) {
    if (typeof BroadcastChannel !== "function") {
      throw new ConfigError("ERR_CACHEREF_OPTION", "broadcast needs a BroadcastChannel, which this runtime has not");
    }
    this.#store = store;
    this.#context = context;
    this.#channel = new BroadcastChannel(context.options.broadcast);
    this.#channel.onmessage = async ({ data }) => {
      if (data?.prefix !== context.prefix || !Array.isArray(data.sent)) return;
      const targets = data.sent.flatMap((/** @type {unknown} */ sent) => this.#read(sent));
      if (targets.length > 0) tellInvalidated(context, targets, await store.invalidate(targets));
    };
    // In Node: listening keeps no process alive.
    /** @type {any} */ (this.#channel).unref?.();
  }

  /** @type {Store["call"]} */
  call(definition, self, args) {
    return this.#store.call(definition, self, args);
  }

  /** @type {Store["peek"]} */
  peek(definition, self, args) {
    return this.#store.peek(definition, self, args);
  }

  /** @type {Store["refresh"]} */
  refresh(definition, self, args) {
    return this.#store.refresh(definition, self, args);
  }

  /** @type {Store["invalidate"]} */
  invalidate(targets) {
    this.#channel.postMessage({ prefix: this.#context.prefix, sent: targets.map(write) });
    return this.#store.invalidate(targets);
  }

  /** @type {Store["explain"]} */
  explain(type, id) {
    return this.#store.explain(type, id);
  }

  stats() {
    return this.#store.stats();
  }

  async close() {
    this.#channel.close();
    await this.#store.close();
  }

  /**
   * What was sent, as a target. Others may use the channel too, so it may be anything.
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
        return [{ kind: "list", type: String(sent.type) }];
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
 * A target that can be sent. One call goes by its arguments, if their copies make the same key; else all calls of its
 * function go.
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
