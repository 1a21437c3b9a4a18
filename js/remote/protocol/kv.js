// @ts-check
/**
 * The protocol for Workers KV, which has neither streams nor sets nor any step that is atomic.
 *
 * The log is this isolate's own, so the guarantee holds within the isolate; elsewhere KV's own delay (about a minute)
 * bounds how long a stale value is served. An index is a number of keys, `{index}|{suffix}`, one for each time that a call
 * is stored. An invalidation deletes only those that it has seen, and so never the index of a value stored meanwhile.
 */
import { BackendError } from "../../messages/errors.js";
import { sendAll } from "./bursts.js";
import { indexesOf, isSwept, kindOf } from "./concerns.js";
import { Indexes } from "./indexes.js";
import { OwnLogProtocol } from "./own.js";

/** How many operations on KV one invocation of a Worker may make: https://developers.cloudflare.com/kv/platform/limits/ */
const OPERATIONS = 1000;
/** Those that a call makes besides storing its indexes. */
const OTHER_OPERATIONS = 20;
/** A Worker has six connections, and the rest waits: so many surely have a reply within one time-out. */
const AT_ONCE = 30;

class KVIndexes extends Indexes {
  /** @type {Indexes["add"]} */
  async add(indexes, [member], lifetime) {
    if (indexes.length > OPERATIONS - OTHER_OPERATIONS) {
      throw new BackendError(
        "ERR_CACHEREF_KV_OPERATIONS",
        `a result with ${indexes.length} entities needs more operations than the ${OPERATIONS} that KV allows a Worker`,
      );
    }
    await sendAll(
      this.port,
      indexes.map((index) => ["add-member", [index], [member, lifetime]]),
      AT_ONCE,
    );
  }

  /** @type {Indexes["list"]} */
  async list(index) {
    /** @type {Set<string>} */
    const keys = new Set();
    for await (const entries of this.entries(index)) for (const { member } of entries) keys.add(member);
    return [...keys];
  }

  /**
   * The members of an index, each with the name of its key.
   * @param {string} index
   * @returns {AsyncGenerator<{ name: string, member: string }[]>}
   */
  async *entries(index) {
    let cursor;
    do {
      const page = await this.port.request(["list-members", [index], cursor === undefined ? [] : [cursor]]);
      yield page.members;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
}

export class KVProtocol extends OwnLogProtocol {
  /**
   * @param {import("./plain.js").Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {import("./plain.js").Setting} setting
   * @param {import("./own-log.js").OwnLog} log
   */
  constructor(port, layout, setting, log) {
    const indexes = new KVIndexes(port, layout);
    super(port, layout, setting, log, indexes);
    /** @readonly */
    this.indexes = indexes;
  }

  /** KV does not say whether a deleted key existed, so the keys that were found are counted. @type {OwnLogProtocol["invalidate"]} */
  async invalidate(concerns) {
    await this.append(concerns);
    /** @type {Set<string>} */
    const dropped = new Set();
    const swept = [];
    for (const concern of concerns) {
      const key = this.layout.key(concern);
      for (const index of indexesOf(concern))
        for await (const entries of this.indexes.entries(this.layout.key(index)))
          await this.#dropEntries(entries, dropped);
      if (kindOf(concern) === "call" && (await this.port.request(["get", [key]])) !== null)
        await this.#drop([key], dropped);
      if (isSwept(concern)) swept.push(concern);
    }
    if (swept.length > 0) {
      for await (const { values, indexes } of this.find(swept)) {
        await this.#drop(values, dropped);
        await this.send(indexes.map((name) => ["drop-name", [name]]));
      }
    }
    return dropped.size;
  }

  /** @type {OwnLogProtocol["send"]} */
  send(commands) {
    return sendAll(this.port, commands, AT_ONCE);
  }

  /** KV evicts nothing, so the indexes of a value are always there. @type {OwnLogProtocol["verify"]} */
  verify(key, _concerns, asBytes) {
    return this.port.request(["get", [key]], asBytes);
  }

  /**
   * Values first: if this ends half way, the entries that are left still lead to their values.
   * @param {{ name: string, member: string }[]} entries
   * @param {Set<string>} dropped
   */
  async #dropEntries(entries, dropped) {
    await this.#drop([...new Set(entries.map(({ member }) => member))], dropped);
    await this.send(entries.map(({ name }) => ["drop-name", [name]]));
  }

  /** @param {string[]} keys @param {Set<string>} dropped */
  async #drop(keys, dropped) {
    await this.send(keys.map((key) => ["unlink", [key]]));
    for (const key of keys) dropped.add(key);
  }
}
