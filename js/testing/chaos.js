// @ts-check
/**
 * A backend, or a client, whose methods fail when and how a test says.
 *
 * It wraps every method that the object has. By name it knows `pipeline` and `execute` only.
 */

/**
 * How a method fails:
 * - `throw`: throws at once
 * - `reject`: returns a promise that rejects
 * - `hang`: does nothing, and never answers
 * - `late`: does its work, and answers when `release()` is called
 * - `lost`: does its work, and then rejects, as if the reply was lost
 * - `garbage`: answers with a text that nobody stored
 * - `type`: answers with a value of another type
 * - `bytes`: does its work, and answers with bytes in place of text
 * @typedef {"throw" | "reject" | "hang" | "late" | "lost" | "garbage" | "type" | "bytes"} Failure
 */

/** @type {Failure[]} */
export const FAILURES = ["throw", "reject", "hang", "late", "lost", "garbage", "type", "bytes"];

/**
 * @param {object} target the backend or client behind it
 * @returns {any}
 */
export function chaosBackend(target) {
  /** @type {Map<string, { failure: Failure, times: number }>} */
  const failing = new Map();
  /** @type {{ method: string, args: unknown[] }[]} */
  const calls = [];
  /** @type {(() => void)[]} */
  let waiting = [];

  /** The failure of the next call of `method`, if one is planned. @param {string} method */
  function next(method) {
    for (const name of [method, "*"]) {
      const planned = failing.get(name);
      if (planned === undefined) continue;
      planned.times -= 1;
      if (planned.times <= 0) failing.delete(name);
      return planned.failure;
    }
    return undefined;
  }

  /**
   * @param {string} method
   * @param {() => any} call
   * @returns {any}
   */
  function answer(method, call) {
    const error = () => new Error(`chaos: ${method} failed`);
    switch (next(method)) {
      case undefined:
        return call();
      case "throw":
        throw error();
      case "reject":
        return Promise.reject(error());
      case "hang":
        return new Promise(() => {});
      case "late": {
        const reply = call();
        return new Promise((resolve) => waiting.push(() => resolve(reply)));
      }
      case "lost":
        return Promise.resolve(call()).then(() => Promise.reject(error()));
      case "garbage":
        return Promise.resolve('{"chaos":');
      case "type":
        return Promise.resolve({ chaos: [method] });
      case "bytes":
        return Promise.resolve(call()).then(toBytes);
    }
  }

  const chaos = {
    /** The calls so far, in order. */
    calls,

    /**
     * From now on `method` fails in this way, for this many calls. `"*"` is every method.
     * @param {string} method
     * @param {Failure} failure
     * @param {number} [times] default: until `heal()`
     */
    fail(method, failure, times = Number.POSITIVE_INFINITY) {
      if (!FAILURES.includes(failure))
        throw new Error(`there is no failure "${failure}"; there is ${FAILURES.join(", ")}`);
      if (times > 0) failing.set(method, { failure, times });
    },

    /** From now on nothing fails. Late answers still wait for `release()`. */
    heal() {
      failing.clear();
    },

    /** Gives all late answers. */
    release() {
      const answers = waiting;
      waiting = [];
      for (const give of answers) give();
    },
  };

  /**
   * @param {any} object
   * @param {boolean} isPipeline
   * @returns {any}
   */
  function wrap(object, isPipeline) {
    return new Proxy(object, {
      get(_, name, proxy) {
        if (name === "chaos" && !isPipeline) return chaos;
        const value = object[name];
        if (typeof value !== "function" || typeof name !== "string" || name === "constructor") return value;
        return (/** @type {unknown[]} */ ...args) => {
          calls.push({ method: name, args });
          const call = () => value.apply(object, args);
          if (isPipeline && name !== "execute") {
            const reply = call();
            return reply === object ? proxy : reply;
          }
          const reply = answer(name, call);
          return name === "pipeline" && typeof reply?.then !== "function" ? wrap(reply, true) : reply;
        };
      },
      // The library would recognise the object's class and not call its methods.
      getPrototypeOf: () => Object.prototype,
    });
  }

  return wrap(target, false);
}

const encoder = new TextEncoder();

/**
 * @param {any} reply
 * @returns {any}
 */
function toBytes(reply) {
  if (typeof reply === "string") return encoder.encode(reply);
  return Array.isArray(reply) || reply instanceof Set ? [...reply].map(toBytes) : reply;
}
