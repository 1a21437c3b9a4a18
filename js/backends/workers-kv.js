// @ts-check
/** `WorkersKVBackend`: Redis' commands as methods over a Cloudflare Workers KV namespace, and the store of a cache over it. */
import { KVConnection } from "../remote/connections/kv.js";
import { RemoteBackend } from "./remote.js";

export class WorkersKVBackend extends RemoteBackend {
  /** @param {object} namespace */
  constructor(namespace) {
    super(new KVConnection(namespace));
  }

  /**
   * @param {string} key
   * @param {string | Uint8Array} value
   * @param {number} [expire] seconds; none: no expiry
   */
  async set(key, value, expire) {
    await this.connection.request(["set", [key], expire === undefined ? [value] : [value, "px", expire * 1000]]);
  }

  /**
   * @param {string} key
   * @param {number} seconds
   * @param {string | Uint8Array} value
   */
  setex(key, seconds, value) {
    return this.set(key, value, seconds);
  }

  /** @param {string[]} keys @returns {Promise<number>} how many there were */
  async delete(...keys) {
    let sum = 0;
    for (const key of keys) {
      const members = await this.#members(key);
      const isThere = members.length > 0 || (await this.get(key)) !== null;
      await this.connection.request(["unlink", [key]]);
      await Promise.all(members.map(({ name }) => this.connection.request(["drop-name", [name]])));
      if (isThere) sum += 1;
    }
    return sum;
  }

  /** @param {string} key @param {string[]} members */
  async sadd(key, ...members) {
    await Promise.all(members.map((member) => this.connection.request(["sadd", [key], [member]])));
  }

  /** @param {string} key @returns {Promise<string[]>} */
  async smembers(key) {
    return [...new Set((await this.#members(key)).map(({ member }) => member))];
  }

  /** @param {string} key @param {number} seconds */
  async expire(key, seconds) {
    const value = await this.connection.request(["get", [key]], true);
    if (value !== null) await this.set(key, value, seconds);
    await Promise.all(
      (await this.#members(key)).map(({ name, member }) =>
        this.connection.request(["keep-member", [name], [member, seconds * 1000]]),
      ),
    );
  }

  /** @param {string} key */
  async #members(key) {
    const members = [];
    let cursor;
    do {
      const page = await this.connection.request(["list-members", [key], cursor === undefined ? [] : [cursor]]);
      members.push(...page.members);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return members;
  }
}
