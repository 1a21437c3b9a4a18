// @ts-check
/** The refusal of a value that cannot be part of a key, with the path to it. */
import { messageOf } from "../messages/errors.js";

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
/** A longer path is cut: a cycle is only noticed a hundred levels deep. */
const SHOWN_STEPS = 6;
/** A longer name is cut: it is data, and no name. */
const SHOWN_LENGTH = 40;

/**
 * Thrown inside a walk, for a value that cannot be part of a key. It gathers the path to that value on its way out. Not
 * an Error: nobody sees it, and a stack trace would cost more than the walk.
 */
export class Refusal {
  /** @type {(string | number | { step: string })[]} innermost first */
  #path = [];

  /** @param {string} reason what the value is or does, as the end of a sentence */
  constructor(reason) {
    this.reason = reason;
  }

  /**
   * The refusal to go on with, seen from the container whose part `step` was being written. Whatever else was thrown
   * was thrown by code of the value: a getter, a proxy, a `toJSON`.
   * @param {unknown} error
   * @param {string | number | { step: string }} step a property name, an index, or how else to get there
   */
  static from(error, step) {
    const refusal = error instanceof Refusal ? error : new Refusal(`could not be read (${messageOf(error)})`);
    refusal.#path.push(step);
    return refusal;
  }

  /** The path and the reason, for a message. */
  told() {
    const steps = this.#path.reverse();
    const shown = steps.slice(0, SHOWN_STEPS + 1).map((step) => {
      if (typeof step === "object") return step.step;
      if (typeof step === "number") return `[${step}]`;
      if (step.length > SHOWN_LENGTH) return `[${JSON.stringify(step.slice(0, SHOWN_LENGTH))}…]`;
      return IDENTIFIER.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
    });
    return { path: `arguments${shown.join("")}${steps.length > shown.length ? "…" : ""}`, reason: this.reason };
  }
}
