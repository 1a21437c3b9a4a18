/**
 * `cacheref/testing`: what tests of caches and of backends need. It works with any test runner: node:test, vitest, jest,
 * `bun:test` and `Deno.test`.
 */
import type {
  CacheBackend,
  EntityCache,
  EntityCacheOptions,
  KVNamespace,
  MemoryBackend,
  RedisBackend,
  RedisClient,
  WorkersKVBackend,
} from "./index.js";

/** One case of the suite. It rejects with an `Error` that says what was expected. */
export interface BackendCase {
  name: string;
  run(): Promise<void>;
}

export interface BackendSuiteOptions {
  /** The class under test, of the entry that you use. */
  EntityCache: new (
    options: EntityCacheOptions,
  ) => EntityCache;
  /**
   * Makes the backend, or the client that a cache gets as its backend. Called for every case. All that it makes must use
   * the same store. That store need not be empty: each case has a prefix of its own, and removes what it stored.
   */
  makeBackend: () => CacheBackend | MemoryBackend | RedisBackend | WorkersKVBackend | RedisClient | KVNamespace;
  /** Called with each case: `test` of your runner. Default: none; run the cases that are returned. */
  test?: (name: string, run: () => Promise<void>) => unknown;
  /** The clock of the caches. Default `Date.now`. */
  clock?: () => number;
  /** Lets this many milliseconds pass for the store and for `clock`. Default: none; there are no cases about expiry then. */
  elapse?: (ms: number) => unknown;
}

/**
 * What a backend must do for a cache on it to keep its promises: the commands by themselves, and a cache that uses them.
 *
 * ```ts
 * import { test } from "node:test";
 * import { EntityCache } from "cacheref";
 * import { backendSuite } from "cacheref/testing";
 *
 * backendSuite({ EntityCache, makeBackend: () => new MyBackend(), test });
 * ```
 *
 * @returns the cases, each with a name
 */
export function backendSuite(options: BackendSuiteOptions): BackendCase[];

/**
 * How a method fails:
 *
 * - `"throw"`: it throws at once;
 * - `"reject"`: its promise rejects;
 * - `"hang"`: it does nothing and never answers;
 * - `"late"`: it does its work and answers when `chaos.release()` is called;
 * - `"lost"`: it does its work and then rejects, as when a reply is lost;
 * - `"garbage"`: it answers with a text that nobody stored;
 * - `"type"`: it answers with something of another type;
 * - `"bytes"`: it answers with bytes instead of text.
 */
export type Failure = "throw" | "reject" | "hang" | "late" | "lost" | "garbage" | "type" | "bytes";

/** What a test does to a chaos backend. */
export interface Chaos {
  /** The calls so far, in order. */
  readonly calls: { method: string; args: unknown[] }[];
  /** From now on `method`, or every method (`"*"`), fails, for this many calls or until `heal()`. */
  fail(method: string, failure: Failure, times?: number): void;
  /** From now on nothing fails. Late answers still wait for `release()`. */
  heal(): void;
  /** Gives all late answers. */
  release(): void;
}

/**
 * A backend, or a client, that fails when and how a test says. All its methods are wrapped; in a pipeline, `execute`.
 *
 * ```ts
 * const backend = chaosBackend(new MemoryBackend());
 * const cache = new EntityCache({ backend, operationTimeout: 50 });
 * backend.chaos.fail("get", "hang");
 * await getUser(42); // runs the function, after 50 ms
 * ```
 */
export function chaosBackend<Backend extends object>(target: Backend): Backend & { readonly chaos: Chaos };

/** A clock that moves only when a test advances it. */
export interface ManualClock {
  /** The time in milliseconds since 1970. */
  (): number;
  /** Moves the clock forward. */
  advance(ms: number): void;
}

/**
 * A clock for the option `clock`.
 *
 * ```ts
 * const clock = manualClock();
 * const cache = new EntityCache({ clock, ttl: 60 });
 * clock.advance(61_000);
 * ```
 *
 * @param startMs default: some time in 2026
 */
export function manualClock(startMs?: number): ManualClock;
