// @ts-check
/**
 * How a store reports what becomes of each call: it counts, emits events, and looks after work in the background.
 *
 * Both stores own one, so both count alike. A call is a hit, is served stale, or is a miss, unless the cache was not
 * asked: that is a skip. A run whose function succeeds ends with one `store`, or with one `skip` that says why its result
 * is not in the cache. A call that joins a run is a join, and nothing more, unless it must run for itself in the end, or the
 * run fails and the call is served stale.
 */
import { messageOf } from "../messages/errors.js";
import { describeTarget } from "./target.js";
import { LONGEST_TIMER_MS, within } from "./within.js";

/** @typedef {import("./store.js").Call} Call */
/** @typedef {import("../messages/events.js").EventName} EventName */

const nothing = () => {};

/** What a hit on the backend says of itself, where there is a near cache too. */
const BACKEND = { tier: "backend" };

export class Telling {
  #context;
  #events;
  /** Work that no call waits for, with the time until which `close` waits for it. @type {Map<Promise<unknown>, number>} */
  #background = new Map();

  /** @param {import("./context.js").Context} context */
  constructor(context) {
    this.#context = context;
    this.#events = context.events;
  }

  /** @param {Call} call */
  hit(call) {
    this.#events.counts.hits += 1;
    this.emit("hit", call, this.#context.options.near === undefined ? undefined : BACKEND);
  }

  /** @param {Call} call */
  miss(call) {
    this.#events.counts.misses += 1;
    this.emit("miss", call);
  }

  /** @param {Call} call */
  joined(call) {
    this.#events.counts.joins += 1;
    this.emit("join", call);
  }

  /** @param {Call} call */
  stored(call) {
    this.#events.counts.stores += 1;
    this.emit("store", call);
  }

  /** @param {Call} call */
  stale(call) {
    this.#events.counts.stale += 1;
    this.emit("stale", call);
  }

  /**
   * @param {Call} call
   * @param {string} reason
   */
  skipped(call, reason) {
    this.#events.counts.skips += 1;
    this.emit("skip", call, { reason });
  }

  /**
   * Emits an event without counting it.
   * @param {EventName} name
   * @param {Call} call
   * @param {Record<string, unknown>} [more]
   */
  emit(name, call, more) {
    if (!this.#events.isWatched) return;
    const { definition, self, args, key = definition.key(self, args) } = call;
    this.#events.emit(name, { function: definition.name, key, ...more });
  }

  /**
   * Looks after work that no call waits for. Its failure is reported as an error.
   * @param {Promise<unknown>} work
   * @param {string} what the work, for that report
   */
  later(work, what) {
    this.#keep(
      work.then(nothing, (error) => this.#context.failed(what, error)),
      this.#context.options.runTimeout,
    );
  }

  /**
   * Looks after the refresh of an entry, which no call waits for. It is the user's function that fails there, not the
   * cache: a WARNING.
   * @param {Call} call
   * @param {Promise<unknown>} work
   */
  refreshing({ definition }, work) {
    this.#keep(
      work.then(nothing, (error) =>
        this.#context.logger.warn(`function "${definition.name}": its refresh failed: ${messageOf(error)}`),
      ),
      definition.options.runTimeout,
    );
  }

  /**
   * Asks the runtime not to end the request before a run has ended: what other requests wait for ends with it.
   * @param {Promise<unknown>} work
   */
  keepAlive(work) {
    if (this.#context.waitUntil !== undefined) this.#handOver(work.then(nothing, nothing));
  }

  /** Waits for the work in the background, and for what that begins, each no longer than its time allows. */
  async close() {
    while (this.#background.size > 0) {
      const ended = Promise.all(this.#background.keys()).then(() => true);
      const leftMs = Math.max(0, ...this.#background.values()) - this.#context.now();
      if (leftMs > LONGEST_TIMER_MS) await ended;
      else if (!(await within(ended, leftMs, () => false))) return this.#abandon();
    }
  }

  #abandon() {
    const { size } = this.#background;
    this.#context.logger.warn(
      `the cache is closed while ${size} ${size === 1 ? "run is" : "runs are"} still under way in the background, longer than runTimeout`,
    );
    this.#background.clear();
  }

  /**
   * @param {Promise<void>} work never rejects
   * @param {number} ms for how long `close` waits for it, from now on
   */
  #keep(work, ms) {
    this.#background.set(work, this.#context.now() + ms);
    work.then(() => this.#background.delete(work));
    this.#handOver(work);
  }

  /** @param {Promise<void>} work never rejects */
  #handOver(work) {
    const { waitUntil } = this.#context;
    if (waitUntil === undefined) return;
    const report = (/** @type {unknown} */ error) =>
      this.#context.logger.warnOnce(
        "waitUntil",
        `the option waitUntil threw: ${messageOf(error)}; the runtime may cut off work in the background`,
      );
    try {
      const answer = /** @type {any} */ (waitUntil(work));
      if (typeof answer?.then === "function") answer.then(undefined, report);
    } catch (error) {
      report(error);
    }
  }
}

/**
 * Reports what an invalidation dropped. One that waits for the backend was logged as an ERROR by its store.
 * @param {import("./context.js").Context} context
 * @param {import("./target.js").Target[]} targets
 * @param {number | undefined} count how many cached calls were dropped; undefined: it waits for the backend
 */
export function tellInvalidated({ logger, events }, targets, count) {
  events.counts.invalidations += targets.length;
  if (count !== undefined) {
    events.counts.dropped += count;
    const what = targets.map(describeTarget).join(", ");
    logger.info(`invalidated ${what}: ${count} cached ${count === 1 ? "call" : "calls"} dropped`);
  }
  if (events.isWatched) events.emit("invalidate", { targets, count: count ?? 0 });
}
