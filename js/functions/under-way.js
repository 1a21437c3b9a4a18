// @ts-check
/**
 * A run under way, as the calls see it that wait for it. A call joins a run only for so long: a run may hang, and in
 * Workers it stops with the request that began it.
 */
import { Audience } from "./audience.js";
import { Nest, suspect } from "./nesting.js";
import { LONGEST_TIMER_MS } from "./within.js";

/** What a joined call gets in place of a result if it must run the function for itself. */
export const ALONE = Symbol("alone");

export class UnderWay {
  /**
   * @param {import("./definition.js").Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {Nest} [inside] the run that its caller is part of, where that is known
   * @param {number} [startedAt] what the clock says: a look-up has read it a moment ago, and reading it costs time
   */
  constructor(definition, self, args, inside, startedAt = definition.context.clock()) {
    this.definition = definition;
    this.self = self;
    this.args = args;
    this.startedAt = startedAt;
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

  /** Whether every caller has aborted its signal: an error says nothing about the function then. */
  get isDeserted() {
    return this.audience?.isDeserted === true;
  }

  /** For how many milliseconds calls may still wait for it. A clock that was set back makes them wait no longer. */
  get leftMs() {
    const { context, options } = this.definition;
    return options.runTimeout - Math.max(context.clock() - this.startedAt, 0);
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
      this.joint ??= limit(this, outcome, this.leftMs);
      return this.joint;
    }
    // A timer ends with its request, so each call has its own; and nobody knows whether the other request still lives.
    return limit(this, outcome, Math.min(this.leftMs, options.operationTimeout));
  }
}

// Functions and no private methods: those would make each run cost more, and few runs are joined.

/**
 * @param {UnderWay} run
 * @param {Promise<any>} outcome
 * @param {number} ms for how long the outcome is waited for
 * @returns {Promise<any>}
 */
function limit(run, outcome, ms) {
  return new Promise((resolve, reject) => {
    /** @type {any} */
    let timer;
    if (ms <= LONGEST_TIMER_MS) {
      timer = setTimeout(() => {
        run.isExpired = true;
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
        if (isAbort(run, error)) resolve(ALONE);
        else reject(error);
      },
    );
  });
}

/**
 * Whether a run ended because a caller aborted it, by a signal among the arguments, or because all its callers have gone.
 * @param {UnderWay} run
 * @param {any} error
 */
function isAbort({ audience, args }, error) {
  try {
    if (audience?.signal.aborted === true || error?.name === "AbortError") return true;
    return args.some((arg) => [arg, /** @type {any} */ (arg)?.signal].some((it) => hasAborted(it, error)));
  } catch {
    // A getter or a proxy threw. The joined call must settle all the same.
    return false;
  }
}

/**
 * @param {any} signal may be anything
 * @param {unknown} error
 */
const hasAborted = (signal, error) => signal?.aborted === true && signal.reason === error;
