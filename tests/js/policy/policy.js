// One case of the policy, run on every kind of store: what callers get, what is emitted, counted and logged.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT_NAMES } from "../../../js/messages/events.js";
import { counted, gate } from "../../helpers/functions.js";
import { DIFFERENCES, KNOWN_RED } from "./differences.js";
import { SUBJECTS } from "./subjects.js";

/** From the events of calls to their counters. */
const COUNTERS = { hit: "hits", miss: "misses", join: "joins", store: "stores", skip: "skips", stale: "stale" };

/**
 * @typedef {object} Expected
 * @property {unknown} result what `act` returns
 * @property {number} runs of the function
 * @property {string[]} events in order, as `name arguments` or `name arguments: reason`
 * @property {string[]} lines log lines from INFO up, as `level message`
 */

/**
 * @typedef {object} Case
 * @property {object} [cacheOptions]
 * @property {object} [options] of the function
 * @property {() => (...args: any[]) => any} [load] makes the function; by default it returns a user by id
 * @property {(setting: Setting) => Promise<unknown>} act
 */

/**
 * @typedef {object} Setting
 * @property {any} cache
 * @property {any} get the cached function
 * @property {any} compute the function that `load` has made
 * @property {(ms: number) => unknown} advance
 * @property {(count: number) => Promise<void>} untilJoined ends when so many calls have joined a run
 */

/**
 * @param {string} name
 * @param {Case & Expected} policyCase
 */
export function policy(name, { cacheOptions = {}, options = {}, load: make = () => user, act, ...expected }) {
  for (const [subject, open] of Object.entries(SUBJECTS)) {
    const isRed = KNOWN_RED[name]?.subjects.includes(subject) === true;
    test(`${name} (${subject})`, async () => {
      if (!isRed) return prove();
      await assert.rejects(
        prove(),
        { code: "ERR_ASSERTION" },
        `it is mended: take "${name}" (${subject}) off KNOWN_RED in tests/js/policy/differences.js`,
      );
    });

    /** Runs the case, and compares what is seen with what is expected. */
    async function prove() {
      const { cache, prefix, advance } = await open(cacheOptions);
      const before = cache.stats();
      const compute = make();
      const load = counted(compute);
      const get = cache("user", { keyPrefix: "get", ttl: 60, ...options })(load);
      cache.lines.length = 0;
      const events = watch(cache, prefix);
      const result = await act({ cache, get, compute, advance, untilJoined: (count) => joined(cache, events, count) });
      await cache.close();
      const { why: _, ...difference } = DIFFERENCES[name]?.[subject] ?? {};
      const seen = { result, runs: load.runs, events, lines: cache.lines.map((line) => line.join(" ")) };
      assert.deepEqual(seen, { ...expected, ...difference });
      checkCounters(cache.stats(), events, before);
    }
  }
}

/**
 * A test that runs on every kind of store.
 * @param {string} name
 * @param {(cache: any, subject: string) => Promise<void>} prove
 * @param {object} [cacheOptions]
 */
export function onEvery(name, prove, cacheOptions = {}) {
  for (const [subject, open] of Object.entries(SUBJECTS)) {
    test(`${name} (${subject})`, async () => {
      const { cache } = await open(cacheOptions);
      try {
        await prove(cache, subject);
      } finally {
        await cache.close();
      }
    });
  }
}

const user = async (/** @type {number} */ id) => ({ id, name: "Ada" });

/**
 * The events of a cache from now on. Each has exactly its documented fields.
 * @param {any} cache
 * @param {string} prefix
 */
export function watch(cache, prefix) {
  /** @type {string[]} */
  const seen = [];
  for (const name of EVENT_NAMES.filter((name) => name in COUNTERS)) {
    cache.on(name, (/** @type {any} */ event) => {
      const { function: of, key, reason, ...rest } = event;
      assert.equal(of, "get");
      assert.deepEqual(rest, name === "hit" && cache.stats().near !== undefined ? { tier: rest.tier } : {});
      assert.equal("reason" in event, name === "skip", "a skip has a reason, and nothing else has");
      const shown = key === undefined ? "without a key" : key.replace(`${prefix}c:get:`, "");
      seen.push(`${name} ${shown}${reason === undefined ? "" : `: ${reason}`}`);
    });
  }
  cache.on("invalidate", ({ count }) => seen.push(`invalidate ${count}`));
  cache.on("error", ({ what }) => seen.push(`error ${what}`));
  return seen;
}

/**
 * Every event of a call has been counted, and nothing else.
 * @param {any} stats
 * @param {string[]} events
 * @param {any} [before] the counters before that
 */
export function checkCounters(stats, events, before = { errors: 0 }) {
  const names = events.map((event) => event.split(" ")[0]);
  const emitted = Object.fromEntries(
    Object.entries(COUNTERS).map(([name, counter]) => [counter, names.filter((other) => other === name).length]),
  );
  const counters = Object.values(COUNTERS).map((counter) => [counter, (stats[counter] ?? 0) - (before[counter] ?? 0)]);
  assert.deepEqual(Object.fromEntries(counters), emitted);
  assert.equal(stats.errors - before.errors, names.filter((name) => name === "error").length);
}

/**
 * @param {any} cache
 * @param {string[]} events
 * @param {number} count
 * @returns {Promise<void>}
 */
function joined(cache, events, count) {
  return new Promise((resolve) => {
    const look = () => {
      if (events.filter((event) => event.startsWith("join ")).length >= count) resolve();
    };
    cache.on("join", look);
    look();
  });
}

/** What a promise comes to: its value, or the message of its error. @param {Promise<unknown>} promise */
export const outcome = (promise) => promise.catch((error) => `rejected: ${error.message}`);

/** A function that says when it has begun, and ends as `end` does after `go`. @param {(id: number) => unknown} end */
export function waiting(end) {
  const [begun, go] = [gate(), gate()];
  const load = async (/** @type {number} */ id) => {
    begun.resolve(undefined);
    await go.promise;
    return end(id);
  };
  return Object.assign(load, { begun: begun.promise, go: () => go.resolve(undefined) });
}

/**
 * A call of a `waiting` function, and calls that join it.
 * @param {Setting} setting
 * @param {number} joined how many
 * @param {...unknown} args
 */
export async function together({ get, compute, untilJoined }, joined, ...args) {
  const first = get(...args);
  await compute.begun;
  const others = Array.from({ length: joined }, () => get(...args));
  await untilJoined(joined);
  compute.go();
  return [first, ...others];
}

/** A function whose results say by which run they were made. */
export function versioned() {
  let version = 0;
  return async (/** @type {number} */ id) => ({ id, version: ++version });
}

/** A function that works once. */
export function failing() {
  let runs = 0;
  return async (/** @type {number} */ id) => {
    if (runs++ > 0) throw new Error("down");
    return { id };
  };
}
