// @ts-check
/**
 * The time limit of operations: calls `expire` of each operation that has not ended after so many milliseconds.
 *
 * Setting and clearing a timer for each operation would be the most expensive part of a hit. All limits are equally long,
 * so they end in the order in which they began, and one timer for the first of them is enough.
 */

/** @typedef {{ begin: (expire: () => void) => any, end: (limited: any) => boolean }} TimeLimit */

/** The real one, even if a test fakes it later. */
const { setImmediate } = globalThis;

/** A timer that ends later than this says that the process has stood still. */
const LATE_MS = 10;

/**
 * Judges what has not ended. After a process has stood still its timers run before it reads its sockets: the replies that
 * lie there come in first.
 * @param {number} dueAt
 * @param {() => void} judge
 */
function judgeAt(dueAt, judge) {
  if (performance.now() - dueAt > LATE_MS && typeof setImmediate === "function") setImmediate(judge);
  else judge();
}

/** An operation under way. All of them form a ring, in the order in which they began. */
class Limited {
  /** @type {Limited} */
  previous = this;
  /** @type {Limited} */
  next = this;

  /**
   * @param {number} endsAt
   * @param {() => void} expire
   */
  constructor(endsAt, expire) {
    this.endsAt = endsAt;
    this.expire = expire;
  }
}

/** Stands between the last and the first of a ring, and has the timer for the first. */
class Ends extends Limited {
  /** @type {any} */
  timer;

  constructor() {
    super(0, () => {});
    /** The function that makes its timers. @readonly */
    this.setTimeout = setTimeout;
  }
}

/** @implements {TimeLimit} */
export class SharedTimer {
  #ms;
  /** A set would allocate more. */
  #ends = new Ends();

  /** @param {number} ms */
  constructor(ms) {
    this.#ms = ms;
  }

  /**
   * @param {() => void} expire called when the time is over
   * @returns {Limited} for `end`
   */
  begin(expire) {
    // Fake timers have come or gone: what the others have set may never end.
    if (this.#ends.setTimeout !== setTimeout) this.#renew();
    const ends = this.#ends;
    const limited = new Limited(performance.now() + this.#ms, expire);
    append(ends, limited);
    if (ends.timer === undefined) this.#arm(ends, this.#ms);
    else if (ends.next === limited) ends.timer.ref();
    return limited;
  }

  /**
   * @param {Limited} limited
   * @returns {boolean} whether it was in time
   */
  end(limited) {
    const { previous, next } = limited;
    if (next === limited) return false;
    previous.next = next;
    next.previous = previous;
    limited.previous = limited;
    limited.next = limited;
    if (previous === next) rest(/** @type {Ends} */ (previous));
    return true;
  }

  /** Begins a new ring, with the timers that are there now. The operations of the old one have all their time again. */
  #renew() {
    const old = this.#ends;
    const ends = new Ends();
    this.#ends = ends;
    const endsAt = performance.now() + this.#ms;
    for (let first = old.next; first !== old; first = old.next) {
      this.end(first);
      first.endsAt = endsAt;
      append(ends, first);
    }
    if (ends.next !== ends) this.#arm(ends, this.#ms);
  }

  /**
   * @param {Ends} ends
   * @param {number} ms
   */
  #arm(ends, ms) {
    // Now: the first may have ended when the timer does, and the next one has its own time.
    const { endsAt } = ends.next;
    ends.timer = setTimeout(() => judgeAt(endsAt, () => this.#expire(ends, endsAt)), ms);
  }

  /**
   * @param {Ends} ends
   * @param {number} dueAt
   */
  #expire(ends, dueAt) {
    if (ends !== this.#ends) return;
    // Some fakes move the timers alone: that the timer has ended says that its time has come.
    const now = Math.max(performance.now(), dueAt);
    for (let first = ends.next; first !== ends && first.endsAt <= now; first = ends.next) {
      this.end(first);
      first.expire();
    }
    if (ends !== this.#ends) return;
    // Last: the next timer covers the operations that `expire` has begun.
    clearTimeout(ends.timer);
    ends.timer = undefined;
    if (ends.next !== ends) this.#arm(ends, Math.ceil(ends.next.endsAt - now));
  }
}

/**
 * @param {Ends} ends
 * @param {Limited} limited
 */
function append(ends, limited) {
  limited.previous = ends.previous;
  limited.next = ends;
  ends.previous.next = limited;
  ends.previous = limited;
}

/**
 * Lets the process end: only an operation under way keeps it alive.
 * @param {Ends} ends
 */
function rest(ends) {
  if (typeof ends.timer?.unref === "function") {
    ends.timer.unref();
    return;
  }
  // Where a timer is a number (Deno) there is no unref.
  if (ends.setTimeout === setTimeout) clearTimeout(ends.timer);
  ends.timer = undefined;
}

/**
 * A timer for each operation: in Workers a timer ends with the request that set it.
 * @implements {TimeLimit}
 */
export class OwnTimers {
  #ms;

  /** @param {number} ms */
  constructor(ms) {
    this.#ms = ms;
  }

  /** @param {() => void} expire called when the time is over */
  begin(expire) {
    const limited = { isOver: false, timer: /** @type {unknown} */ (undefined) };
    const dueAt = performance.now() + this.#ms;
    limited.timer = setTimeout(() => judgeAt(dueAt, () => this.end(limited) && expire()), this.#ms);
    return limited;
  }

  /**
   * @param {{ isOver: boolean, timer: any }} limited
   * @returns {boolean} whether it was in time
   */
  end(limited) {
    if (limited.isOver) return false;
    limited.isOver = true;
    clearTimeout(limited.timer);
    return true;
  }
}
