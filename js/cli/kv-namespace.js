// @ts-check
/**
 * A Workers KV namespace, reached from outside of Cloudflare by the REST API
 * (https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/). It has the methods of a `KVNamespace` that
 * `WorkersKVBackend` needs to read and to delete.
 */
import { BackendError } from "../messages/errors.js";

const API = "https://api.cloudflare.com/client/v4";
/** How long one answer may take. */
const PATIENCE_MS = 10_000;

export class RemoteNamespace {
  #base;
  #headers;

  /** @param {{ account: string, namespace: string, token: string, base?: string }} access */
  constructor({ account, namespace, token, base = API }) {
    const path = `accounts/${encodeURIComponent(account)}/storage/kv/namespaces/${encodeURIComponent(namespace)}`;
    this.#base = `${base.replace(/\/+$/, "")}/${path}`;
    this.#headers = { authorization: `Bearer ${token}` };
  }

  /** @param {string} key @param {"text" | "arrayBuffer"} type */
  async get(key, type) {
    const response = await this.#request("GET", `values/${encodeURIComponent(key)}`);
    return response === undefined ? null : response[type]();
  }

  /** @param {string} key @param {"text" | "arrayBuffer"} type */
  async getWithMetadata(key, type) {
    const [value, response] = await Promise.all([
      this.get(key, type),
      this.#request("GET", `metadata/${encodeURIComponent(key)}`),
    ]);
    const { result = null } = response === undefined ? {} : /** @type {any} */ (await response.json());
    return { value, metadata: result };
  }

  /** @param {string} key */
  async delete(key) {
    await this.#request("DELETE", `values/${encodeURIComponent(key)}`);
  }

  /** One page. @param {{ prefix: string, cursor?: string }} what */
  async list({ prefix, cursor }) {
    const query = new URLSearchParams({ prefix, ...(cursor && { cursor }) });
    const response = await this.#request("GET", `keys?${query}`);
    if (response === undefined) throw new BackendError("ERR_CACHEREF_BACKEND", "there is no such KV namespace");
    const { result, result_info: info } = /** @type {any} */ (await response.json());
    // At the end the cursor is empty.
    return { keys: result, list_complete: !info?.cursor, cursor: info?.cursor };
  }

  put() {
    throw new TypeError("the command line stores nothing");
  }

  /**
   * The answer, or `undefined` if there is nothing of that name.
   * @param {string} method
   * @param {string} path
   */
  async #request(method, path) {
    const url = `${this.#base}/${path}`;
    /** @type {Response} */
    let response;
    try {
      response = await fetch(url, { method, headers: this.#headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch (/** @type {any} */ error) {
      const why = error.cause?.message || error.cause?.code || error.message;
      throw new BackendError("ERR_CACHEREF_BACKEND", `no answer from ${new URL(url).host}: ${why}`);
    }
    if (response.ok) return response;
    const { errors } = /** @type {any} */ (await response.json().catch(() => ({})));
    if (response.status === 404) return undefined;
    const why = errors?.[0]?.message ?? response.statusText;
    throw new BackendError("ERR_CACHEREF_BACKEND", `${new URL(url).host} answered ${response.status}: ${why}`);
  }
}
