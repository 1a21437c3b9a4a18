// @ts-check
/**
 * The wrapped function. It passes each call to the store, and has the properties `key`, `peek`, `refresh`, `subscribe`,
 * `invalidate`, `invalidateAll`, `values` and `original`.
 */
import { splitSignal, untilAborted } from "../functions/audience.js";
import { executeUncached } from "../functions/run.js";
import { ConfigError, describe, messageOf, refuse } from "../messages/errors.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("../functions/store.js").Store} Store */
/** @typedef {import("../functions/target.js").Target} Target */

/** The code of what `subscribe` refuses. */
const SUBSCRIBE = "ERR_CACHEREF_EVENT";

/** From a wrapped function to its definition. @type {WeakMap<Function, Definition>} */
const definitions = new WeakMap();

/**
 * The definition of a wrapped function, if it is one.
 * @param {unknown} wrapped
 */
export function definitionOf(wrapped) {
  return typeof wrapped === "function" ? definitions.get(wrapped) : undefined;
}

/**
 * Makes `other` a second wrapper of the same function, which may be given wherever a wrapped function may.
 * @param {Function} other
 * @param {Function} wrapped
 */
export function standFor(other, wrapped) {
  definitions.set(other, /** @type {Definition} */ (definitions.get(wrapped)));
}

/**
 * Gives a wrapper the name and the length of the user's function: stack traces show the one, frameworks check the other.
 * @param {Function} wrapper
 * @param {Function} fn
 */
export function posesAs(wrapper, fn) {
  Object.defineProperty(wrapper, "name", { value: fn.name, configurable: true });
  Object.defineProperty(wrapper, "length", { value: fn.length, configurable: true });
}

/**
 * Refuses what cannot be wrapped: what is no function, or can only be called with `new`.
 * @param {unknown} fn
 * @param {string} where
 */
export function checkFunction(fn, where) {
  if (typeof fn === "function" && !/^class\b/.test(Function.prototype.toString.call(fn))) return fn;
  const given = typeof fn === "function" ? `the class ${fn.name}` : describe(fn);
  throw new ConfigError("ERR_CACHEREF_FUNCTION", `${where} wraps a function, got ${given}`);
}

/**
 * @param {Store} store
 * @param {Definition} definition
 * @param {(targets: Target[]) => Promise<number>} invalidate
 */
export function wrap(store, definition, invalidate) {
  const { context, options } = definition;
  const { enabled } = context.options;

  /** @type {(this: unknown, ...args: unknown[]) => Promise<unknown>} */
  const wrapped = options.signal
    ? function (...given) {
        const { args, signal } = splitSignal(given);
        return signal === undefined
          ? call(this, args, undefined)
          : untilAborted(signal, () => call(this, args, signal));
      }
    : function (...args) {
        // As `call` does, without its detour: hits are many.
        if (!enabled || (options.skip !== undefined && isSkipped(definition, this, args)))
          return executeUncached({ definition, self: this, args });
        return store.call(definition, this, args);
      };

  /**
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {AbortSignal | undefined} signal
   */
  function call(self, args, signal) {
    if (!enabled || (options.skip !== undefined && isSkipped(definition, self, args)))
      return executeUncached({ definition, self, args, signal });
    return store.call(definition, self, args, signal);
  }

  /** @param {unknown[]} args */
  const keyed = (args) => withoutSignal(definition, args);

  return equip(wrapped, definition, store, {
    /** @param {unknown[]} args */
    peek(...args) {
      return store.peek(definition, selfOf(definition, this), keyed(args));
    },
    /** @param {unknown[]} given */
    refresh(...given) {
      const self = selfOf(definition, this);
      const { args, signal } = options.signal ? splitSignal(given) : { args: given, signal: undefined };
      const refresh = () =>
        enabled ? store.refresh(definition, self, args, signal) : executeUncached({ definition, self, args, signal });
      return signal === undefined ? refresh() : untilAborted(signal, refresh);
    },
    /** @param {unknown[]} args */
    async invalidate(...args) {
      return (await invalidate([{ kind: "key", definition, self: selfOf(definition, this), args: keyed(args) }])) > 0;
    },
    invalidateAll() {
      return invalidate([{ kind: "function", name: definition.name }]);
    },
    values: store.values,
  });
}

/**
 * The user's `this`. In `wrapped.key(42)` it is a wrapper of this function, which is nobody's instance.
 * @param {Definition} definition
 * @param {unknown} self
 */
export const selfOf = (definition, self) => (definitionOf(self) === definition ? undefined : self);

/**
 * The arguments without the caller's signal.
 * @param {Definition} definition
 * @param {unknown[]} args
 */
const withoutSignal = ({ options }, args) => (options.signal ? splitSignal(args).args : args);

/**
 * Gives a wrapper what all wrappers carry, and methods of its own.
 * @template {Function} Wrapper
 * @param {Wrapper} wrapped
 * @param {Definition} definition
 * @param {Store} store
 * @param {Record<string, unknown>} own
 */
export function equip(wrapped, definition, store, own) {
  const { fn } = definition;
  const surface = {
    /** @param {unknown[]} args */
    key(...args) {
      return definition.key(selfOf(definition, this), withoutSignal(definition, args));
    },
    /**
     * @param {unknown[]} args
     * @param {(event: any) => any} listener
     */
    subscribe(args, listener) {
      if (!Array.isArray(args)) refuse("the first argument of subscribe()", "an array of arguments", args, SUBSCRIBE);
      if (typeof listener !== "function") refuse("a listener", "a function", listener, SUBSCRIBE);
      if (store.subscribe !== undefined)
        return store.subscribe(definition, selfOf(definition, this), withoutSignal(definition, args), listener);
      throw new ConfigError(
        "ERR_CACHEREF_BACKEND",
        "subscribe() needs a MemoryBackend: on a shared backend other processes change the entries, and nobody hears of that here",
      );
    },
    original: fn,
    ...own,
  };
  for (const [name, value] of Object.entries(surface)) {
    Object.defineProperty(wrapped, name, { value, configurable: true, writable: true });
  }
  posesAs(wrapped, fn);
  definitions.set(wrapped, definition);
  return wrapped;
}

/**
 * @param {Definition} definition
 * @param {PromiseLike<unknown>} promise
 */
function warnOfPromise(definition, promise) {
  definition.warn(
    "skip",
    "its skip option returned a promise, which counts as true, so no call is cached; skip must answer at once",
  );
  // What becomes of it matters to nobody.
  promise.then(undefined, () => {});
}

/**
 * @param {Definition} definition
 * @param {unknown} self
 * @param {unknown[]} args
 */
export function isSkipped(definition, self, args) {
  const { events } = definition.context;
  try {
    const answer = definition.options.skip.apply(self, args);
    if (!answer) return false;
    if (typeof answer.then === "function") warnOfPromise(definition, answer);
  } catch (error) {
    definition.warn("skip", `its skip option threw: ${messageOf(error)}; the call is not cached`);
  }
  events.counts.skips += 1;
  if (events.isWatched) events.emit("skip", { function: definition.name, reason: "skip" });
  return true;
}
