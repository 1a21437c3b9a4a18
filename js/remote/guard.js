// @ts-check
/**
 * The one place where a backend is called. Each operation has a time-out. After several failures in a row the breaker
 * opens: no operation is tried for a while, and then one, to see whether the backend answers again. Invalidations are tried
 * all the same. An error that a server replies with is no failure: the server is there.
 *
 * A client may queue commands while its server is away, and answer minutes later or never. The call does not wait for
 * that, and a late reply is dropped. What a failure means for a call is decided in js/remote/store.js.
 */
import { isError } from "../boundary/realms.js";
import { BackendError } from "../messages/errors.js";
import { isReply } from "./connections/reply.js";
import { OwnTimers, SharedTimer } from "./time-limit.js";

/** @typedef {import("./connections/connection.js").Port} Port */
/** @typedef {"closed" | "open" | "half-open"} State */

/** Time-outs that lie closer together come from one moment. */
const MOMENT_MS = 1;

const hasNotFailed = () => false;

/** @implements {Port} */
export class Guard {
  #connection;
  #timeoutMs;
  /** @type {import("./time-limit.js").TimeLimit} */
  #timeLimit;
  #breaker;
  #now;
  #onState;
  #failures = 0;
  /** How often an operation has failed or timed out: each time the server may have been away. */
  failuresEver = 0;
  #openUntil = 0;
  /** How many invalidations are under way. */
  #insisting = 0;
  /** The moment of the last time-out. */
  #timedOutAt = Number.NEGATIVE_INFINITY;
  /** @type {State} */
  #state = "closed";

  /**
   * @param {import("./connections/connection.js").Connection} connection
   * @param {{ operationTimeout: number, breaker: { failures: number, cooldown: number } }} options
   * @param {() => number} now milliseconds of a monotonic clock
   * @param {(state: State) => void} onState called whenever the breaker opens, half opens or closes
   */
  constructor(connection, { operationTimeout, breaker }, now, onState) {
    this.#connection = connection;
    this.#timeoutMs = operationTimeout;
    this.#timeLimit = connection.hasSocket ? new SharedTimer(operationTimeout) : new OwnTimers(operationTimeout);
    this.#breaker = breaker;
    this.#now = now;
    this.#onState = onState;
    /** The very object of the connection. @readonly */
    this.can = connection.can;
  }

  /** Whether operations are refused now. */
  get isOpen() {
    return this.#state === "half-open" || (this.#state === "open" && this.#now() < this.#openUntil);
  }

  /**
   * Does work whose operations are tried even while the breaker is open.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async insist(work) {
    this.#insisting += 1;
    try {
      return await work();
    } finally {
      this.#insisting -= 1;
    }
  }

  /** @type {Port["request"]} */
  request(command, asBytes) {
    return this.#run(() => this.#connection.request(command, asBytes), hasNotFailed);
  }

  /**
   * A request of work in the background that goes on by itself. The breaker is for calls: it neither refuses nor counts it.
   * @type {Port["request"]}
   */
  aside(command) {
    return this.#limited(() => this.#connection.request(command), hasNotFailed, false);
  }

  /** @type {Port["follow"]} */
  follow(command) {
    // A command that the breaker refuses has no effect.
    let settled = Promise.resolve(false);
    const reply = this.#run(() => {
      const followed = this.#connection.follow(command);
      settled = followed.settled;
      return followed.reply;
    }, hasNotFailed);
    return { reply, settled };
  }

  /** @type {Port["send"]} */
  send(commands) {
    return this.#run(
      () => this.#connection.send(commands),
      (replies) => replies.some((reply) => isError(reply) && !isReply(reply)),
    );
  }

  /** @type {Port["topology"]} */
  topology() {
    return this.#run(() => this.#connection.topology(), hasNotFailed);
  }

  /** @type {Port["scan"]} */
  async *scan(pattern) {
    const pages = this.#connection.scan(pattern);
    for (;;) {
      const page = await this.#run(() => pages.next(), hasNotFailed);
      if (page.done) return;
      yield page.value;
    }
  }

  /**
   * @template T
   * @param {() => Promise<T>} operation
   * @param {(reply: T) => boolean} hasFailed whether a reply contains a failure
   * @returns {Promise<T>}
   */
  #run(operation, hasFailed) {
    const { isOpen } = this;
    if (isOpen && this.#insisting === 0)
      return Promise.reject(
        new BackendError("ERR_CACHEREF_BREAKER", "the backend is skipped: its last operations failed"),
      );
    if (this.#state === "open" && !isOpen) this.#become("half-open");
    return this.#limited(operation, hasFailed, true);
  }

  /**
   * @template T
   * @param {() => Promise<T>} operation
   * @param {(reply: T) => boolean} hasFailed
   * @param {boolean} isCounted whether the breaker counts its success or failure
   * @returns {Promise<T>}
   */
  #limited(operation, hasFailed, isCounted) {
    return new Promise((resolve, reject) => {
      const timeLimit = this.#timeLimit;
      const limited = timeLimit.begin(() => {
        if (isCounted) this.#timedOut();
        else this.#failed(false);
        reject(new BackendError("ERR_CACHEREF_TIMEOUT", `the backend did not answer within ${this.#timeoutMs} ms`));
      });
      const fail = (/** @type {unknown} */ error) => {
        if (!timeLimit.end(limited)) return;
        if (!isReply(error)) this.#failed(isCounted);
        else if (isCounted) this.#succeeded();
        reject(error);
      };
      const succeed = (/** @type {T} */ reply) => {
        if (!timeLimit.end(limited)) return;
        if (hasFailed(reply)) this.#failed(isCounted);
        else if (isCounted) this.#succeeded();
        resolve(reply);
      };
      try {
        // A custom backend may answer at once, or with a thenable of its own.
        Promise.resolve(operation()).then(succeed, fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  #succeeded() {
    this.#failures = 0;
    if (this.#state !== "closed") this.#become("closed");
  }

  /** Operations that run out of time in one moment are one failure: it may be this process that stood still. */
  #timedOut() {
    const now = this.#now();
    const isSameMoment = now - this.#timedOutAt < MOMENT_MS;
    this.#timedOutAt = now;
    this.#failed(!isSameMoment);
  }

  /** @param {boolean} isCounted */
  #failed(isCounted) {
    this.failuresEver += 1;
    if (!isCounted) return;
    this.#failures += 1;
    if (this.#state === "half-open" || (this.#state === "closed" && this.#failures >= this.#breaker.failures)) {
      this.#openUntil = this.#now() + this.#breaker.cooldown;
      this.#become("open");
    }
  }

  /** @param {State} state */
  #become(state) {
    this.#state = state;
    this.#onState(state);
  }
}
