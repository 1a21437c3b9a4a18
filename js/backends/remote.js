// @ts-check
/** What the backends that other processes share have in common: a connection, the store over it, and a few commands. */
import { checkPrefix } from "../functions/prefix.js";
import { ConfigError } from "../messages/errors.js";
import { RemoteStore } from "../remote/store.js";
import { openNear } from "./near.js";

export class RemoteBackend {
  /** Tells js/backends/detect.js that there is nothing to adapt, across copies of the package too. @readonly */
  isCacheBackend = true;
  #connection;

  /** @param {import("../remote/connections/connection.js").Connection} connection */
  constructor(connection) {
    this.#connection = connection;
  }

  /** How commands reach the server. */
  get connection() {
    return this.#connection;
  }

  /**
   * The store of one cache.
   * @param {import("../remote/store.js").Context} context
   */
  open(context) {
    if (context.options.broadcast !== undefined)
      throw new ConfigError("ERR_CACHEREF_OPTION", "broadcast is for entries in memory; a shared backend needs none");
    const { keyPrefix } = this.#connection;
    if (keyPrefix !== "")
      checkPrefix(keyPrefix + context.prefix, "the client's keyPrefix and the option prefix together");
    const store = new RemoteStore(context, this.#connection);
    return context.options.near === undefined ? store : openNear(context, store, this.#connection);
  }

  /** @param {string} key @returns {Promise<string | null>} */
  get(key) {
    return this.#connection.request(["get", [key]]);
  }

  /**
   * The keys that match a glob pattern, each once.
   * @param {string} pattern
   * @returns {Promise<string[]>}
   */
  async keys(pattern) {
    /** @type {Set<string>} */
    const keys = new Set();
    for await (const page of this.#connection.scan(pattern)) for (const key of page) keys.add(key);
    return [...keys];
  }
}
