// @ts-check
/**
 * What components read: between the start of a run and the time when the cache has its result, and for results that the
 * cache does not keep. No framework is needed for that.
 *
 * A component that waits is rendered again later and has no state until then, so somebody else must remember the promise
 * that it waits for: React wants the same one again. For example:
 *
 *     getUser(42) is a miss        a reading remembers the promise of the run
 *     the run ends, it is stored   components read that promise for as long as a hit gives its value
 *     the run fails                components read that promise until one of them has thrown its error
 *     user 42 is invalidated       the reading forgets the promise, and renders the components that show it
 *     no component shows it        the reading ends after a while
 */

/** @typedef {any} Wrapped a function that `cache()` has wrapped */
/** @typedef {Promise<unknown> & { status?: string, value?: unknown, reason?: unknown }} Readable */

/** How long a result is remembered that no component shows: some are not rendered yet. */
const LINGER_MS = 5000;

/** How long a page is waited for that has something else to do, or that cannot say whether it has. */
const IDLE_MS = 500;

/** The reasons for which a component must read again. */
const ENDS = new Set(["invalidated", "replaced", "cleared"]);

/** By function, and by cache key. @type {WeakMap<Wrapped, Map<string, Reading>>} */
const readings = new WeakMap();

class Reading {
  /** What components read. @type {Readable | undefined} */
  promise = undefined;
  /** Whether the cache has its value, or had it until its time was over. */
  isStored = false;
  /** What renders the components again that show it. @type {Set<() => void>} */
  #shown = new Set();
  /** @type {any} */
  #timer = undefined;
  #remove;

  /**
   * @param {Map<string, Reading>} all
   * @param {string} key
   * @param {Wrapped} fn
   * @param {unknown[]} args
   */
  constructor(all, key, fn, args) {
    const unsubscribe = fn.subscribe(args, (/** @type {{ reason: string }} */ { reason }) => {
      // What is shown stays, although the cache has it no more: a run would only evict what others show.
      if (reason === "evicted") this.isStored = false;
      if (!ENDS.has(reason)) return;
      this.forget();
      for (const render of this.#shown) render();
    });
    all.set(key, this);
    this.#remove = () => {
      unsubscribe();
      if (all.get(key) === this) all.delete(key);
    };
  }

  /**
   * Remembers the promise of a run.
   * @param {Readable} promise
   * @param {() => Promise<unknown>} peek what the cache has
   */
  remember(promise, peek) {
    this.promise = promise;
    this.isStored = false;
    const end = async () => {
      const kept = promise.status === "fulfilled" ? await peek() : undefined;
      if (this.promise !== promise) return;
      this.isStored = kept !== undefined && Object.is(kept, promise.value);
      this.#linger();
    };
    promise.then(
      (value) => {
        Object.assign(promise, { status: "fulfilled", value });
        end();
      },
      (reason) => {
        Object.assign(promise, { status: "rejected", reason });
        end();
      },
    );
  }

  /** Lets go of the promise. */
  forget() {
    this.promise = undefined;
    clearTimeout(this.#timer);
    if (this.#shown.size === 0) this.#remove();
  }

  /**
   * A component has thrown its error. React renders once more to make sure, and may give way to other work before it does;
   * what is mounted when all that is over tries again.
   */
  thrown() {
    const { promise } = this;
    clearTimeout(this.#timer);
    whenIdle(() => this.#forgetIf(promise));
  }

  /**
   * @param {Readable} promise
   * @param {() => void} render
   */
  show(promise, render) {
    this.#shown.add(render);
    if (this.promise === undefined) {
      this.promise = promise;
      this.isStored = true;
    }
    clearTimeout(this.#timer);
  }

  /** @param {() => void} render */
  hide(render) {
    this.#shown.delete(render);
    if (this.#shown.size > 0) return;
    if (this.promise === undefined) this.#remove();
    else if (this.promise.status === "fulfilled") this.#linger();
  }

  #linger() {
    if (this.#shown.size === 0) this.#forgetIn(LINGER_MS);
  }

  /** @param {number} ms */
  #forgetIn(ms) {
    const { promise } = this;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#forgetIf(promise), ms);
    // In browsers a timer is a number.
    this.#timer.unref?.();
  }

  /** @param {Readable | undefined} promise */
  #forgetIf(promise) {
    if (promise !== undefined && this.promise === promise) this.forget();
  }
}

/**
 * Calls back when the page has nothing else to do: React's work is a task that comes before.
 * @param {() => void} callback
 */
function whenIdle(callback) {
  if (typeof requestIdleCallback === "function") requestIdleCallback(callback, { timeout: IDLE_MS });
  else setTimeout(callback, IDLE_MS).unref?.();
}

/**
 * The reading of a call, made where there is none.
 * @param {Wrapped} fn
 * @param {string} key
 * @param {unknown[]} args
 */
function readingOf(fn, key, args) {
  let all = readings.get(fn);
  if (all === undefined) {
    all = new Map();
    readings.set(fn, all);
  }
  return all.get(key) ?? new Reading(all, key, fn, args);
}

/**
 * The promise that a component reads. It has the status "fulfilled" where the cache has the value.
 * @param {Wrapped} fn
 * @param {string} key
 * @param {unknown[]} args
 * @returns {Readable}
 */
export function read(fn, key, args) {
  const reading = readings.get(fn)?.get(key);
  const known = reading?.promise;
  if (known !== undefined && !reading?.isStored) return known;
  const given = fn(...args);
  const isValue = typeof given?.then !== "function";
  const promise = /** @type {Readable} */ (isValue ? settled(given) : given);
  // A synchronous function gives its value, whether the cache keeps it or not.
  const isStored = isValue ? Object.is(fn.peek(...args), given) : promise.status === "fulfilled";
  if (!isStored) readingOf(fn, key, args).remember(promise, () => fn.peek(...args));
  else if (Object.is(promise.value, known?.value)) return known ?? promise;
  else reading?.forget();
  return promise;
}

/** @param {unknown} value */
const settled = (value) => Object.assign(Promise.resolve(value), { status: "fulfilled", value });

/**
 * The error of a call is thrown by a component.
 * @param {Wrapped} fn
 * @param {string} key
 */
export function threw(fn, key) {
  readings.get(fn)?.get(key)?.thrown();
}

/**
 * Begins to render a component again when what it shows has ended. Returns what ends that.
 * @param {Wrapped} fn
 * @param {string} key
 * @param {unknown[]} args
 * @param {Readable} promise what the component has read
 * @param {() => void} render
 */
export function show(fn, key, args, promise, render) {
  const reading = readingOf(fn, key, args);
  let isShown = true;
  const again = () => render();
  reading.show(promise, again);
  // What was dropped between the render and now has told nobody.
  const check = (/** @type {unknown} */ value) => {
    if (isShown && !Object.is(value, promise.value)) render();
  };
  if (reading.isStored) Promise.resolve(fn.peek(...args)).then(check);
  else check(reading.promise?.value);
  return () => {
    isShown = false;
    reading.hide(again);
  };
}
