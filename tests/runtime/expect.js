/** What the cases use: the language and nothing of any runtime, nor of a test runner. */

/** @param {unknown} value */
export function show(value) {
  const text = (/** @type {unknown} */ item) => {
    if (typeof item === "string") return JSON.stringify(item);
    if (Array.isArray(item)) return `[${item.map(text).join(", ")}]`;
    if (item !== null && typeof item === "object" && Object.getPrototypeOf(item) === Object.prototype) {
      const fields = Object.entries(item).map(([name, field]) => `${name}: ${text(field)}`);
      return `{ ${fields.sort().join(", ")} }`;
    }
    return Object.is(item, -0) ? "-0" : String(item);
  };
  return text(value);
}

/** @param {unknown} actual @param {unknown} expected @param {string} [what] */
export function equal(actual, expected, what = "value") {
  if (show(actual) !== show(expected)) throw new Error(`${what}: expected ${show(expected)}, got ${show(actual)}`);
}

/** @param {unknown} condition @param {string} what */
export function ok(condition, what) {
  if (!condition) throw new Error(what);
}

/** @param {() => unknown} act @param {string} code @param {RegExp} [message] */
export function refuses(act, code, message = /./) {
  try {
    act();
  } catch (error) {
    equal(error.code, code, "the code of the error");
    equal(error.name, "ConfigError", "the name of the error");
    ok(message.test(error.message), `the message "${error.message}" should match ${message}`);
    return;
  }
  throw new Error("nothing was thrown");
}

/**
 * A function that counts its runs.
 * @template {(...args: any[]) => any} F
 * @param {F} fn
 * @returns {F & { count: number }}
 */
export function counted(fn) {
  const wrapped = function (...args) {
    wrapped.count += 1;
    return fn.apply(this, args);
  };
  wrapped.count = 0;
  return wrapped;
}

/** A promise and what resolves it. */
export function gate() {
  let open;
  const passed = new Promise((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

/** A logger that keeps what it was told. */
export function recorder() {
  const lines = { debug: [], info: [], warn: [], error: [] };
  const logger = Object.fromEntries(
    Object.keys(lines).map((level) => [level, (/** @type {string} */ message) => lines[level].push(message)]),
  );
  return { lines, logger };
}

/** A backend that a user might write: the methods that a backend must have, over two maps, answering later. */
export class MapBackend {
  #values = new Map();
  #sets = new Map();

  async get(key) {
    return this.#values.get(key) ?? null;
  }
  async set(key, value) {
    this.#values.set(key, value);
  }
  async setex(key, _seconds, value) {
    this.#values.set(key, value);
  }
  async delete(...keys) {
    return keys.filter((key) => [this.#values.delete(key), this.#sets.delete(key)].includes(true)).length;
  }
  async keys(pattern) {
    const quoted = pattern.replace(/\\(.)|([*?])|([.+^${}()|\\])/g, (_, escaped, wild, special) =>
      wild ? (wild === "*" ? "[^]*" : "[^]") : `\\u{${(escaped ?? special).codePointAt(0).toString(16)}}`,
    );
    const expression = new RegExp(`^${quoted}$`, "u");
    return [...this.#values.keys(), ...this.#sets.keys()].filter((key) => expression.test(key));
  }
  async sadd(key, ...members) {
    this.#sets.set(key, new Set([...(this.#sets.get(key) ?? []), ...members]));
  }
  async smembers(key) {
    return [...(this.#sets.get(key) ?? [])];
  }
  async expire() {}
}
