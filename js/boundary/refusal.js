// @ts-check
/** The refusal of a value that cannot be part of a key, with the path to it. */
import { messageOf } from "../messages/errors.js";

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
/** A longer path is cut: a cycle is noticed only a hundred levels deep. */
const SHOWN_STEPS = 6;
/** A longer property name is cut: it is data rather than a name. */
const SHOWN_LENGTH = 40;

/**
 * Thrown inside a walk, for a value that cannot be part of a key. On its way out it collects the path to that value. It
 * is no Error: no user sees it, and a stack trace would cost more than the walk.
 */
export class Refusal {
  /** The steps to the value, innermost first. @type {(string | number | { step: string })[]} */
  #path = [];

  /** @param {string} reason what the value is or does, as the end of a sentence */
  constructor(reason) {
    this.reason = reason;
  }

  /**
   * The refusal of a container whose part `step` was refused. An error that is no Refusal comes from code of the value: a
   * getter, a proxy or a `toJSON`.
   * @param {unknown} error
   * @param {string | number | { step: string }} step a property name, an index, or any other step as text
   */
  static from(error, step) {
    const refusal = error instanceof Refusal ? error : new Refusal(`could not be read (${messageOf(error)})`);
    refusal.#path.push(step);
    return refusal;
  }

  /** The path and the reason, for a message. */
  shown() {
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
