// @ts-check
/** The invalidation log in a Redis stream, which all processes share. */
import { listIn, textIn, textOf } from "../connections/reply.js";
import { LOG_LENGTH, PAGE, readSince, writeFields } from "./log.js";
import { POSITION, SINCE } from "./lua.js";

/** @typedef {import("./log.js").Log} Log */

/** The id of an entry. */
const ID = /^\d+-\d+$/;

/** @implements {Log} */
export class StreamLog {
  #port;
  #writer;

  /**
   * @param {import("../connections/connection.js").Port} port
   * @param {string} key
   * @param {() => string} writer who writes an entry: different at each call
   */
  constructor(port, key, writer) {
    this.#port = port;
    this.#writer = writer;
    /** The name of the stream. @readonly */
    this.key = key;
  }

  /** @type {Log["position"]} */
  async position() {
    const port = this.#port;
    const by = this.#writer();
    if (port.can.scripts) {
      const [id, writer] = listIn(await port.request([POSITION, [this.key], [by]]), "the position script");
      return { id: textOf(id), by: textOf(writer) };
    }
    const [last] = listIn(await port.request(["xrevrange", [this.key], ["+", "-", "count", 1]]), "XREVRANGE");
    if (last) return { id: textOf(last[0]), by: textOf(last[1][1]) };
    return { id: textIn(await port.request(["xadd", [this.key], ["*", "by", by]]), "XADD", ID), by };
  }

  /** A script where possible: a client that reads from replicas sends XRANGE to one. @type {Log["since"]} */
  async since(position) {
    const port = this.#port;
    const count = PAGE + 1;
    const reply = port.can.scripts
      ? await port.request([SINCE, [this.key], [position.id, count]])
      : await port.request(["xrange", [this.key], [position.id, "+", "count", count]]);
    return readSince(position, listIn(reply, "XRANGE"), count);
  }

  /** @type {Log["append"]} */
  async append(concerns) {
    const fields = this.fields(concerns);
    const words = ["maxlen", "~", LOG_LENGTH, "*", ...fields];
    return { id: textIn(await this.#port.request(["xadd", [this.key], words]), "XADD", ID), by: fields[1] };
  }

  /** The fields of a new entry, for a script that appends it. @param {string[]} concerns */
  fields(concerns) {
    return writeFields(this.#writer(), concerns);
  }
}
