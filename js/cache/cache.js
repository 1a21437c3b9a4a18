// @ts-check
/**
 * `EntityCache`, the callable cache that users hold. It checks its arguments, makes a definition of each function that it
 * wraps, and turns invalidations into targets for its store.
 */

import { extractEntityIds } from "../entities/find.js";
import { checkIds, checkType } from "../entities/ids.js";
import { splitSignal } from "../functions/audience.js";
import { Context } from "../functions/context.js";
import { Definition, headOf } from "../functions/definition.js";
import { nameIn } from "../functions/identity.js";
import { tellInvalidated } from "../functions/telling.js";
import { ConfigError, describe, refuse } from "../messages/errors.js";
import { nearest } from "../messages/nearest.js";
import { decorateMethod, refuseDecorator } from "./decorators.js";
import { nameOfCall, readCalls, writeCalls } from "./hydrate.js";
import { wrapMany } from "./many.js";
import { nameInMemory } from "./names.js";
import {
  readCacheOptions,
  readFunctionOptions,
  readInvalidateOptions,
  readInvalidatesOptions,
  readSoftOptions,
  readSyncOptions,
} from "./options.js";
import { checkIdentity, checkSync, checkSyncStore, wrapSync } from "./sync.js";
import { countedTarget, oneByOne, targetsOf } from "./targets.js";
import { ownName } from "./unique.js";
import { checkFunction, definitionOf, wrap } from "./wrap.js";
import { wrapWrite } from "./writes.js";

/** @typedef {import("../functions/target.js").Target} Target */
/** @typedef {import("../functions/store.js").Store} Store */
/** @typedef {import("../functions/store.js").OwnBackend} OwnBackend */

/**
 * What an entry hands to the caches that it makes.
 * @typedef {object} Platform
 * @property {import("../boundary/core.js").Core} core
 * @property {() => OwnBackend} makeBackend makes the backend of a cache that has no option `backend`
 * @property {(given: any) => { open: (context: Context) => Store }} adapt turns what the option `backend` may be into a backend
 * @property {typeof import("./server-options.js").serverChecks} serverChecks the options that only shared backends use
 * @property {typeof nameInMemory} nameOnSharedBackend names the functions of a cache whose backend other processes share
 * @property {ConstructorParameters<typeof Context>[3]} [pythonPart] makes keys in Python's format, which other processes share
 * @property {(work: Promise<unknown>) => unknown} [waitUntil] keeps a request alive, where the runtime has such a function and the user gives none
 */

/** Makes a function an instance of the class under construction, so that `cache("user")` works. */
class Callable {
  /** @param {Function} call */
  constructor(call) {
    // biome-ignore lint/correctness/noConstructorReturn: the function takes the place of `this`
    return Object.setPrototypeOf(call, new.target.prototype);
  }
}

/** The class behind every entry's `EntityCache`; entries/index.d.ts documents its methods. */
export class BaseCache extends Callable {
  /** @type {Context} */
  #context;
  /** @type {Store} */
  #store;
  /** The backend that this cache has made itself, in memory. @type {OwnBackend | undefined} */
  #ownBackend;
  #nameOnSharedBackend;

  /**
   * @param {Platform} platform
   * @param {object} [options]
   */
  constructor(platform, options) {
    super(
      /** @type {(entityType?: unknown, options?: unknown) => unknown} */
      (entityType, given) => this.#decorator(entityType, given),
    );
    const complete = { ...readCacheOptions(options, platform.serverChecks), extractMethod: this.#extractMethod() };
    const context = new Context(platform.core, complete, platform.waitUntil, platform.pythonPart);
    this.#context = context;
    const { backend } = context.options;
    if (backend === undefined) this.#ownBackend = platform.makeBackend();
    this.#store = platform.adapt(backend ?? this.#ownBackend).open(context);
    context.isShared = this.#store.isShared;
    this.#nameOnSharedBackend = platform.nameOnSharedBackend;
    context.logger.debug(`cache "${context.prefix}" is ready`);
  }

  /** The `extractEntityIds` of a subclass, if it has its own. */
  #extractMethod() {
    if (this.extractEntityIds === BaseCache.prototype.extractEntityIds) return undefined;
    return (/** @type {unknown} */ result, /** @type {unknown} */ idField) => this.extractEntityIds(result, idField);
  }

  /**
   * @param {unknown} entityType
   * @param {unknown} given
   */
  #decorator(entityType, given) {
    const options = readFunctionOptions(this.#context.options, entityType, given);
    return this.#decorating("cache()", (fn, wrapping) => this.#wrap(fn, wrapping, options));
  }

  /**
   * @param {string} entityType
   * @param {object} [given]
   */
  sync(entityType, given) {
    const options = readSyncOptions(this.#context.options, entityType, given);
    checkSyncStore(this.#store);
    return this.#decorating("cache.sync()", (fn, wrapping) => this.#wrap(checkSync(fn), wrapping, options, true));
  }

  /**
   * What wraps a function, and decorates a method.
   * @param {string} where
   * @param {(fn: Function, wrapping: import("./names.js").Wrapping) => unknown} wrapFunction
   */
  #decorating(where, wrapFunction) {
    /** @type {(fn: any, ...decorated: unknown[]) => unknown} */
    const decorate = (fn, ...decorated) =>
      decorated.length === 0
        ? wrapFunction(checkFunction(fn, where), { fn, name: ownName(fn), callee: decorate })
        : decorateMethod(where, fn, decorated, wrapFunction);
    return decorate;
  }

  /**
   * @param {Function} fn
   * @param {import("./names.js").Wrapping} wrapping
   * @param {any} options complete
   * @param {boolean} [isSync]
   */
  #wrap(fn, wrapping, options, isSync) {
    const context = this.#context;
    checkIdentity(context, options);
    const definition = new Definition(context, fn, options, () => {
      const found = (this.#store.isShared ? this.#nameOnSharedBackend : nameInMemory)(context, wrapping, options);
      context.functions.set(found.name, definition, found.isNumbered);
      return found;
    });
    // Compiles it, so that misuse throws at once. A method decorated by the language has no name yet.
    if (!wrapping.isLate) definition.entities;
    return isSync
      ? wrapSync(this.#store, definition, (targets) => this.#invalidateNow(targets))
      : wrap(this.#store, definition, (targets) => this.#invalidate(targets));
  }

  /**
   * @param {string} entityType
   * @param {object} [given]
   */
  many(entityType, given) {
    /** @type {(loader: any, ...decorated: unknown[]) => unknown} */
    const decorate = (loader, ...decorated) => {
      refuseDecorator("cache.many()", decorated);
      return wrapMany(entityType, given, loader, (run, options) =>
        this.#wrap(
          run,
          { fn: loader, name: ownName(loader), callee: decorate },
          readFunctionOptions(this.#context.options, entityType, options),
        ),
      );
    };
    return decorate;
  }

  /**
   * @param {string} entityType
   * @param {object} [given]
   */
  invalidates(entityType, given) {
    const options = readInvalidatesOptions(entityType, given);
    const wrapFunction = (/** @type {any} */ fn, /** @type {string} */ name) =>
      wrapWrite(this.#context, fn, options, (targets) => this.#invalidate(targets), name);
    return (/** @type {any} */ fn, /** @type {unknown[]} */ ...decorated) =>
      decorated.length === 0
        ? wrapFunction(checkFunction(fn, "cache.invalidates()"), ownName(fn))
        : decorateMethod("cache.invalidates()", fn, decorated, (method, { isLate, name }) =>
            wrapFunction(method, isLate ? ownName(method) : name),
          );
  }

  /**
   * @param {string} type
   * @param {unknown} ids
   * @param {{ soft?: boolean }} [options]
   */
  async invalidateEntity(type, ids, options) {
    const { soft = false } = readSoftOptions(options, "invalidateEntity()");
    return this.#invalidate([{ kind: "entity", type: checkType(type), ids: checkIds(ids), isSoft: soft }]);
  }

  /**
   * @param {string} type
   * @param {{ soft?: boolean }} [options]
   */
  async invalidateType(type, options) {
    const { soft = false } = readSoftOptions(options, "invalidateType()");
    return this.#invalidate([{ kind: "type", type: checkType(type), isSoft: soft }]);
  }

  /**
   * @param {Record<string, unknown>} entities ids by their types
   * @param {{ lists?: string[], types?: string[], soft?: boolean, detail?: boolean }} [options]
   */
  async invalidate(entities, options) {
    const { detail = false, ...what } = readInvalidateOptions(options);
    const targets = targetsOf(entities, what);
    return detail ? this.#invalidateEach(targets) : this.#invalidate(targets);
  }

  /**
   * Invalidates one target after the other, so that each has a count of its own.
   * @param {Target[]} targets
   */
  async #invalidateEach(targets) {
    const counted = [];
    for (const target of oneByOne(targets)) counted.push(countedTarget(target, await this.#invalidate([target])));
    return { count: counted.reduce((sum, { count }) => sum + count, 0), targets: counted };
  }

  /** @param {string} type */
  async invalidateLists(type) {
    return this.#invalidate([{ kind: "list", type: checkType(type) }]);
  }

  /** @param {Function | string} fn */
  async invalidateFunction(fn) {
    return this.#invalidate([{ kind: "function", name: this.#nameOf(fn) }]);
  }

  /**
   * @param {Function | string} fn
   * @param {unknown[]} args
   */
  async invalidateKey(fn, ...args) {
    const name = this.#nameOf(fn);
    const definition = this.#ownDefinition(definitionOf(fn), name);
    const keyed = definition.options.signal ? splitSignal(args).args : args;
    return (await this.#invalidate([{ kind: "key", definition, self: undefined, args: keyed }])) > 0;
  }

  async invalidateAll() {
    return this.#invalidate([{ kind: "all" }]);
  }

  /** @param {Target[]} targets */
  async #invalidate(targets) {
    const count = await this.#store.invalidate(targets);
    tellInvalidated(this.#context, targets, count);
    return count ?? 0;
  }

  /** @param {Target[]} targets */
  #invalidateNow(targets) {
    const count = /** @type {Required<Store>} */ (this.#store).invalidateNow(targets);
    tellInvalidated(this.#context, targets, count);
    return count;
  }

  /**
   * The name of a wrapped function, or a name as it is. One that this cache does not know may be another service's.
   * @param {Function | string} fn
   */
  #nameOf(fn) {
    const { functions, logger } = this.#context;
    // A name as keys have it, with the hash of a text, is the name of the function.
    const name = definitionOf(fn)?.name ?? (typeof fn === "string" ? nameIn(fn) : fn);
    if (typeof name !== "string" || name === "") {
      throw new ConfigError(
        "ERR_CACHEREF_FUNCTION",
        `expected a function that cache() has wrapped, or its name, got ${describe(fn)}`,
      );
    }
    if (!functions.has(name) && functions.size > 0) {
      const suggestion = nearest(name, functions.names());
      const hint = suggestion ? ` (did you mean "${suggestion}"?)` : "";
      logger.warnOnce(
        `name ${name}`,
        `no function of this cache is named "${name}"${hint}; only entries of other services can be dropped`,
      );
    }
    return name;
  }

  /**
   * How this cache makes the keys of a function. One that another cache has wrapped is taken as if it were wrapped here;
   * of another service's function nothing but the name is known.
   * @param {Definition | undefined} wrapped
   * @param {string} name
   */
  #ownDefinition(wrapped, name) {
    const context = this.#context;
    if (wrapped?.context === context) return wrapped;
    const known = context.functions.get(name);
    if (known !== undefined) return known;
    const { fn, options } = wrapped ?? {
      fn: () => undefined,
      options: readFunctionOptions(context.options, undefined, {}),
    };
    return new Definition(context, fn, options, () => ({ name, suffix: wrapped?.suffix ?? "" }));
  }

  /**
   * @param {string} type
   * @param {unknown} id
   */
  async explain(type, id) {
    const ids = checkIds(id);
    if (ids.length !== 1) refuse("the id of explain()", "one entity id", id, "ERR_CACHEREF_ENTITY_ID");
    return this.#store.explain(checkType(type), ids[0]);
  }

  /**
   * The given calls as a text for `hydrate`, as far as they are cached.
   * @param {[fn: Function, ...args: unknown[]][]} calls
   */
  async dehydrate(calls) {
    const store = this.#inMemory("dehydrate()");
    if (!Array.isArray(calls)) refuse("the argument of dehydrate()", "an array of calls: [[getUser, 42]]", calls);
    /** @type {import("./hydrate.js").Carried[]} */
    const carried = [];
    for (const call of calls) {
      const [fn, ...args] = Array.isArray(call) ? call : [call];
      const wrapped = definitionOf(fn);
      if (wrapped === undefined) refuse("a call", "an array of a wrapped function and its arguments", call);
      const definition = this.#ownDefinition(wrapped, wrapped.name);
      const keyed = definition.options.signal ? splitSignal(args).args : args;
      const name = nameOfCall(definition, keyed);
      const value = name && (await store.extract(definition, keyed));
      if (name && value) carried.push([...name, value.payload, Number.isFinite(value.leftMs) ? value.leftMs : null]);
    }
    return writeCalls(carried);
  }

  /**
   * Takes the calls of a text that `dehydrate` gave, and returns their number.
   * @param {string} text
   */
  hydrate(text) {
    const store = this.#inMemory("hydrate()");
    const calls = readCalls(text);
    if (calls === undefined)
      this.#context.logger.warn("hydrate() was given a text that dehydrate() has not made; the functions run instead");
    const { naming, prefix } = this.#context;
    for (const [name, args, payload, leftMs] of calls ?? [])
      store.accept(headOf({ prefix, heading: naming.call, name }) + args, payload, leftMs ?? Number.POSITIVE_INFINITY);
    return calls?.length ?? 0;
  }

  /**
   * The store, with what only one in memory has.
   * @param {string} what needs it
   */
  #inMemory(what) {
    if (this.#store.extract !== undefined)
      return /** @type {Store & Required<Pick<Store, "extract" | "accept">>} */ (this.#store);
    throw new ConfigError("ERR_CACHEREF_BACKEND", `${what} needs a MemoryBackend: it is for what a page renders from`);
  }

  stats() {
    const { hits, misses, joins } = this.#context.events.counts;
    const answered = hits + joins;
    return {
      ...this.#context.events.counts,
      hitRatio: answered + misses === 0 ? 0 : answered / (answered + misses),
      ...this.#store.stats(),
    };
  }

  /**
   * @param {import("../messages/events.js").EventName} name
   * @param {import("../messages/events.js").Listener} listener
   */
  on(name, listener) {
    this.#context.events.on(name, listener);
    return this;
  }

  /**
   * @param {import("../messages/events.js").EventName} name
   * @param {import("../messages/events.js").Listener} listener
   */
  off(name, listener) {
    this.#context.events.off(name, listener);
    return this;
  }

  /**
   * @param {unknown} result
   * @param {unknown} [idField]
   */
  extractEntityIds(result, idField = "id") {
    return extractEntityIds(result, idField);
  }

  async close() {
    await this.#store.close();
    this.#ownBackend?.release(this.#context);
  }
}
