// @ts-check
/** Wrapped synchronous functions: `cache.sync()`. They give values, and no promises. `identity` is for them above all. */
import { identity } from "../functions/by-identity.js";
import { ConfigError, describe, refuse } from "../messages/errors.js";
import { equip, isSkipped, selfOf } from "./wrap.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("../functions/store.js").Store} Store */
/** @typedef {import("../functions/target.js").Target} Target */

const ASYNC = /^\[object Async(Generator)?Function\]$/;

/**
 * Refuses a store that cannot answer at once.
 * @param {Store} store
 */
export function checkSyncStore({ sync }) {
  if (sync === undefined)
    throw new ConfigError(
      "ERR_CACHEREF_BACKEND",
      "cache.sync() needs a MemoryBackend: no other backend answers at once",
    );
}

/**
 * Refuses a function that is declared to return promises.
 * @param {Function} fn
 */
export function checkSync(fn) {
  if (ASYNC.test(Object.prototype.toString.call(fn)))
    throw new ConfigError(
      "ERR_CACHEREF_FUNCTION",
      `cache.sync() wraps functions that answer at once, and ${describe(fn)} is async: wrap it with cache()`,
    );
  return fn;
}

/**
 * Refuses `key: identity` where it cannot work.
 * @param {import("../functions/context.js").Context} context
 * @param {any} options complete
 */
export function checkIdentity({ isShared }, { key, normalizeArgs }) {
  if (key !== identity) return;
  if (isShared)
    refuse("key", "a function of the arguments on a shared backend: no other process has these objects", key);
  if (normalizeArgs) refuse("normalizeArgs", "false with key: identity, which knows no names", normalizeArgs);
}

export { identity };

/**
 * @param {Store} store
 * @param {Definition} definition
 * @param {(targets: Target[]) => number} invalidate
 */
export function wrapSync(store, definition, invalidate) {
  const { context, fn, options } = definition;
  const sync = /** @type {import("../functions/store.js").SyncStore} */ (store.sync);
  const { enabled } = context.options;
  const mayHit = enabled && options.skip === undefined;
  const isByIdentity = options.key === identity;

  /** @type {(this: unknown, ...args: unknown[]) => unknown} */
  function call(...args) {
    if (!enabled || (options.skip !== undefined && isSkipped(definition, this, args))) return fn.apply(this, args);
    return sync.call(definition, this, args);
  }

  /** @type {(this: unknown, arg?: unknown) => unknown} */
  const wrapped = function (arg) {
    // biome-ignore lint/complexity/noArguments: it makes no array, as `...args` would, and hits are many
    if (mayHit && arguments.length === 1) {
      const value = isByIdentity ? sync.hitObject(definition, arg) : sync.hit(definition, arg);
      if (value !== undefined) return value;
    }
    // biome-ignore lint/complexity/noArguments: as above
    return call.apply(this, /** @type {any} */ (arguments));
  };

  return equip(wrapped, definition, store, {
    /** @param {unknown[]} args */
    peek(...args) {
      return sync.peek(definition, selfOf(definition, this), args);
    },
    /** @param {unknown[]} args */
    refresh(...args) {
      const self = selfOf(definition, this);
      return enabled ? sync.refresh(definition, self, args) : fn.apply(self, args);
    },
    /** @param {unknown[]} args */
    invalidate(...args) {
      return invalidate([{ kind: "key", definition, self: selfOf(definition, this), args }]) > 0;
    },
    invalidateAll() {
      return invalidate([{ kind: "function", name: definition.name }]);
    },
    values: sync.values,
  });
}
