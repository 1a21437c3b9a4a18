// @ts-check
/**
 * The protocol for Workers KV, which has neither streams nor sets nor any step that is atomic.
 *
 * The log is this isolate's own, so within an isolate the rule holds; across isolates KV's own delay (about a minute)
 * bounds it. An index is a number of keys, `{index}|{suffix}`, one for each time that a call is stored: an invalidation
 * deletes only those that it has seen, so that it never takes the index of a value that was stored meanwhile.
 */
import { BackendError } from "../../messages/errors.js";
import { OwnLogProtocol } from "./own.js";
import { BURST } from "./plain.js";

/** How many operations on KV one invocation of a Worker may make: https://developers.cloudflare.com/kv/platform/limits/ */
const OPERATIONS = 1000;
/** Those that a call makes besides storing its indexes. */
const OTHER_OPERATIONS = 20;
/** A Worker has six connections, and the rest waits: so many are surely answered within one time-out. */
const AT_ONCE = 30;

export class KVProtocol extends OwnLogProtocol {
  /** @type {OwnLogProtocol["add"]} */
  async add(indexes, [member], lifetime) {
    if (indexes.length > OPERATIONS - OTHER_OPERATIONS) {
      throw new BackendError(
        "ERR_CACHEREF_KV_OPERATIONS",
        `a result with ${indexes.length} entities needs more operations than the ${OPERATIONS} that KV allows a Worker`,
      );
    }
    await this.send(indexes.map((index) => ["add-member", [index], [member, lifetime]]));
  }

  /** How many calls that were: KV does not say whether a key that is deleted was there. @type {OwnLogProtocol["invalidate"]} */
  async invalidate(concerns) {
    for (let from = 0; from < concerns.length; from += BURST) await this.append(concerns.slice(from, from + BURST));
    /** @type {Set<string>} */
    const dropped = new Set();
    const scanned = [];
    for (const concern of concerns) {
      const key = this.layout.key(concern);
      if (concern[0] === "e" || concern[0] === "l") {
        for await (const page of this.#pages(key)) await this.#dropPage(page, dropped);
      } else if (concern[0] === "c") {
        if ((await this.connection.request(["get", [key]])) !== null) await this.#drop([key], dropped);
      } else scanned.push(concern);
    }
    if (scanned.length > 0) {
      for await (const { values, indexes } of this.found(scanned)) {
        await this.#drop(values, dropped);
        await this.send(indexes.map((name) => ["drop-name", [name]]));
      }
    }
    return dropped.size;
  }

  /** @type {OwnLogProtocol["send"]} */
  async send(commands) {
    const replies = [];
    for (let from = 0; from < commands.length; from += AT_ONCE)
      replies.push(...(await super.send(commands.slice(from, from + AT_ONCE))));
    return replies;
  }

  /** KV evicts nothing: what is there is in its indexes. @type {OwnLogProtocol["verify"]} */
  verify(key, _concerns, asBytes) {
    return this.connection.request(["get", [key]], asBytes);
  }

  /** @type {OwnLogProtocol["list"]} */
  async list(index) {
    const keys = new Set();
    for await (const page of this.#pages(index)) for (const { member } of page) keys.add(member);
    return [...keys];
  }

  /** @param {string} index @returns {AsyncGenerator<{ name: string, member: string }[]>} */
  async *#pages(index) {
    let cursor;
    do {
      const page = await this.connection.request(["list-members", [index], cursor === undefined ? [] : [cursor]]);
      yield page.members;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /**
   * Values first: should this end half way, what is left still leads to them.
   * @param {{ name: string, member: string }[]} page
   * @param {Set<string>} dropped
   */
  async #dropPage(page, dropped) {
    await this.#drop([...new Set(page.map(({ member }) => member))], dropped);
    await this.send(page.map(({ name }) => ["drop-name", [name]]));
  }

  /** @param {string[]} keys @param {Set<string>} dropped */
  async #drop(keys, dropped) {
    await this.send(keys.map((key) => ["unlink", [key]]));
    for (const key of keys) dropped.add(key);
  }
}
