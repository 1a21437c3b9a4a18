// @ts-check
/**
 * The subscribers of calls: `fn.subscribe(args, listener)` hears when the value that a call gave is no longer in the
 * cache. A store in memory makes one `Watchers` with the first subscriber, so without subscribers nothing is done here.
 *
 * For example, after `getUser.subscribe([42], listener)`:
 *
 *     the value of getUser(42) lies in slot 7       #bySlot 7 → Watched
 *     slot 7 is dropped                             the listener gets { reason: "invalidated" }
 *     the value of getUser(42) is stored in slot 3  #bySlot 3 → Watched
 *
 * Listeners are called in a microtask: they may call the cache, which is in the middle of its work here. An invalidation
 * resolves after them.
 */
import { callListener } from "../messages/events.js";

/** @typedef {"invalidated" | "evicted" | "expired" | "cleared" | "replaced" | "not stored"} Reason */
/** @typedef {(event: { reason: Reason }) => unknown} Listener */

/**
 * @typedef {object} Subscriber
 * @property {Listener} listener
 * @property {(error: unknown) => void} warn reports that it threw
 */

/** One call that somebody listens to. */
class Watched {
  /** Where its value is. @type {number | undefined} */
  slot = undefined;
  /** Until when that value is fresh. */
  freshUntil = 0;
  /** Whether a caller has a value that the cache does not hold: nobody knows which invalidation concerns it. */
  isLost = false;
  /** @type {Set<Subscriber>} */
  subscribers = new Set();
}

export class Watchers {
  /** By cache key. @type {Map<string, Watched>} */
  #byKey = new Map();
  /** @type {Map<number, Watched>} */
  #bySlot = new Map();
  /** What subscribers do not know yet. @type {{ watched: Watched, subscribers: Subscriber[], reason: Reason }[]} */
  #news = [];

  /**
   * Adds a subscriber, and returns what removes it.
   * @param {string} key of the call
   * @param {number | undefined} slot of its value, if it has one
   * @param {number} freshUntil
   * @param {Subscriber} subscriber
   */
  add(key, slot, freshUntil, subscriber) {
    const watched = this.#byKey.get(key) ?? new Watched();
    this.#byKey.set(key, watched);
    if (slot !== undefined) this.#bind(watched, slot, freshUntil);
    watched.subscribers.add(subscriber);
    return () => {
      watched.subscribers.delete(subscriber);
      if (watched.subscribers.size > 0 || this.#byKey.get(key) !== watched) return;
      this.#byKey.delete(key);
      this.#unbind(watched);
    };
  }

  /**
   * The result of a run is in its slot.
   * @param {import("./slots.js").Run} run
   * @param {number} now
   * @param {number} freshUntil
   */
  stored(run, now, freshUntil) {
    const watched = this.#of(run);
    // Another call may have had the slot until its value expired.
    if (this.#bySlot.get(run.slot) !== watched) this.removed(run.slot, now);
    if (watched === undefined) return;
    if (watched.isLost || watched.slot !== undefined) this.#tell(watched, "replaced");
    this.#bind(watched, run.slot, freshUntil);
  }

  /**
   * A run has given its caller a result that is not stored.
   * @param {import("./slots.js").Run} run
   * @param {boolean} isInvalidated whether something that concerns it was invalidated meanwhile
   */
  notStored(run, isInvalidated) {
    const watched = this.#of(run);
    if (watched === undefined || watched.slot !== undefined) return;
    watched.isLost = !isInvalidated;
    this.#tell(watched, isInvalidated ? "invalidated" : "not stored");
  }

  /**
   * The value of a slot is gone.
   * @param {number} slot
   * @param {number | undefined} now where it is gone to make room; else it was invalidated
   */
  removed(slot, now) {
    const watched = this.#bySlot.get(slot);
    if (watched === undefined) return;
    this.#unbind(watched);
    watched.isLost = now !== undefined;
    this.#tell(watched, now === undefined ? "invalidated" : now < watched.freshUntil ? "evicted" : "expired");
  }

  /**
   * The value of a slot is stale: it was invalidated softly.
   * @param {number} slot
   */
  softened(slot) {
    const watched = this.#bySlot.get(slot);
    if (watched !== undefined) this.#tell(watched, "invalidated");
  }

  /** Something was invalidated: it may concern the values that the cache does not hold. */
  invalidated() {
    for (const watched of this.#byKey.values()) {
      if (!watched.isLost) continue;
      watched.isLost = false;
      this.#tell(watched, "invalidated");
    }
  }

  /** All values are gone. */
  cleared() {
    for (const watched of this.#bySlot.values()) {
      watched.slot = undefined;
      this.#tell(watched, "cleared");
    }
    this.#bySlot.clear();
  }

  /**
   * The call of a run, if somebody listens to it. The key of a run is made here and not earlier: most stores have no
   * subscriber.
   * @param {import("./slots.js").Run} run
   */
  #of({ definition, self, args }) {
    if (this.#byKey.size === 0) return undefined;
    return this.#byKey.get(/** @type {string} */ (definition.key(self, args)));
  }

  /**
   * @param {Watched} watched
   * @param {number} slot
   * @param {number} freshUntil
   */
  #bind(watched, slot, freshUntil) {
    this.#unbind(watched);
    watched.slot = slot;
    watched.freshUntil = freshUntil;
    watched.isLost = false;
    this.#bySlot.set(slot, watched);
  }

  /** @param {Watched} watched */
  #unbind(watched) {
    if (watched.slot !== undefined) this.#bySlot.delete(watched.slot);
    watched.slot = undefined;
  }

  /**
   * @param {Watched} watched
   * @param {Reason} reason
   */
  #tell(watched, reason) {
    const count = this.#news.push({ watched, subscribers: [...watched.subscribers], reason });
    if (count === 1) Promise.resolve().then(() => this.#deliver());
  }

  #deliver() {
    const news = this.#news;
    this.#news = [];
    for (const { watched, subscribers, reason } of news)
      for (const subscriber of subscribers)
        if (watched.subscribers.has(subscriber)) callListener(subscriber.listener, { reason }, subscriber.warn);
  }
}
