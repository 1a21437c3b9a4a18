// @ts-check
/**
 * The option `signal`: what a run of such a function learns of those who wait for it.
 *
 * A call may end with `{ signal }`, the caller's own AbortSignal, which is no part of the key. The function gets the
 * signal of the run in its place. That signal is aborted when the run has taken `runTimeout`, and when every caller has
 * aborted its own.
 */

/** The callers of one run, and its signal. */
export class Audience {
  /** Whether every caller has gone. */
  isDeserted = false;
  #controller = new AbortController();
  #waiting = 0;
  /** @type {(() => void)[]} */
  #leaving = [];
  /** @type {any} */
  #timer;

  /** The signal that the function gets. */
  get signal() {
    return this.#controller.signal;
  }

  /**
   * A call waits for the run.
   * @param {AbortSignal | undefined} signal of the caller; without one it waits to the end
   */
  join(signal) {
    this.#waiting += 1;
    if (signal === undefined) return;
    const leave = () => {
      this.#waiting -= 1;
      if (this.#waiting > 0) return;
      this.isDeserted = true;
      this.#controller.abort(signal.reason);
    };
    // It may have been aborted while the call looked the entry up.
    if (signal.aborted) return leave();
    this.#leaving.push(onAbort(signal, leave));
  }

  /** @param {number} ms after which the signal is aborted */
  limit(ms) {
    const expire = () =>
      this.#controller.abort(new DOMException(`the run has taken ${ms} ms, its runTimeout`, "TimeoutError"));
    this.#timer = setTimeout(expire, ms);
    // In browsers and Workers a timer is a number.
    this.#timer.unref?.();
  }

  /** The run has ended. */
  end() {
    clearTimeout(this.#timer);
    for (const stop of this.#leaving) stop();
    this.#leaving = [];
  }
}

/**
 * The arguments of a call without the caller's signal, and the signal. An argument that cannot be read holds none.
 * @param {unknown[]} args
 * @returns {{ args: unknown[], signal: AbortSignal | undefined }}
 */
export function splitSignal(args) {
  const last = /** @type {any} */ (args.at(-1));
  try {
    if (!isPlainObject(last) || !("signal" in last)) return { args, signal: undefined };
    const { signal, ...others } = last;
    if (signal !== undefined && !isSignal(signal)) return { args, signal: undefined };
    const left = args.slice(0, -1);
    return { args: Object.keys(others).length > 0 ? [...left, others] : left, signal };
  } catch {
    return { args, signal: undefined };
  }
}

/**
 * The arguments that the function gets: with `{ signal }` at the place of its last parameter, or behind all arguments.
 * @param {Function} fn
 * @param {unknown[]} args without a signal
 * @param {AbortSignal} signal
 */
export function withSignal(fn, args, signal) {
  const place = Math.max(fn.length - 1, 0);
  const last = args.at(-1);
  try {
    if (args.length > place && isPlainObject(last))
      return [...args.slice(0, -1), { .../** @type {object} */ (last), signal }];
  } catch {
    // It cannot be read here. The function gets it as it is.
  }
  const given = [...args];
  while (given.length < place) given.push(undefined);
  return [...given, { signal }];
}

/**
 * A caller's own promise: it rejects when the caller's signal is aborted, whatever becomes of the run.
 * @template T
 * @param {AbortSignal} signal
 * @param {() => Promise<T>} call
 * @returns {Promise<T>}
 */
export function untilAborted(signal, call) {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, () => reject(signal.reason));
    call().then(
      (result) => {
        stop();
        resolve(result);
      },
      (error) => {
        stop();
        reject(error);
      },
    );
  });
}

/**
 * What is to be done when a signal is aborted, and the listener that does it.
 * @type {WeakMap<AbortSignal, { acts: Set<() => void>, listener: () => void }>}
 */
const heard = new WeakMap();

/**
 * Acts when a signal is aborted. A signal gets one listener, however many calls have it: Node warns of more than ten.
 * @param {AbortSignal} signal
 * @param {() => void} act
 * @returns {() => void} stops that
 */
function onAbort(signal, act) {
  const { acts, listener } = heard.get(signal) ?? hear(signal);
  acts.add(act);
  return () => {
    if (!acts.delete(act) || acts.size > 0) return;
    signal.removeEventListener("abort", listener);
    heard.delete(signal);
  };
}

/** @param {AbortSignal} signal */
function hear(signal) {
  /** @type {Set<() => void>} */
  const acts = new Set();
  const listener = () => {
    for (const act of acts) act();
  };
  signal.addEventListener("abort", listener);
  const hearing = { acts, listener };
  heard.set(signal, hearing);
  return hearing;
}

/** @param {any} value */
function isPlainObject(value) {
  if (value === null || typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** By its methods: it may come from another realm. @param {any} value */
const isSignal = (value) =>
  typeof value === "object" && typeof value?.aborted === "boolean" && typeof value.addEventListener === "function";
