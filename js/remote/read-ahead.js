// @ts-check
/**
 * The position that a run would need, asked for together with the value. What a near cache lacks is mostly what was
 * invalidated a moment ago, so the server has nothing either, and a round trip is saved.
 */

/** @typedef {import("./protocol/log.js").Position} Position */

/** Look-ups that count for what the next one will find. */
const LOOK_UPS = 8;

export class ReadAhead {
  #position;
  /** The part of the look-ups that have lately found nothing. */
  #absence = 0;

  /** @param {() => Promise<Position>} position where the log ends */
  constructor(position) {
    this.#position = position;
  }

  /** A position where a look-up that begins now will probably find nothing. */
  begin() {
    if (this.#absence < 0.5) return undefined;
    const position = this.#position();
    position.catch(() => {});
    return position;
  }

  /** @param {unknown} found what a look-up has found; undefined: nothing */
  note(found) {
    this.#absence += ((found === undefined ? 1 : 0) - this.#absence) / LOOK_UPS;
  }
}
