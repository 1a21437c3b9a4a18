// @ts-check
/**
 * The time limit of operations: calls `expire` of each operation that has not ended after so many milliseconds.
 *
 * Setting and clearing a timer for each operation would be the most expensive part of a hit. All limits are equally long,
 * so they end in the order in which they began, and one timer for the first of them is enough.
 */

/** @typedef {{ begin: (expire: () => void) => any, end: (limited: any) => boolean }} TimeLimit */

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

/** @implements {TimeLimit} */
export class SharedTimer {
  #ms;
  /** Stands between the last and the first. A set would allocate more. */
  #ends = new Limited(0, () => {});
  /** @type {any} */
  #timer;

  /** @param {number} ms */
  constructor(ms) {
    this.#ms = ms;
  }

  /**
   * @param {() => void} expire called when the time is over
   * @returns {Limited} for `end`
   */
  begin(expire) {
    const ends = this.#ends;
    const limited = new Limited(performance.now() + this.#ms, expire);
    limited.previous = ends.previous;
    limited.next = ends;
    ends.previous.next = limited;
    ends.previous = limited;
    if (this.#timer === undefined) this.#arm(this.#ms);
    else if (ends.next === limited) this.#timer.ref();
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
    if (previous === next) this.#rest();
    return true;
  }

  /** Lets the process end: only an operation under way keeps it alive. */
  #rest() {
    if (typeof this.#timer?.unref === "function") {
      this.#timer.unref();
      return;
    }
    // Where a timer is a number (Deno) there is no unref.
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @param {number} ms */
  #arm(ms) {
    this.#timer = setTimeout(() => this.#expire(), ms);
  }

  #expire() {
    const now = performance.now();
    const ends = this.#ends;
    for (let first = ends.next; first !== ends && first.endsAt <= now; first = ends.next) {
      this.end(first);
      first.expire();
    }
    // Last: the next timer covers the operations that `expire` has begun.
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (ends.next !== ends) this.#arm(Math.ceil(ends.next.endsAt - now));
  }
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
    limited.timer = setTimeout(() => this.end(limited) && expire(), this.#ms);
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
