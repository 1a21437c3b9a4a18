// @ts-check
/**
 * A run under way, as the calls see it that wait for it. A call joins a run only for so long: a run may hang, and in
 * Workers it stops with the request that began it.
 */
import { Audience } from "./audience.js";
import { Nest, suspect } from "./nesting.js";

/** What a joined call gets in place of a result if it must run the function for itself. */
export const ALONE = Symbol("alone");

/** The longest time that a timer takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class UnderWay {
  /**
   * @param {import("./definition.js").Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {Nest} [inside] the run that its caller is part of, where that is known
   */
  constructor(definition, self, args, inside) {
    this.definition = definition;
    this.self = self;
    this.args = args;
    this.startedAt = definition.context.now();
    this.nest = new Nest(inside);
    /** Who waits for it, where the function wants a signal. */
    this.audience = definition.options.signal === true ? new Audience() : undefined;
    /** Whether a call has waited for it as long as calls may. */
    this.isExpired = false;
    /** What joined calls wait for. @type {Promise<any> | undefined} */
    this.joint = undefined;
  }

  /** Whether a call may still join it. */
  get isJoinable() {
    return !this.isExpired && this.leftMs > 0 && this.audience?.signal.aborted !== true;
  }

  /** For how many milliseconds calls may still wait for it. */
  get leftMs() {
    const { context, options } = this.definition;
    return options.runTimeout - (context.now() - this.startedAt);
  }

  /**
   * It begins, for a call. Only a function that wants a signal takes notice.
   * @param {AbortSignal} [signal] of the caller
   */
  begin(signal) {
    const { audience } = this;
    if (audience === undefined) return;
    audience.join(signal);
    const { runTimeout } = this.definition.options;
    if (runTimeout <= LONGEST_TIMER_MS) audience.limit(runTimeout);
  }

  /** It has ended. */
  end() {
    this.nest.isOver = true;
    this.audience?.end();
  }

  /**
   * The result for a call that joins, or `ALONE` where it must run the function for itself: the run takes too long, or
   * was aborted by the signal of another caller.
   * @template T
   * @param {Promise<T>} outcome
   * @returns {Promise<T | typeof ALONE>}
   */
  join(outcome) {
    const { isWorker, options } = this.definition.context;
    if (!isWorker) {
      this.joint ??= this.#limit(outcome, this.leftMs);
      return this.joint;
    }
    // A timer ends with its request, so each call has its own; and nobody knows whether the other request still lives.
    return this.#limit(outcome, Math.min(this.leftMs, options.operationTimeout));
  }

  /**
   * @param {Promise<any>} outcome
   * @param {number} ms
   * @returns {Promise<any>}
   */
  #limit(outcome, ms) {
    return new Promise((resolve, reject) => {
      /** @type {any} */
      let timer;
      if (ms <= LONGEST_TIMER_MS) {
        timer = setTimeout(() => {
          this.isExpired = true;
          suspect();
          resolve(ALONE);
        }, ms);
        // In browsers and Workers a timer is a number.
        timer.unref?.();
      }
      outcome.then(
        (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        (error) => {
          clearTimeout(timer);
          if (this.#isAbort(error)) resolve(ALONE);
          else reject(error);
        },
      );
    });
  }

  /**
   * Whether it ended because a caller aborted it, by a signal among the arguments, or because all its callers have gone.
   * @param {any} error
   */
  #isAbort(error) {
    if (error?.name === "AbortError" || this.audience?.signal.aborted === true) return true;
    return this.args.some((arg) => [arg, /** @type {any} */ (arg)?.signal].some((it) => hasAborted(it, error)));
  }
}

/**
 * @param {any} signal may be anything
 * @param {unknown} error
 */
const hasAborted = (signal, error) => signal?.aborted === true && signal.reason === error;
