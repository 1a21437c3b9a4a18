// @ts-check
/**
 * When the near cache may serve: while its lease lasts, by its own clocks.
 *
 * A lease counts from before it was asked for, by a monotonic clock and by the wall clock, and ends a tenth earlier than the
 * server's: clocks need not agree, they must run alike. It is renewed only when all is applied that the log held at the
 * renewal before. So an instance that cannot follow loses its lease by itself. Invalidations wait for no one else.
 *
 * With `maxStaleness` nobody waits for the instance. It may then serve for so long after a moment at which it had applied
 * all that the log held.
 */
import { messageOf } from "../messages/errors.js";
import { compareIds } from "../remote/protocol/log.js";
import { inMs, inNs, monotonic } from "./monotonic.js";

/** @typedef {import("../remote/protocol/log.js").Position} Position */

/** The part of a lease that its holder uses. */
const CAUTION = 0.9;
/** Renewals in one lease, and in one `maxStaleness`. */
const RENEWALS = 4;

/**
 * @typedef {object} Setting
 * @property {import("../functions/context.js").Context} context
 * @property {Pick<import("../remote/protocol/leases.js").Leases, "join" | "renew" | "leave">} leases
 * @property {() => Promise<unknown>} beginLog gives an empty log its first entry
 * @property {{ leaseMs: number, maxStalenessMs: number | undefined }} options
 * @property {() => void} dropAll drops what is near, and refuses the runs under way
 * @property {() => bigint} [now] nanoseconds of a monotonic clock
 */

export class Lease {
  #context;
  #leases;
  #beginLog;
  #dropAll;
  #now;
  #clock;
  #leaseMs;
  #maxStalenessMs;
  /** The end by the monotonic clock, and by the wall clock. */
  #untilNow = 0n;
  #untilClock = 0;
  #name = "";
  #joins = 0;
  /** @type {Position | undefined} */
  #applied;
  /** What was applied at the renewal before. @type {Position | undefined} */
  #acknowledged;
  /** The end of the log at the renewal before, and the times before that was asked for. @type {{ end: Position, now: bigint, clock: number } | undefined} */
  #seen;
  /** @type {Promise<void> | undefined} */
  #renewing;
  /** Whether `renew` was called while a request was under way. */
  #isWanted = false;
  /** @type {any} */
  #timer;
  #isClosed = false;
  /** Whether the near cache served at the last report; undefined before the first lease. @type {boolean | undefined} */
  #wasCurrent;
  #lastError = "";
  /** Why the log could not be read since an entry was applied. */
  #followError = "";
  /** How often all that was near had to be dropped, and how often the near cache had to stop. */
  counts = { gaps: 0, lapses: 0 };

  /** @param {Setting} setting */
  constructor({ context, leases, beginLog, options, dropAll, now = monotonic }) {
    this.#context = context;
    this.#leases = leases;
    this.#beginLog = beginLog;
    this.#dropAll = dropAll;
    this.#now = now;
    this.#clock = context.clock;
    this.#leaseMs = options.leaseMs;
    this.#maxStalenessMs = options.maxStalenessMs;
  }

  /**
   * Whether the near cache may serve.
   * @param {number} clock what the wall clock says
   * @param {bigint} now what the monotonic clock says
   */
  isCurrent(clock, now) {
    return clock < this.#untilClock && now < this.#untilNow;
  }

  /** Up to where the log is applied; undefined while there is no lease. Another object after each new lease and each entry. */
  get position() {
    return this.#applied;
  }

  /** How long ago it was known that everything was applied, in milliseconds; undefined while there is no lease. */
  get lagMs() {
    return this.#seen === undefined ? undefined : Math.round(inMs(this.#now() - this.#seen.now));
  }

  /** The first lease begins with the first `renew`: when the log can be followed. */
  start() {
    const shortestMs = Math.min(this.#leaseMs, this.#maxStalenessMs ?? this.#leaseMs);
    this.#timer = setInterval(() => this.#tick(), shortestMs / RENEWALS);
    // The near cache keeps no process alive.
    this.#timer.unref?.();
  }

  /** Entries were applied, up to this one. @param {Position} position */
  advance(position) {
    this.#applied = position;
    this.#followError = "";
    this.#extend();
    this.renew();
  }

  /** Renews the lease, or begins one. There is one request at a time; the next says all that was applied meanwhile. */
  renew() {
    if (this.#isClosed) return Promise.resolve();
    if (this.#renewing !== undefined) {
      this.#isWanted = true;
      return this.#renewing;
    }
    this.#isWanted = false;
    this.#renewing = this.#request()
      .then(
        () => {
          this.#lastError = "";
        },
        (error) => this.#failed(error),
      )
      .then(() => {
        this.#renewing = undefined;
        this.#reportChange();
        if (this.#isWanted) this.renew();
      });
    return this.#renewing;
  }

  /** Nothing is served or asked for any more. */
  end() {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#stop();
  }

  async close() {
    this.end();
    await this.#renewing;
    if (this.#name !== "") await this.#leases.leave(this.#name).catch(() => {});
  }

  #tick() {
    this.#reportChange();
    if (this.#joins > 0) this.renew();
  }

  async #request() {
    const applied = this.#applied;
    if (applied === undefined) return this.#join();
    // Who is behind renews nothing: the lease ends unless the log is followed.
    if (this.#seen !== undefined && compareIds(applied.id, this.#seen.end.id) < 0) return;
    const asked = { now: this.#now(), clock: this.#clock() };
    const end = await this.#leases.renew(this.#terms, applied, this.#acknowledged ?? applied);
    if (typeof end === "string") {
      // What was not waited for may have gone unseen.
      this.#stop();
      this.#applied = undefined;
      this.#dropAll();
      this.counts.gaps += 1;
      return this.#join();
    }
    this.#acknowledged = applied;
    this.#seen = { end, ...asked };
    if (this.#maxStalenessMs === undefined) this.#serveUntil(asked, this.#leaseMs);
    else this.#extend();
  }

  async #join() {
    const former = this.#name;
    // A new name: who waits for the former one learns that nothing is left of it.
    this.#name = `${this.#context.instance}#${this.#joins++}`;
    const asked = { now: this.#now(), clock: this.#clock() };
    let end = await this.#leases.join(this.#terms, former);
    if (end === undefined) {
      await this.#beginLog();
      end = await this.#leases.join(this.#terms, former);
      if (end === undefined) return;
    }
    // Entries before this one were not waited for.
    this.#dropAll();
    this.#applied = end;
    this.#acknowledged = end;
    this.#seen = { end, ...asked };
    this.#serveUntil(asked, this.#maxStalenessMs ?? this.#leaseMs);
  }

  get #terms() {
    return { name: this.#name, ms: this.#leaseMs, isAwaited: this.#maxStalenessMs === undefined };
  }

  /** With `maxStaleness`: all is applied that the log held when that was last asked. */
  #extend() {
    const seen = this.#seen;
    if (this.#maxStalenessMs === undefined || seen === undefined || this.#applied === undefined) return;
    if (compareIds(this.#applied.id, seen.end.id) >= 0) this.#serveUntil(seen, this.#maxStalenessMs);
  }

  /** @param {{ now: bigint, clock: number }} from @param {number} ms */
  #serveUntil(from, ms) {
    if (this.#isClosed) return;
    this.#untilNow = from.now + inNs(ms * CAUTION);
    this.#untilClock = from.clock + ms * CAUTION;
  }

  #stop() {
    this.#untilNow = 0n;
    this.#untilClock = 0;
  }

  /** Reports when the near cache stops to serve, and when it serves again. */
  #reportChange() {
    if (this.#isClosed) return;
    const isCurrent = this.isCurrent(this.#clock(), this.#now());
    const { logger } = this.#context;
    if (this.#wasCurrent === true && !isCurrent) {
      this.counts.lapses += 1;
      const why = this.#lastError || this.#followError;
      logger.warn(
        `the near cache cannot follow the invalidation log and serves nothing${why === "" ? "" : ` (${why})`}; calls go to the backend`,
      );
    }
    if (this.#wasCurrent === false && isCurrent) logger.info("the near cache follows the invalidation log again");
    if (isCurrent || this.#wasCurrent !== undefined) this.#wasCurrent = isCurrent;
  }

  /** The log cannot be read. @param {unknown} error */
  cannotFollow(error) {
    this.#followError = messageOf(error);
    if (this.#joins === 0) this.#failed(error);
  }

  /** @param {unknown} error */
  #failed(error) {
    this.#lastError = messageOf(error);
    if (this.#isClosed) return;
    if (this.#wasCurrent !== undefined) return;
    this.#context.logger.warnOnce("near", `the near cache cannot begin: ${this.#lastError}; calls go to the backend`);
  }
}
