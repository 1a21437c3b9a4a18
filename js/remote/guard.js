// @ts-check
/**
 * The one place where a backend is called. Each operation has a time-out. After several failures in a row the breaker
 * opens: no operation is tried for a while, and then one, to see whether the backend answers again.
 *
 * A client may queue commands while its server is away, and answer minutes later or never. The call does not wait for
 * that, and a late reply is dropped. What a failure means for a call is decided in js/remote/store.js.
 */
import { isError } from "../boundary/realms.js";
import { BackendError } from "../messages/errors.js";
import { OwnTimers, SharedTimer } from "./time-limit.js";

/** @typedef {import("./connections/connection.js").Port} Port */
/** @typedef {"closed" | "open" | "half-open"} State */

const hasNotFailed = () => false;

/** @implements {Port} */
export class Guard {
  #connection;
  #timeoutMs;
  /** @type {import("./time-limit.js").TimeLimit} */
  #timeLimit;
  #breaker;
  #clock;
  #onState;
  #failures = 0;
  #openUntil = 0;
  /** @type {State} */
  #state = "closed";

  /**
   * @param {import("./connections/connection.js").Connection} connection
   * @param {{ operationTimeout: number, breaker: { failures: number, cooldown: number }, clock: () => number }} options
   * @param {(state: State) => void} onState called whenever the breaker opens, half opens or closes
   */
  constructor(connection, { operationTimeout, breaker, clock }, onState) {
    this.#connection = connection;
    this.#timeoutMs = operationTimeout;
    this.#timeLimit = connection.hasSocket ? new SharedTimer(operationTimeout) : new OwnTimers(operationTimeout);
    this.#breaker = breaker;
    this.#clock = clock;
    this.#onState = onState;
    /** The very object of the connection. @readonly */
    this.can = connection.can;
  }

  /** Whether operations are refused now. */
  get isOpen() {
    return this.#state === "half-open" || (this.#state === "open" && this.#clock() < this.#openUntil);
  }

  /** @type {Port["request"]} */
  request(command, asBytes) {
    return this.#run(() => this.#connection.request(command, asBytes), hasNotFailed);
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
      (replies) => replies.some((reply) => isError(reply)),
    );
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
    if (this.isOpen)
      return Promise.reject(
        new BackendError("ERR_CACHEREF_BREAKER", "the backend is skipped: its last operations failed"),
      );
    if (this.#state === "open") this.#become("half-open");
    return new Promise((resolve, reject) => {
      const timeLimit = this.#timeLimit;
      const limited = timeLimit.begin(() => {
        this.#failed();
        reject(new BackendError("ERR_CACHEREF_TIMEOUT", `the backend did not answer within ${this.#timeoutMs} ms`));
      });
      const fail = (/** @type {unknown} */ error) => {
        if (!timeLimit.end(limited)) return;
        this.#failed();
        reject(error);
      };
      const succeed = (/** @type {T} */ reply) => {
        if (!timeLimit.end(limited)) return;
        if (hasFailed(reply)) this.#failed();
        else this.#succeeded();
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

  #failed() {
    this.#failures += 1;
    if (this.#state === "half-open" || (this.#state === "closed" && this.#failures >= this.#breaker.failures)) {
      this.#openUntil = this.#clock() + this.#breaker.cooldown;
      this.#become("open");
    }
  }

  /** @param {State} state */
  #become(state) {
    this.#state = state;
    this.#onState(state);
  }
}
