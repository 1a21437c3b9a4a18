// @ts-check
/**
 * Single flight: concurrent calls of one key share one run, unless something was invalidated in between that may concern
 * the function. The log says so, whichever process invalidated.
 */
/** @typedef {import("./protocol/log.js").Position} Position */

/**
 * A run under way: where the log ended before it began, and what its callers wait for.
 * @template T
 * @typedef {{ position: Position, outcome: Promise<T> }} Flight
 */

/**
 * What of the protocol is needed here.
 * @typedef {{ position: () => Promise<Position>, since: (position: Position) => Promise<import("./protocol/log.js").Since> }} LogReader
 */

/** @template T */
export class Flights {
  #log;
  /** @type {Map<string, Flight<T>>} */
  #current = new Map();
  /** @type {Promise<Position> | undefined} */
  #positionOfTurn;

  /** @param {LogReader} log */
  constructor(log) {
    this.#log = log;
  }

  /** How many runs are under way. */
  get size() {
    return this.#current.size;
  }

  /** Whether a run of `key` is under way. @param {string} key */
  has(key) {
    return this.#current.has(key);
  }

  /**
   * The run that a call of `key` may have the result of: one that is under way, or a new one.
   * @param {string} key
   * @param {(concern: string) => boolean} mayConcern whether an invalidation may concern the function
   * @param {(position: Position) => Promise<T>} run
   * @returns {Promise<{ flight: Flight<T>, isOwn: boolean }>}
   */
  async join(key, mayConcern, run) {
    /** @type {Position | undefined} */
    let position;
    for (;;) {
      const flight = this.#current.get(key);
      if (flight === undefined) {
        if (position !== undefined) return { flight: this.start(key, position, run), isOwn: true };
        position = await this.#position();
      } else {
        // The very look at the log that this call has had. Ids that are merely higher may be those of an older log.
        if (flight.position === position) return { flight, isOwn: false };
        const { isWhole, entries, end } = await this.#log.since(flight.position);
        if (isWhole && !entries.some((entry) => entry.concerns.some(mayConcern))) return { flight, isOwn: false };
        position = isWhole && end !== undefined ? end : await this.#position();
        if (this.#current.get(key) === flight) return { flight: this.start(key, position, run), isOwn: true };
      }
    }
  }

  /**
   * A new run, whatever is under way; later calls join this one.
   * @param {string} key
   * @param {Position} position
   * @param {(position: Position) => Promise<T>} run
   * @returns {Flight<T>}
   */
  start(key, position, run) {
    const flight = { position, outcome: run(position) };
    this.#current.set(key, flight);
    const land = () => {
      if (this.#current.get(key) === flight) this.#current.delete(key);
    };
    flight.outcome.then(land, land);
    return flight;
  }

  /** Calls of one turn share one look at the log: between them nobody can have heard of anything. */
  #position() {
    if (this.#positionOfTurn === undefined) {
      this.#positionOfTurn = this.#log.position();
      queueMicrotask(() => {
        this.#positionOfTurn = undefined;
      });
    }
    return this.#positionOfTurn;
  }
}
