/**
 * The public API of `cacheref`, and its reference documentation.
 *
 * Written by hand. tests/types checks what compiles and what must not. tests/js/entries/types.test.js checks that the
 * exports and the options are those of the code. It needs the `lib` ES2022 only: neither "dom" nor any client's types.
 */

// --- Words -----------------------------------------------------------------------------------------------------------

/** An entity id. Ids are compared as text: `42`, `"42"` and `42n` are one entity; `1` and `10` are two. */
export type EntityId = string | number | bigint;

/** The parts of a composite id, in the order of the fields of its rule. */
export type CompositeId = readonly [EntityId, EntityId, ...EntityId[]];

/**
 * A span of time: a number of seconds, or a text such as `"500ms"`, `"90s"`, `"5m"`, `"1h"` or `"7d"`. Not negative;
 * fractions and `Infinity` are allowed.
 */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

/** What a backend may return: the value itself or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** The entity types of a registry, for `new EntityCache<{ user: number; order: string }>()`. */
export type EntityTypes<Types> = { [Type in keyof Types]: EntityId };

type TypeName<Types> = keyof Types & string;
// biome-ignore lint/suspicious/noExplicitAny: the one type that every function is assignable to
type AnyFunction = (this: any, ...args: any[]) => any;
type IsAny<T> = 0 extends 1 & T ? true : false;

// --- Wrapped functions -----------------------------------------------------------------------------------------------

/** `F`, returning a promise. */
type Promised<F> = F extends (this: infer T, ...args: infer A) => infer R
  ? ((this: T, ...args: A) => R) extends F
    ? (this: T, ...args: A) => Promise<Awaited<R>>
    : PromisedOverloads<F>
  : never;

/** The signatures of `F` (up to four overloads), each returning a promise. */
type PromisedOverloads<F> = F extends {
  (this: infer T1, ...args: infer A1): infer R1;
  (this: infer T2, ...args: infer A2): infer R2;
  (this: infer T3, ...args: infer A3): infer R3;
  (this: infer T4, ...args: infer A4): infer R4;
}
  ? GenericOr<
      F,
      (this: T1, ...args: A1) => R1,
      (this: T4, ...args: A4) => R4,
      {
        (this: T1, ...args: A1): Promise<Awaited<R1>>;
        (this: T2, ...args: A2): Promise<Awaited<R2>>;
        (this: T3, ...args: A3): Promise<Awaited<R3>>;
        (this: T4, ...args: A4): Promise<Awaited<R4>>;
      }
    >
  : // TypeScript before 5.3 matches only as many overloads as there are.
    F extends { (this: infer T1, ...args: infer A1): infer R1; (this: infer T2, ...args: infer A2): infer R2 }
    ? GenericOr<
        F,
        (this: T1, ...args: A1) => R1,
        (this: T2, ...args: A2) => R2,
        { (this: T1, ...args: A1): Promise<Awaited<R1>>; (this: T2, ...args: A2): Promise<Awaited<R2>> }
      >
    : KeptIfPromise<F, never>;

/**
 * `Overloads`, unless the first and the last signature found are one: then `F` is generic. TypeScript cannot change what
 * a generic function returns; so `F` stays as it is, if it returns some promise.
 */
type GenericOr<F, First, Last, Overloads> = [First, Last] extends [Last, First]
  ? KeptIfPromise<F, Overloads>
  : Overloads;

// biome-ignore lint/suspicious/noExplicitAny: whatever it takes and resolves to
type KeptIfPromise<F, Otherwise> = F extends (...args: any) => PromiseLike<any> ? F : Otherwise;

/** Whether `R` is a plain promise already; a subclass of `Promise` is not: wrapped functions return plain ones. */
type IsPromise<R> = [R] extends [Promise<infer T>]
  ? IsAny<R> extends true
    ? false
    : [Promise<T>] extends [R]
      ? true
      : false
  : false;

/**
 * How a wrapped function is called: as `F`, returning a promise. A function that already returns promises
 * keeps its type, with its generics and all its overloads; of another, TypeScript can keep four overloads
 * and no generics. A generic function that returns its own kind of promise (`prisma.user.findUnique`) keeps its type too;
 * what it returns is a plain promise all the same: the other methods of its kind are not there.
 */
export type CachedCall<F extends AnyFunction> = IsPromise<ReturnType<F>> extends true ? F : Promised<F>;

/** What the promise of a wrapped function resolves to. */
export type CachedResult<F extends AnyFunction> = Awaited<ReturnType<F>>;

/** The arguments of `F`, of any of its overloads (up to four). */
export type CachedArguments<F extends AnyFunction> = F extends (...args: infer A) => infer R
  ? ((...args: A) => R) extends F
    ? A
    : [OverloadedArguments<F>] extends [never]
      ? A
      : OverloadedArguments<F>
  : never;

type OverloadedArguments<F> = F extends {
  (...args: infer A1): unknown;
  (...args: infer A2): unknown;
  (...args: infer A3): unknown;
  (...args: infer A4): unknown;
}
  ? A1 | A2 | A3 | A4
  : F extends { (...args: infer A1): unknown; (...args: infer A2): unknown }
    ? A1 | A2
    : never;

/** What a subscriber of a call is given. */
export interface DropEvent {
  /**
   * - `"invalidated"`: dropped by an invalidation, or by `delete` of the backend; or made stale by a soft invalidation; or the
   *   result of a run that was invalidated meanwhile, and so is not stored.
   * - `"replaced"`: a run has stored another value.
   * - `"evicted"`: dropped for lack of room.
   * - `"expired"`: its `ttl` ended. There is no timer: the cache reports this when a later store removes the entry.
   * - `"cleared"`: the cache was closed, or its core was replaced after a trap.
   * - `"not stored"`: a run has given a result that is not kept (`ttl: 0`, not serializable, larger than `maxBytes`).
   *
   * After `"evicted"`, `"expired"` and `"not stored"` the cache no longer knows which entities the value held. The next
   * invalidation, whatever it is about, is then reported as `"invalidated"`.
   */
  reason: "invalidated" | "replaced" | "evicted" | "expired" | "cleared" | "not stored";
}

/** What every wrapped function has besides being callable; `invalidateFunction` and the like accept it. */
export interface CachedFunction<F extends AnyFunction> {
  /**
   * The cache key of a call, without making it: `"cache:c:getUser:[42]"`; on a shared backend, without `keyPrefix`,
   * `"cache:c:getUser~1q8z03kd7f:[42]"`. Above 64 bytes the arguments are a hash.
   * `undefined` if an argument cannot be part of a key, so that the call would run uncached.
   *
   * If the option `key` uses `this`, pass it: `api.getUser.key.call(api, 42)`. The same holds for the methods below.
   */
  key(this: unknown, ...args: CachedArguments<F>): string | undefined;

  /**
   * Listens to one call: what a caller got of it is no longer in the cache. Returns the function that ends the subscription.
   * In memory only; on other backends it throws a ConfigError. Listeners are called in a microtask, before the invalidation
   * resolves. A listener that throws is logged and breaks nothing.
   *
   * ```ts
   * const unsubscribe = getUser.subscribe([42], ({ reason }) => { if (reason === "invalidated") show(42); });
   * ```
   */
  subscribe(this: unknown, args: CachedArguments<F>, listener: (event: DropEvent) => void): () => void;

  /** The function as it was given: calls of it are never cached. */
  readonly original: F;
}

/** What a function has that `cache()` has wrapped. */
export interface CachedMethods<F extends AnyFunction> extends CachedFunction<F> {
  /** What is cached for a call, or `undefined`. The function does not run, and nothing is counted as a miss. */
  peek(this: unknown, ...args: CachedArguments<F>): Promise<CachedResult<F> | undefined>;

  /** Runs the function, whatever is cached, stores its result and resolves with it. */
  refresh(this: unknown, ...args: CachedArguments<F>): Promise<CachedResult<F>>;

  /** Drops the cached result of one call. Resolves to whether there was one. */
  invalidate(this: unknown, ...args: CachedArguments<F>): Promise<boolean>;

  /** Drops the cached results of all calls of this function. Resolves to their number. */
  invalidateAll(): Promise<number>;

  /** What hits give, as the option `values` of its `MemoryBackend` says; `undefined` on a shared backend, where each is a copy. */
  readonly values: "copy" | "shared" | "frozen" | undefined;
}

/** What a function has that `cache.sync()` has wrapped. */
export interface CachedSyncMethods<F extends AnyFunction> extends CachedFunction<F> {
  /** What is cached for a call, or `undefined`. The function does not run, and nothing is counted as a miss. */
  peek(this: unknown, ...args: CachedArguments<F>): ReturnType<F> | undefined;

  /** Runs the function, whatever is cached, stores its result and returns it. */
  refresh(this: unknown, ...args: CachedArguments<F>): ReturnType<F>;

  /** Drops the cached result of one call. Returns whether there was one. */
  invalidate(this: unknown, ...args: CachedArguments<F>): boolean;

  /** Drops the cached results of all calls of this function. Returns their number. */
  invalidateAll(): number;

  /** What hits give: `"frozen"` if the option `values` of its `MemoryBackend` says so; else `"shared"`. */
  readonly values: "shared" | "frozen";
}

/** A function that `cache.sync()` has wrapped: it is called like the function itself. */
export type CachedSync<F extends AnyFunction> = F & CachedSyncMethods<F>;

/**
 * A function that `cache()` has wrapped. A decorated method is one too, but a decorator cannot change the type of what it
 * decorates: say so where you need `peek`, `invalidate` and the others.
 *
 * ```ts
 * const getUser = api.getUser as Cached<Api["getUser"]>;
 * await getUser.invalidate(42);
 * ```
 */
export type Cached<F extends AnyFunction> = CachedCall<F> & CachedMethods<F>;

/**
 * What `cache("user")` returns. It wraps a function, and decorates methods, by the language or by TypeScript's `experimentalDecorators`. `this` and all arguments
 * reach the function unchanged; `this` is not part of the key, so give instances that must not share entries a `key`.
 *
 * ```ts
 * const getUser = cache("user")(async function getUser(id: number) { return db.user(id); });
 * class Api { @cache("user") async getUser(id: number) { return db.user(id); } }
 * ```
 *
 * A decorated method must return a promise itself: its type cannot change. Its name is `Api.getUser`, unless `keyPrefix` gives
 * another.
 */
export interface CacheDecorator {
  <F extends AnyFunction>(fn: F, context?: MethodContext): Cached<F>;
  /** Of a method, with TypeScript's `experimentalDecorators`. */
  <F extends AsyncMethod>(target: object, name: string | symbol, descriptor: MethodDescriptor<F>): MethodDescriptor<F>;
}

/** What `cache.sync("user")` returns: a wrapper of functions that return values, and a decorator of methods. */
export interface SyncDecorator {
  <F extends AnyFunction>(
    fn: F,
    ...context: ReturnsPromise<F> extends true ? [never] : [MethodContext?]
  ): CachedSync<F>;
  /** Of a method, with TypeScript's `experimentalDecorators`. */
  <F extends AnyFunction>(
    target: object,
    name: string | symbol,
    descriptor: MethodDescriptor<ReturnsPromise<F> extends true ? never : F>,
  ): MethodDescriptor<F>;
}

/** Whether a function may return a promise. */
type ReturnsPromise<F extends AnyFunction> =
  IsAny<ReturnType<F>> extends true
    ? false
    : [Extract<ReturnType<F>, PromiseLike<unknown>>] extends [never]
      ? false
      : true;

/** What a stage-3 decorator of a method is given. */
interface MethodContext {
  readonly kind: "method";
}

// biome-ignore lint/suspicious/noExplicitAny: whatever it takes and resolves to
type AsyncMethod = (this: any, ...args: any[]) => Promise<any>;

/** What TypeScript calls a `TypedPropertyDescriptor`. */
interface MethodDescriptor<F> {
  enumerable?: boolean;
  configurable?: boolean;
  writable?: boolean;
  value?: F;
  get?: () => F;
  set?: (value: F) => void;
}

/** A function that `cache.invalidates()` has wrapped. */
export type Invalidating<F extends AnyFunction> = CachedCall<F> & {
  /** The function as it was given: calls of it invalidate nothing. */
  readonly original: F;
};

/** What `cache.invalidates("user")` returns: a wrapper of functions, and a decorator of methods. */
export interface InvalidatesDecorator {
  <F extends AnyFunction>(fn: F, context?: MethodContext): Invalidating<F>;
  /** Of a method, with TypeScript's `experimentalDecorators`. */
  <F extends AsyncMethod>(target: object, name: string | symbol, descriptor: MethodDescriptor<F>): MethodDescriptor<F>;
}

// --- Entities --------------------------------------------------------------------------------------------------------

/**
 * Where the ids of one type are in a result:
 *
 * - `"customer_id"`: this field of the result, or of each element if the result is an array. If the result, or an
 *   element, is itself a string, number or bigint, it is the id.
 * - `["org_id", "user_id"]`: a composite of fields. All must be there; their texts are joined with `-`.
 * - `"$.items[*].product_id"`: a JSONPath (RFC 9535: names, indexes, wildcards, slices, descendants; no filters). A
 *   text that starts with `$` is one.
 * - a function that returns the id or ids; among several, an array is an id of several parts. If it throws, that is logged, and the result is returned but not stored.
 *
 * Ids that are missing, `null`, boolean or not finite are skipped.
 */
export type EntityRule<Id extends EntityId = EntityId> =
  | string
  | readonly [string, ...string[]]
  // biome-ignore lint/suspicious/noExplicitAny: annotate the parameters as your function has them
  | ((result: any, args: any) => Id | Iterable<Id | readonly EntityId[]> | null | undefined);

/**
 * The entities of a result that has several types: a rule for each, or `"auto"`, which takes every object, at any depth,
 * that has a `__typename` and an `id` (as GraphQL answers do). `typeField` and `idField` rename these two.
 */
export type Entities<Types = Record<string, EntityId>> =
  | "auto"
  | { readonly [Type in TypeName<Types>]?: Types[Type] extends EntityId ? EntityRule<Types[Type]> : never };

/**
 * Custom extraction: the ids that a result holds, of the function's entity type. `"product:7"` names an id of another
 * type; since it may also be an id of the own type that contains a colon, it counts as both. It replaces `idField`, and
 * `entities` still apply. As an option of a cache, or as an overridden method, it serves functions with an `entityType`.
 * As an option of a function without an `entityType`, it must name the type of every id.
 */
// biome-ignore lint/suspicious/noExplicitAny: annotate the parameters as your function has them
export type ExtractEntityIds = (result: any, args: any) => Iterable<EntityId>;

// --- Options ---------------------------------------------------------------------------------------------------------

/** Turns a value into what is stored. May be asynchronous. */
// biome-ignore lint/suspicious/noExplicitAny: annotate the parameter as your functions have it
export type Serializer = (value: any) => Awaitable<string | Uint8Array>;

/** Turns what was stored back into a value. Gets a string, or bytes if the backend has bytes. May be asynchronous. */
// biome-ignore lint/suspicious/noExplicitAny: it gets a string if the serializer gives strings
export type Deserializer = (stored: any) => unknown;

/** Options of a cache that each of its functions may override. */
export interface SharedOptions {
  /**
   * How long an entry is a hit. Default `3600` (seconds). `0`: not stored. `Infinity`: no expiry. A function decides for
   * each result; if it throws, or does not return a duration, a WARNING is logged and nothing is stored.
   *
   * On Workers KV entries stay for at least 60 seconds; a shorter `ttl` still ends on time.
   */
  // biome-ignore lint/suspicious/noExplicitAny: annotate the parameters as your function has them
  ttl?: Duration | ((result: any, args: any) => Duration);

  /** The `ttl` of a result that is `null` ("there is no such user"). Default: `ttl`. */
  nullTtl?: Duration;

  /**
   * How long before the end of its `ttl` a hit refreshes an entry: the call gets the entry at once, and one run in the
   * background replaces it. If that run fails, a WARNING is logged, the entry stays until its `ttl` ends, and the next hit
   * tries again. Must be shorter than `ttl`. Each process refreshes for itself. Default `0`: no early refresh.
   *
   * On Redis a hit reads the remaining time too, in the same round trip. A backend of your own needs `pttl` or `ttl`.
   */
  earlyRefresh?: Duration;

  /**
   * The share of `ttl`, from `0` to `1`, by which it is shortened at random, so that what was stored together does not
   * expire together. Default `0`.
   */
  jitter?: number;

  /**
   * Turns a value into a string or a `Uint8Array`. Default `JSON.stringify`. If it throws, the result is returned but not
   * stored, and a WARNING is logged. `undefined` has no JSON: it is not stored, and nothing is logged.
   */
  serializer?: Serializer;

  /**
   * Turns what was stored back into a value. A `serializer` needs one. Default `JSON.parse`. If it throws, the call is a
   * miss. Like `serializer` it may be asynchronous; then it must end within `operationTimeout`.
   */
  deserializer?: Deserializer;

  /**
   * How long after `ttl` an entry is still served, while one refresh runs in the background. Default `0`. An entry that
   * was invalidated is never served stale.
   */
  staleWhileRevalidate?: Duration;

  /**
   * How long after `ttl` an entry is served if the function fails. Default `0`: its error reaches the caller. After a
   * failure the entry is served without a run for a second, after each further one for twice as long, up to 30 seconds.
   */
  staleIfError?: Duration;

  /**
   * How long calls wait for a run that another call began. Default `"30s"`; `Infinity`: without limit. Then each runs the
   * function for itself, and later calls no longer join that run. The call that began it still gets its result.
   */
  runTimeout?: Duration;

  /** Custom extraction of ids. Default: by `idField` and `entities`. */
  extractEntityIds?: ExtractEntityIds;

  /**
   * In which fields a page is looked for, if the result is an object that has no id itself: names such as `"data"`, or
   * `"edges[*].node"`. The field may hold an array of objects with ids, which makes the call a list of the type too (also
   * if the array is empty, or `null`), or one object with an id. `false`: nowhere. Default: `data`, `items`, `results`,
   * `rows`, `nodes`, `edges[*].node` and `hits`. It concerns types whose ids are in fields, not those with a path or a
   * function.
   */
  pages?: false | readonly string[];

  /**
   * `true`: a result that no invalidation of an entity, a list or a type would find is returned but not stored. Default
   * `false`. It concerns functions with an entity type. Such a result is reported in a WARNING, once for each function,
   * with and without this option.
   */
  requireIds?: boolean;
}

/** Where log lines go. `console`, pino, winston and tslog fit as they are. A logger that throws breaks nothing. */
export interface Logger {
  /** Every get, set, hit and miss with its key. Only with the option `debug`. */
  debug(message: string): unknown;
  /** Initialization, and invalidations with their counts. */
  info(message: string): unknown;
  /** What is not critical: a result that cannot be serialized, an argument that cannot be a key. */
  warn(message: string): unknown;
  /** A backend that fails. */
  error(message: string): unknown;
}

/** Options of `new EntityCache(options)`. */
export interface EntityCacheOptions extends SharedOptions {
  /**
   * Where entries live: a backend of this package, your own, or a client itself (ioredis, node-redis, iovalkey,
   * Upstash, a Workers `KVNamespace`), recognised by its methods. Default: `new MemoryBackend()`.
   */
  backend?: MemoryBackend | RedisBackend | WorkersKVBackend | CacheBackend | RedisClient | KVNamespace;

  /**
   * What all keys start with. Default `"cache:"`. Two prefixes that end in a separator never see each other. Any characters
   * are fine, but no part may be one of the letters of the storage layout: `"shop:e:"` lies within the keys of `"shop:"`.
   */
  prefix?: string;

  /** Logs every operation at DEBUG level. Default `false`. Payloads are never logged. */
  debug?: boolean;

  /** Default: WARNING and ERROR to the console; with `debug` everything. */
  logger?: Logger;

  /** `false`: wrapped functions run as if they were not wrapped. Default `true`. */
  enabled?: boolean;

  /** How many milliseconds a call waits for one backend operation. Default `1000`. It then continues without the backend. */
  operationTimeout?: number;

  /**
   * After `failures` failed operations in a row (default `5`) no call uses the backend for `cooldown` milliseconds
   * (default `5000`). Then one call tries it.
   */
  breaker?: { failures?: number; cooldown?: number };

  /**
   * Takes a background write, so that a Worker lives until it is done: `waitUntil: (promise) => ctx.waitUntil(promise)`.
   * With it a miss resolves at once; without it a miss resolves when its result is stored.
   */
  waitUntil?: (promise: Promise<unknown>) => void;

  /** The time in milliseconds since 1970. Default `Date.now`. For tests: see `manualClock` of `cacheref/testing`. */
  clock?: () => number;

  /**
   * On Redis: each hit also checks that its indexes still list it, which takes one more round trip. Default: only where the
   * server may evict an index before its values (`maxmemory-policy allkeys-*`). `false` never checks.
   */
  strict?: boolean;

  /**
   * Shares entries with the Python library `cacheref`: the storage layout of which of its versions. Both have the version
   * number 0.1.0, so the commit that introduced the layout distinguishes them. `"bdd94ca"`: that of this package, and of the
   * library until the evening of 6 March 2025. `"687952f"`: `{prefix}cache:{name}:…`, and `{prefix}entity:{type}:{id}`; that of
   * the library since. `prefix` may be "" there. Default: the layout of this package.
   */
  python?: "bdd94ca" | "687952f";

  /**
   * For entries in memory: the name of a `BroadcastChannel` that carries invalidations, and nothing else, to the caches
   * with the same name and prefix in other tabs, workers or threads. What one drops, the others drop a moment later. A
   * function must have the same name in all of them. Default: none.
   */
  broadcast?: string;

  /**
   * On Redis: keeps values in memory in front of it. A near hit sends no command. `true`, or options. It needs a client with
   * a method `duplicate` (ioredis, iovalkey, node-redis). Default `false`. docs/near.md says what happens when.
   */
  near?: boolean | NearOptions;
}

/** The option `near`. */
export interface NearOptions {
  /** The most entries in memory. Default 100,000. */
  maxEntries?: number;
  /** The most bytes of values, keys and index in memory. Default `Infinity`. */
  maxBytes?: number;
  /**
   * As of `MemoryBackend`. Default `"copy"`: each hit is a copy. With `"frozen"` all results are frozen copies, also those
   * that come from Redis; hits in memory are one object.
   */
  values?: "copy" | "shared" | "frozen";
  /**
   * How long an entry may be in memory after it was read. It bounds what writers leave behind that write no invalidation
   * log: the Python library, `DEL` by hand. Default `"5m"`.
   */
  maxTtl?: Duration;
  /**
   * `"exact"` (default): an invalidation resolves when every near cache has applied it. `{ maxStaleness }`: it does not wait
   * for this one, which may serve an invalidated value for at most that long afterwards.
   */
  coherence?: "exact" | { maxStaleness: Duration };
  /**
   * How long the server takes this process for one that serves. An invalidation waits for a process that has stopped for at
   * most 1.25 times as long. From 100 ms to a minute; default `"2s"`.
   */
  lease?: Duration;
}

/** Options of one wrapped function: `cache("user", options)` or `cache({ entityType: "user", ...options })`. */
export interface FunctionOptions<Types = Record<string, EntityId>> extends SharedOptions {
  /** The entity type of the result: a non-empty string without `:`. Default: none, the call is cached without entities. */
  entityType?: TypeName<Types>;

  /** Several entity types in one result. See {@link Entities}. */
  entities?: Entities<Types>;

  /** Where the ids of `entityType` are. Default `"id"`. See {@link EntityRule}. */
  idField?: EntityRule;

  /** With `entities: "auto"`: the field that holds the type's name. Default `"__typename"`. */
  typeField?: string;

  /**
   * Whether calls are lists of their types, which `invalidateLists` and `created: true` drop. Default: a call whose result
   * is an array or `null` is a list of all its types; a page, and a path through `*`, a slice or `..`, makes a list of its
   * type. `true`: every call is a list of its types. `false`: none is.
   */
  list?: boolean;

  /**
   * The types on which results depend as a whole, as a total does on orders: `dependsOn: ["order"]`. A result is dropped when
   * any entity, or the lists, of such a type are invalidated.
   */
  dependsOn?: readonly TypeName<Types>[];

  /**
   * The function name in the key. Default: the function's own name, and on a shared backend a hash of its text: a bundler may
   * give the name to another function. There, a function without a name or a text, with a name of one or two letters, or
   * that cannot be told from another, needs a `keyPrefix`: a `ConfigError` says so. Functions with the same `keyPrefix` share
   * entries, also across services and across versions of their code.
   */
  keyPrefix?: string;

  /**
   * Arguments get names (`params`, or the function's own parameter names), and lists, sets and maps are compared as
   * unordered. Default `false`. With `keyPrefix` it lets services with other names and orders of parameters share entries.
   */
  normalizeArgs?: boolean;

  /** The names of the positional parameters, for `normalizeArgs`. All different. */
  params?: readonly string[];

  /**
   * Returns what the key is made of. It gets the call's `this` and arguments. Default: all arguments. If it throws, the
   * call runs uncached.
   */
  // biome-ignore lint/suspicious/noExplicitAny: annotate the parameters as your function has them
  key?: (this: any, ...args: any[]) => unknown;

  /** Part of the key. Any change of it (after a change of the result's shape) makes old entries misses. */
  version?: string | number;

  /**
   * How arguments appear in the key. `"readable"` (default): as text up to 64 bytes, above that hashed. `"hashed"`:
   * always hashed. `"python"`: as the Python library `cacheref` does, to share entries with it.
   */
  keyFormat?: "readable" | "hashed" | "python";

  /**
   * `true`: the function gets `{ signal }` as its last argument, an `AbortSignal` of the run. It is aborted when the run
   * has taken `runTimeout`, and when every caller that waits has aborted its own. A caller gives its own the same way:
   * `getUser(42, { signal })`. It is no part of the key, and once it is aborted that call rejects. Default `false`.
   *
   * The signal is at the place of the function's last parameter (`fn.length`), or behind all arguments.
   */
  signal?: boolean;

  /**
   * `true` for a call that must not be cached, neither read nor stored. It must answer at once: a promise counts as `true`.
   * If it throws, the call is not cached.
   */
  // biome-ignore lint/suspicious/noExplicitAny: annotate the parameters as your function has them
  skip?: (this: any, ...args: any[]) => boolean;
}

/** Options of `cache.sync("user", options)`: those of a wrapped function that need no promise and no background. */
export type SyncOptions<Types = Record<string, EntityId>> = Omit<
  FunctionOptions<Types>,
  "staleWhileRevalidate" | "earlyRefresh" | "runTimeout" | "signal"
>;

/** Options of `cache.invalidates("user", options)`. */
export interface InvalidatesOptions<Types = Record<string, EntityId>> {
  /** The entity type of what the function returns. This, or `entities`, must be given. */
  entityType?: TypeName<Types>;

  /** Several entity types in what the function returns. See {@link Entities}. */
  entities?: Entities<Types>;

  /** Where the ids are. Default `"id"`. See {@link EntityRule}. */
  idField?: EntityRule;

  /** With `entities: "auto"`: the field that holds the type's name. Default `"__typename"`. */
  typeField?: string;

  /**
   * Where to look for ids: in the `"result"` (default), in the first of the `"args"` as it was before the run, or a function
   * that returns the id or ids.
   *
   * A result that is a bare number or boolean is taken for a count or a success and for no id, which a WARNING reports once.
   * `from: "result"` says that the number is an id, of an insert for instance.
   */
  // biome-ignore lint/suspicious/noExplicitAny: annotate the parameters as your function has them
  from?: "result" | "args" | ((result: any, args: any) => Awaitable<EntityId | Iterable<EntityId> | null | undefined>);

  /** `true` after a create: calls that returned a list of the type are dropped too. Default `false`. */
  created?: boolean;
}

/** Options of `cache.invalidate(entities, options)`. */
export interface InvalidateOptions<Types = Record<string, EntityId>> {
  /** The types whose lists are invalidated, as by `invalidateLists`. */
  lists?: readonly TypeName<Types>[];
  /** The types that are invalidated as a whole, as by `invalidateType`. */
  types?: readonly TypeName<Types>[];
  /** Calls of functions with a stale window become stale instead of being dropped. Default `false`. */
  soft?: boolean;
}

/** Options of `cache.many("user", options)`: those of a wrapped function, but one entity type and its plain field. */
export interface ManyOptions<Types = Record<string, EntityId>>
  extends Omit<
    FunctionOptions<Types>,
    "entityType" | "idField" | "typeField" | "entities" | "normalizeArgs" | "params"
  > {
  /** The field of a row that holds its id. Default `"id"`. */
  idField?: string;

  /** Further entity types in a row. See {@link Entities}. */
  entities?: Exclude<Entities<Types>, "auto">;

  /** The most ids in one call of the loader. Default `1000`. */
  batchSize?: number;
}

/**
 * What the loader of `cache.many()` returns: rows in any order, or a `Map` from ids to rows. A row that is missing
 * is `null`. An `Error` in place of a row fails that id alone.
 */
export type LoadedRows<Id extends EntityId, Row> =
  | readonly (Row | Error | null | undefined)[]
  | ReadonlyMap<Id, Row | Error | null>;

/** What `cache.many("user")(loader)` returns. */
export interface CachedMany<Id extends EntityId, Row> {
  /** The rows of these ids, in their order, `null` for one that does not exist. Rejects if one of them fails. */
  (ids: readonly Id[]): Promise<(Row | null)[]>;

  /** The row of one id, from the same entries and by the same batches; with `key`, `peek`, `refresh`, `invalidate`. */
  readonly one: Cached<(id: Id) => Promise<Row | null>>;

  /** The loader as it was given. */
  readonly original: (ids: Id[]) => Awaitable<LoadedRows<Id, Row>>;
}

// --- Events and insight ----------------------------------------------------------------------------------------------

/** What an invalidation concerned. */
export type InvalidationTarget =
  | { kind: "entity"; type: string; ids: string[]; isSoft?: boolean }
  | { kind: "list"; type: string; isSoft?: boolean }
  | { kind: "type"; type: string; isSoft?: boolean }
  | { kind: "function"; name: string }
  | { kind: "key" }
  | { kind: "all" };

/** What a listener of `cache.on` gets. */
export interface CacheEvents {
  /** A call was answered from the cache. `tier`: where, with the option `near`. */
  hit: { function: string; key: string; tier?: "near" | "backend" };
  /** A call found nothing: the function runs. */
  miss: { function: string; key: string };
  /** A call joined a run that was under way. */
  join: { function: string; key: string };
  /** A result was stored. */
  store: { function: string; key: string };
  /** A call ran uncached, or its result was not stored. */
  skip: { function: string; reason: string };
  /** A call was answered with an entry past its `ttl`. */
  stale: { function: string; key: string };
  /** An invalidation is done, or waits for the backend: then `count` is 0, and an `error` event with `pending` came before. */
  invalidate: { targets: InvalidationTarget[]; count: number };
  /** So many entries went to make room for another (`MemoryBackend`). */
  evict: { count: number };
  /** A failure that calls survived. `pending`: an invalidation that waits for the backend, or that `close()` gives up. */
  error: { what: string; error: unknown; pending?: true };
  /** The breaker has opened (the backend is left alone), is trying again, or has closed. */
  breaker: { state: string };
}

/** What `cache.stats()` returns: counts since the cache was made. */
export interface CacheStats {
  hits: number;
  misses: number;
  /** Calls that joined a run under way. */
  joins: number;
  stores: number;
  skips: number;
  stale: number;
  /** How many things were invalidated. */
  invalidations: number;
  /** How many cached calls were dropped by them. */
  dropped: number;
  errors: number;
  /** The share of calls that needed no run: hits and joins divided by hits, joins and misses; 0 before the first call. */
  hitRatio: number;
  /** Runs in progress. */
  running: number;
  /** Entries stored now (`MemoryBackend`). */
  entries?: number;
  /** Bytes of values, keys and index (`MemoryBackend`). */
  bytes?: number;
  /** Entities that entries hold (`MemoryBackend`). */
  entities?: number;
  /** Entries that were evicted because of `maxEntries` or `maxBytes` (`MemoryBackend`). */
  evictions?: number;
  /** Invalidations that wait for the backend to come back (all but `MemoryBackend`). */
  pending?: number;
  /** The near cache (option `near`). */
  near?: NearStats;
}

/** The figures of a near cache. */
export interface NearStats {
  /** Hits that sent no command. They count as `hits` too. */
  hits: number;
  entries: number;
  bytes: number;
  /** Entries that were evicted because of `maxEntries` or `maxBytes`. */
  evictions: number;
  /** Whether it serves now. */
  isServing: boolean;
  /** How long ago it was last certain of the end of the invalidation log, in milliseconds; `undefined` before that. */
  lagMs: number | undefined;
  /** How often everything was dropped: the lease or the log was lost. */
  gaps: number;
  /** How often it had to stop serving. */
  lapses: number;
}

/** What `cache.invalidate(…, { detail: true })` resolves to. */
export interface InvalidationDetail {
  /** The number of cached calls dropped: the sum of all targets. */
  count: number;
  /** Each target, in order, with the number of calls that it dropped and none before it. */
  targets: { kind: "entity" | "list" | "type"; type: string; id?: string; count: number }[];
}

/** One cached call that holds an entity. */
export interface Explanation {
  /** The cache key. */
  key: string;
  /** The function name. */
  function: string;
  /**
   * Milliseconds since it was stored, in memory. A shared backend does not know: beside the result it keeps only the rest
   * of its lifetime, so that any program can read the result as it is.
   */
  ageMs?: number;
  /** Milliseconds until it expires; absent if it has no expiry. */
  ttlMs?: number;
}

// --- The cache -------------------------------------------------------------------------------------------------------

/**
 * A cache that knows which entities its results hold.
 *
 * Misuse throws a `ConfigError` at once. At run time callers get no errors but those of the wrapped function: whatever a
 * backend, serializer or extractor does, the function runs once and its result is returned.
 *
 * A registry of entity types makes a wrong type name or id a compile error:
 * `new EntityCache<{ user: number; order: string }>()`.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the only way to say that instances are callable
export class EntityCache<Types extends EntityTypes<Types> = Record<string, EntityId>> {
  constructor(options?: EntityCacheOptions);

  /**
   * Wraps a function that returns a value and no promise: a selector, a parser, a formatter. A call gives the value itself,
   * and throws what the function throws. In memory only. Keys, entities, `ttl`, bounds and invalidation are those of
   * `cache("user")`; with the same `keyPrefix` the two share entries.
   *
   * All calls get one object, also where asynchronous calls get copies, so that equal calls are `===`. Nobody may change it;
   * with `values: "frozen"` nobody can. `undefined` is stored too.
   *
   * ```ts
   * const total = cache.sync("order")((order: Order) => order.lines.reduce((sum, { price }) => sum + price, 0));
   * ```
   *
   * @throws ConfigError on any other backend, and if the function is async or returns a promise.
   */
  sync(entityType?: TypeName<Types>, options?: Omit<SyncOptions<Types>, "entityType">): SyncDecorator;
  sync(options: SyncOptions<Types>): SyncDecorator;

  /**
   * Wraps a loader of many entities: `cache.many("user")(async (ids) => rows)`. Each id is cached by itself. The loader gets
   * the ids that are not cached, once for all calls of one turn of the event loop. An entry is dropped when its entity is
   * invalidated, also an entry that says that the entity does not exist.
   */
  many<Type extends TypeName<Types>>(
    entityType: Type,
    options?: ManyOptions<Types>,
  ): <Row, Id extends Types[Type] & EntityId = Types[Type] & EntityId>(
    loader: (ids: Id[]) => Awaitable<LoadedRows<Id, Row>>,
  ) => CachedMany<Id, Row>;

  /**
   * Wraps a write: runs the function, then invalidates what its result (or its arguments) name, and resolves after that.
   * If the function fails, nothing is invalidated.
   */
  invalidates(
    entityType: TypeName<Types>,
    options?: Omit<InvalidatesOptions<Types>, "entityType">,
  ): InvalidatesDecorator;
  invalidates(
    options: InvalidatesOptions<Types> & ({ entityType: TypeName<Types> } | { entities: Entities<Types> }),
  ): InvalidatesDecorator;

  /**
   * Drops every cached call whose result held the entity, or one of the entities, and every call that depends on the type
   * (`dependsOn`). Resolves to their number. In an array, an id of several parts may be an array itself: `[["acme", 7]]`.
   *
   * Once it has resolved, no later call in any process on the same backend gets a result whose run began before the
   * invalidation. If the backend fails, the invalidation is retried until it succeeds, and meanwhile no call reads the
   * backend. Workers KV cannot promise this across isolates.
   *
   * With `soft`, calls of functions with a stale window (`staleWhileRevalidate`, `staleIfError`) become stale instead of
   * being dropped, and are served while they are refreshed. Other calls are dropped. This works in memory and on Redis (one
   * server, or one slot of a Cluster). On other backends all are dropped.
   */
  invalidateEntity<Type extends TypeName<Types>>(
    type: Type,
    id: Types[Type] | readonly (Types[Type] | CompositeId)[],
    options?: { soft?: boolean },
  ): Promise<number>;

  /**
   * Drops every cached call that holds anything of a type, is a list of it or depends on it (`dependsOn`): after an import,
   * for instance. Resolves to their number. `soft` as in `invalidateEntity`.
   */
  invalidateType(type: TypeName<Types>, options?: { soft?: boolean }): Promise<number>;

  /**
   * Invalidates several things at once: `cache.invalidate({ user: 1, product: [2, 3] }, { lists: ["order"], types: ["stock"] })`.
   * On a shared backend they are one entry of the log and travel together. Resolves to the number of cached calls dropped.
   * With `detail` each target is invalidated by itself, one after the other, and has a count of its own. `soft` as in
   * `invalidateEntity`.
   */
  invalidate(
    entities: { readonly [Type in TypeName<Types>]?: Types[Type] | readonly (Types[Type] | CompositeId)[] },
    options?: InvalidateOptions<Types> & { detail?: false },
  ): Promise<number>;
  invalidate(
    entities: { readonly [Type in TypeName<Types>]?: Types[Type] | readonly (Types[Type] | CompositeId)[] },
    options: InvalidateOptions<Types> & { detail: true },
  ): Promise<InvalidationDetail>;

  /** Drops calls of the type whose result was a list, empty or `null`: use it after a create. Resolves to their number. */
  invalidateLists(type: TypeName<Types>): Promise<number>;

  /** Drops all calls of a function: a wrapped one, or a name (another service's too). Resolves to their number. */
  invalidateFunction(
    fn: CachedFunction<AnyFunction> | { readonly one: CachedFunction<AnyFunction> } | string,
  ): Promise<number>;

  /** Drops one call of a function, which the arguments name as in the call itself. Resolves to whether it was there. */
  invalidateKey<F extends AnyFunction>(fn: CachedFunction<F>, ...args: CachedArguments<F>): Promise<boolean>;
  invalidateKey(name: string, ...args: unknown[]): Promise<boolean>;

  /** Drops everything under this prefix, and nothing else. Resolves to the number of calls dropped. */
  invalidateAll(): Promise<number>;

  /** Which cached calls hold an entity. */
  explain<Type extends TypeName<Types>>(type: Type, id: Types[Type]): Promise<Explanation[]>;

  /**
   * The ids in a result. Override it for custom extraction in a whole cache; `super.extractEntityIds(…)` returns what the
   * rules find. `"product:7"` names an id of another type.
   */
  // biome-ignore lint/suspicious/noExplicitAny: a result may be anything
  extractEntityIds(result: any, idField?: EntityRule): Set<EntityId>;

  /**
   * The given calls, as far as they are cached, as a text that a server puts in its page:
   * `<script id="calls" type="application/json">…</script>`. It has no `<`. Name the calls of this page alone: the text has
   * their results. In memory only.
   */
  dehydrate(
    // biome-ignore lint/suspicious/noExplicitAny: any function, with its arguments
    calls: readonly (readonly [fn: CachedFunction<any>, ...args: any[]])[],
  ): Promise<string>;

  /**
   * Takes the calls of a text that `dehydrate` gave: each is a hit for the rest of its `ttl`, if its function has the same name
   * or `keyPrefix` here. An invalidation drops those that were not called yet. Returns their number. In memory only.
   */
  hydrate(text: string): number;

  /** Counts, the hit ratio, and figures of the backend. */
  stats(): CacheStats;

  /** Listens to an event. A listener that throws breaks nothing. */
  on<Name extends keyof CacheEvents>(name: Name, listener: (event: CacheEvents[Name]) => void): this;

  /** Stops listening. */
  off<Name extends keyof CacheEvents>(name: Name, listener: (event: CacheEvents[Name]) => void): this;

  /** Waits for work in the background and releases resources. A client that you passed in stays open. */
  close(): Promise<void>;
}

export interface EntityCache<Types extends EntityTypes<Types>> {
  /** Wraps functions whose results hold entities of a type: `cache("user")(fn)`. Without a type: plain caching. */
  (entityType?: TypeName<Types>, options?: Omit<FunctionOptions<Types>, "entityType">): CacheDecorator;
  /** Wraps functions by options alone: `cache({ entities: { order: "id", user: "$.customer.id" } })(fn)`. */
  (options: FunctionOptions<Types>): CacheDecorator;
}

/** A ready-made cache in memory, with all options at their defaults. */
export const cache: EntityCache;

/**
 * The option `key` of functions whose arguments count as `===` compares them: `cache.sync({ key: identity })(selector)`. An
 * object is not walked over; another object with the same content has an entry of its own. It may be a part of what a `key` of
 * yours returns: `key: (state, id) => [identity(state.users), id]`.
 *
 * In memory only: on a shared backend `key: identity` is a ConfigError, and a `key` that uses it leaves calls uncached.
 */
export const identity: (...args: unknown[]) => unknown;

// --- Backends --------------------------------------------------------------------------------------------------------

/** What the backends of this package have in common: they too are a {@link CacheBackend}. */
declare class Commands implements CacheBackend {
  get(key: string): Awaitable<Stored | null>;
  set(key: string, value: Stored, expire?: number): unknown;
  setex(key: string, seconds: number, value: Stored): unknown;
  delete(...keys: string[]): Awaitable<number>;
  keys(pattern: string): Awaitable<string[]>;
  sadd(key: string, ...members: string[]): unknown;
  smembers(key: string): Awaitable<string[]>;
  expire(key: string, seconds: number): unknown;
}

/**
 * A value that nobody can change, as `values: "frozen"` gives it:
 *
 * ```ts
 * const getUser = cache("user")(async (id: number): Promise<DeepReadonly<User>> => db.user(id));
 * ```
 */
export type DeepReadonly<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends readonly unknown[] | Record<string, unknown> | object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** Options of `new MemoryBackend(options)`. */
export interface MemoryBackendOptions {
  /**
   * The most entries; the least recently used are evicted first. Default `100_000`; `Infinity` for no limit. From 1,000 on,
   * uses count from when there are half as many entries.
   */
  maxEntries?: number;
  /**
   * The most bytes of values, keys and index together; the least recently used are evicted first. Default `Infinity`. Each
   * character of a text counts as one byte; the size of shared values is estimated.
   */
  maxBytes?: number;
  /**
   * `"copy"` (default): each hit gets a fresh copy, as from Redis. `"shared"`: all hits get the object that the function
   * returned, which is fastest. Nobody may change it then. `"frozen"`: all calls get one copy of it, which nobody can
   * change: an attempt is a TypeError of the engine. Plain objects and arrays are frozen, and results must be
   * serializable. Results have the type {@link DeepReadonly}, if you declare them so.
   *
   * With `"shared"` and `"frozen"` equal hits give the same promise, until the value is invalidated. React's `use` reads it
   * without waiting.
   */
  values?: "copy" | "shared" | "frozen";
}

/** Entries in memory, in this process. Its methods have the meaning that Redis gives these commands. */
export class MemoryBackend extends Commands {
  constructor(options?: MemoryBackendOptions);
  pipeline(): BackendPipeline;
}

/**
 * Entries on Redis (6.2 and later), Valkey or KeyDB: one round trip for a hit, one for a store.
 *
 * The client is yours: connect it, configure it and close it.
 */
export class RedisBackend extends Commands {
  /** @throws ConfigError if the client lacks a method that is needed. */
  constructor(client: RedisClient);
  pipeline(): BackendPipeline;
}

/**
 * Entries in a Workers KV namespace. KV is eventually consistent: another location may see a stale entry, or miss an
 * invalidation, for about 60 seconds. Within one isolate invalidations hold at once.
 */
export class WorkersKVBackend extends Commands {
  /** @throws ConfigError if it is not a KV namespace. */
  constructor(namespace: KVNamespace);
}

/** A Redis client, recognised by its methods: ioredis, node-redis 4 and later, iovalkey, `@upstash/redis`. */
export interface RedisClient {
  // biome-ignore lint/suspicious/noExplicitAny: each client has its own types
  get(...args: any[]): any;
  // biome-ignore lint/suspicious/noExplicitAny: each client has its own types
  set(...args: any[]): any;
  // biome-ignore lint/suspicious/noExplicitAny: each client has its own types
  expire(...args: any[]): any;
}

/** What is used of a Workers `KVNamespace`. */
export interface KVNamespace {
  get(key: string, type: "text"): Promise<string | null>;
  put(
    key: string,
    value: string | ArrayBuffer,
    options?: { expirationTtl?: number; metadata?: unknown },
  ): Promise<void>;
  delete(key: string): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: the metadata's type is the caller's
  list(options?: { prefix?: string; cursor?: string; limit?: number }): Promise<any>;
}

/** What a backend stores and gives back. */
export type Stored = string | Uint8Array;

/**
 * A backend of your own: Redis' commands by these names. Each may answer at once or with a promise, may fail in any way,
 * and may take any time. `backendSuite` of `cacheref/testing` says whether it works.
 */
export interface CacheBackend {
  /** The value of a key; `null` or `undefined` if there is none. */
  get(key: string): Awaitable<Stored | null | undefined>;
  /** Stores a value; `expire` in whole seconds, without it for ever. */
  set(key: string, value: Stored, expire?: number): unknown;
  /** Stores a value for a number of whole seconds. */
  setex(key: string, seconds: number, value: Stored): unknown;
  /** Deletes keys of any kind. Answers with the number of those that were there. */
  delete(...keys: string[]): unknown;
  /** The keys that begin with a text: the pattern is the text and `*`, and has no other character with a meaning. */
  keys(pattern: string): Awaitable<Iterable<string>>;
  /** Adds members to a set, and makes the set if there is none. */
  sadd(key: string, ...members: string[]): unknown;
  /** The members of a set; none if there is no such set. */
  smembers(key: string): Awaitable<Iterable<string>>;
  /** Sets when a key of any kind expires, in whole seconds from now. */
  expire(key: string, seconds: number): unknown;
  /** Optional: collects commands and sends them together. */
  pipeline?(): BackendPipeline;
}

/** The commands of a {@link CacheBackend}, collected until `execute`. Each returns the pipeline itself. */
export interface BackendPipeline {
  get(key: string): unknown;
  set(key: string, value: Stored, expire?: number): unknown;
  setex(key: string, seconds: number, value: Stored): unknown;
  delete(...keys: string[]): unknown;
  sadd(key: string, ...members: string[]): unknown;
  smembers(key: string): unknown;
  expire(key: string, seconds: number): unknown;
  /** Sends the commands. Answers with their replies, in order. */
  execute(): Awaitable<unknown[]>;
}

// --- Errors ----------------------------------------------------------------------------------------------------------

/** The base of every error of this package. */
export class CacheRefError extends Error {
  constructor(code: string, message: string, options?: { cause?: unknown });
  /** Stable, unlike the message: `"ERR_CACHEREF_OPTION"`. */
  readonly code: string;
}

/** Misuse: an option, a rule, a name or an argument that cannot work. The message says what was given and what is allowed. */
export class ConfigError extends CacheRefError {}
