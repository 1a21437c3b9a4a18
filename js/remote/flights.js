// @ts-check
/**
 * Single flight: concurrent calls of one key share one run of the function, unless an invalidation in between may concern
 * the function. The log says so, whichever process invalidated.
 */
/** @typedef {import("./protocol/log.js").Position} Position */
/** @typedef {import("./protocol/log.js").Since} Since */

/**
 * A run that has begun, and what its callers wait for.
 * @template T
 * @typedef {{ run: import("../functions/under-way.js").UnderWay, outcome: Promise<T> }} Begun
 */
/**
 * The same, with the place where the log ended before it began.
 * @template T
 * @typedef {{ position: Position, begun: Begun<T>, outcome: Promise<T> }} Flight
 */

/** @typedef {Pick<import("./protocol/log.js").Log, "position" | "since">} LogReader */

/** @template T */
export class Flights {
  #log;
  /** @type {Map<string, Flight<T>>} */
  #current = new Map();
  /** @type {Promise<Position> | undefined} */
  #positionOfTurn;
  /** What the log says since flights began, read in this turn. @type {Map<Flight<T>, Promise<Since>>} */
  #sincesOfTurn = new Map();

  /** @param {LogReader} log */
  constructor(log) {
    this.#log = log;
  }

  /** How many flights there are. */
  get size() {
    return this.#current.size;
  }

  /** The flight of `key` that calls may join, whatever was invalidated since it began. @param {string} key */
  get(key) {
    const flight = this.#current.get(key);
    return flight?.begun.run.isJoinable ? flight : undefined;
  }

  /**
   * The flight whose result a call of `key` may have: one that is under way, or a new one.
   * @param {string} key
   * @param {(concern: string) => boolean} mayConcern whether an invalidation may concern the function
   * @param {(position: Position) => Begun<T>} begin
   * @param {Promise<Position>} [ahead] a position that was asked for since the call began. An older one is as right: it
   * refuses more
   * @returns {Promise<{ flight: Flight<T>, isOwn: boolean }>}
   */
  async join(key, mayConcern, begin, ahead) {
    /** @type {Position | undefined} */
    let position;
    for (;;) {
      const flight = this.get(key);
      if (flight === undefined) {
        if (position !== undefined) return { flight: this.start(key, position, begin), isOwn: true };
        position = await (ahead ?? this.position());
      } else {
        // Same object: both read the log in the same turn. Comparing ids would not do: an evicted log starts its ids anew.
        if (flight.position === position) return { flight, isOwn: false };
        const { isWhole, entries, end } = await this.#since(flight);
        if (isWhole && !entries.some((entry) => entry.concerns.some(mayConcern))) return { flight, isOwn: false };
        position = isWhole && end !== undefined ? end : await this.position();
        if (this.#current.get(key) === flight) return { flight: this.start(key, position, begin), isOwn: true };
      }
    }
  }

  /**
   * A new flight, whatever is under way. Later calls join this one.
   * @param {string} key
   * @param {Position} position
   * @param {(position: Position) => Begun<T>} begin
   * @returns {Flight<T>}
   */
  start(key, position, begin) {
    const begun = begin(position);
    const flight = { position, begun, outcome: begun.outcome };
    this.#current.set(key, flight);
    const land = () => {
      if (this.#current.get(key) === flight) this.#current.delete(key);
    };
    flight.outcome.then(land, land);
    return flight;
  }

  /** Where the log ends. Calls of one turn share one reading: nothing that they could know of happens between them. */
  position() {
    if (this.#positionOfTurn === undefined) {
      this.#positionOfTurn = this.#log.position();
      queueMicrotask(() => {
        this.#positionOfTurn = undefined;
      });
    }
    return this.#positionOfTurn;
  }

  /** Also of one turn. @param {Flight<T>} flight */
  #since(flight) {
    const sinces = this.#sincesOfTurn;
    const known = sinces.get(flight);
    if (known !== undefined) return known;
    if (sinces.size === 0) queueMicrotask(() => sinces.clear());
    const since = this.#log.since(flight.position);
    sinces.set(flight, since);
    return since;
  }
}
