// Judges every read of a worker, times it, and tells the harness.
import { AsyncLocalStorage } from "node:async_hooks";

/** A call that takes longer hangs: no scenario stops anything for so long, and a busy machine takes up to ten seconds. */
const HANG_MS = 20_000;
const TELL_EVERY_MS = 200;
/** Old reads, hangs and broken calls that are told in words. */
const TOLD = 5;

export class Judge {
  /** Runs that have read their rows and wait before they return. */
  slowRuns = 0;
  /** Since they were last told. @type {Record<string, number>} */
  #counts = {};
  #longest = 0;
  /** For how long the oldest value had been invalidated when it was served, within the bound of the scenario. */
  #stalest = 0;
  #told = 0;
  #rows;
  #timer;
  /** What the call under way was answered with. @type {AsyncLocalStorage<{ isStale: boolean }>} */
  #call = new AsyncLocalStorage();

  #stalenessMs;

  /**
   * @param {import("./rows.js").Rows} rows
   * @param {import("../../../js/entries/index.js").EntityCache} cache
   * @param {number} stalenessMs for how long after its invalidation a value may be served
   */
  constructor(rows, cache, stalenessMs) {
    this.#rows = rows;
    this.#stalenessMs = stalenessMs;
    cache.on("stale", () => {
      const call = this.#call.getStore();
      if (call) call.isStale = true;
    });
    this.#timer = setInterval(() => this.tell(), TELL_EVERY_MS);
  }

  /** @param {string} what @param {number} [by] */
  count(what, by = 1) {
    this.#counts[what] = (this.#counts[what] ?? 0) + by;
  }

  /**
   * What a call that begins now may not fall below.
   * @param {{ name: string, ids: (string | number)[] }} shape
   */
  async floors({ name, ids }) {
    const [hard, soft, isExcused] = await Promise.all([
      this.#rows.floors("hard", name, ids),
      this.#rows.floors("soft", name, ids),
      this.#rows.isExcused(),
    ]);
    return { hard, soft, isExcused };
  }

  /**
   * Makes a call and compares what it gives with the floors of before.
   * @param {{ name: string, ids: (string | number)[], versionsIn: (result: any) => number[] }} shape
   * @param {() => Promise<any>} call
   * @param {Awaited<ReturnType<Judge["floors"]>>} [floors] read earlier, for many calls at once
   */
  async read(shape, call, floors) {
    const { name, ids, versionsIn } = shape;
    const { hard, soft, isExcused } = floors ?? (await this.floors(shape));
    const outcome = { isStale: false };
    const begin = Date.now();
    const result = await this.#call.run(outcome, () => this.timed(`a call of ${name}(${ids[0]})`, call));
    if (result === undefined) return;
    const versions = versionsIn(result);
    for (const [i, id] of ids.entries()) {
      const floor = outcome.isStale ? hard[i] : Math.max(hard[i], soft[i]);
      if (versions[i] >= floor) continue;
      if (isExcused || (await this.#rows.isExcused())) return this.count("excused");
      if (this.#stalenessMs > 0) {
        const ms = await this.#rows.staleFor(name, id, versions[i], begin);
        this.#stalest = Math.max(this.#stalest, ms);
        this.count("stale");
        if (ms <= this.#stalenessMs) return this.count("excused");
      }
      this.count("old");
      return this.say(`${name} gave version ${versions[i]} of ${id}; the invalidation of ${floor} had resolved`);
    }
  }

  /**
   * @template T
   * @param {string} what
   * @param {() => Promise<T>} work
   * @returns {Promise<T | undefined>} nothing if it hangs or fails
   */
  async timed(what, work) {
    const begin = performance.now();
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const limit = new Promise((resolve) => {
      timer = setTimeout(resolve, HANG_MS, HANG_MS);
    });
    try {
      const result = await Promise.race([work(), limit]);
      if (result === HANG_MS) {
        this.count("hangs");
        this.say(`${what} hangs`);
        return undefined;
      }
      return /** @type {T} */ (result);
    } catch (error) {
      if (error instanceof SourceError) return undefined;
      this.count("broken");
      this.say(`${what} failed: ${error}`);
      return undefined;
    } finally {
      clearTimeout(timer);
      this.count("operations");
      this.#longest = Math.max(this.#longest, performance.now() - begin);
    }
  }

  /** @param {string} text */
  say(text) {
    if (this.#told++ < TOLD) process.send?.({ said: text });
  }

  /** @param {() => void} [done] */
  tell(done) {
    const counts = this.#counts;
    this.#counts = {};
    process.send?.({ counts, longest: this.#longest, stalest: this.#stalest }, undefined, {}, () => done?.());
  }

  async close() {
    clearInterval(this.#timer);
    await new Promise((resolve) => this.tell(() => resolve(undefined)));
  }
}

/** What a function throws where a scenario wants it to fail: the caller's to handle. */
export class SourceError extends Error {}
