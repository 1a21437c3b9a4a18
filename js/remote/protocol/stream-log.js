// @ts-check
/**
 * The invalidation log in a Redis stream, which all processes share.
 *
 * Every entry carries the identity of the log. This process remembers the last entry that it has seen. Where that entry is
 * missing and was not trimmed, the server has lost data, and may serve values that were invalidated: `isLost`.
 */
import { listIn, textIn, textOf } from "../connections/reply.js";
import { EVERYTHING } from "./concerns.js";
import { compareIds, LOG_LENGTH, PAGE, readSince, writeFields } from "./log.js";
import { APPEND, BEGIN_RECOVERY, END_RECOVERY, POSITION, SINCE } from "./lua.js";
import { repaired } from "./repair.js";

/** @typedef {import("./log.js").Log} Log */
/** @typedef {import("./log.js").Position} Position */
/** @typedef {Position & { identity: string }} Seen */

/** An entry to be written by a script. Its writer is the first word. `age` says which log it was meant for. @typedef {{ words: string[], age: number }} NewEntry */

/** The id of an entry. */
const ID = /^\d+-\d+$/;
/** Identities of logs that are remembered: each recovery makes one. */
const MOST_IDENTITIES = 1000;

/** @implements {Log} */
export class StreamLog {
  #port;
  #layout;
  #writer;
  /** @type {Seen} */
  #seen = { id: "", by: "", identity: "" };
  /** The identities that this process knows. @type {Set<string>} */
  #known = new Set();
  /** How often the log was lost. A reply to an earlier question says nothing new. */
  age = 0;
  /** Whether the server has lost data, and nobody has recovered from it yet. */
  isLost = false;
  /** Called when data are found to be lost: the log's, or those of another node. @type {(what: "log" | "node", isNew: boolean) => void} */
  onLost = () => {};

  /**
   * @param {import("../connections/connection.js").Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {() => string} writer who writes an entry: different at each call
   */
  constructor(port, layout, writer) {
    this.#port = port;
    this.#layout = layout;
    this.#writer = writer;
    /** The name of the stream. @readonly */
    this.key = layout.log;
  }

  /** @type {Log["position"]} */
  async position() {
    const port = this.#port;
    if (port.can.scripts) {
      const entry = this.entry([]);
      return this.noteReply(
        entry,
        listIn(await port.request([POSITION, [this.key], entry.words]), "the position script"),
      );
    }
    const [last] = listIn(await repaired(port, ["xrevrange", [this.key], ["+", "-", "count", 1]]), "XREVRANGE");
    return last ? { id: textOf(last[0]), by: textOf(last[1][1]) } : this.#appendWithoutScript([]);
  }

  /** A script where possible: a client that reads from replicas sends XRANGE to one. @type {Log["since"]} */
  async since(position) {
    const port = this.#port;
    const count = PAGE + 1;
    const reply = port.can.scripts
      ? await port.request([SINCE, [this.key], [position.id, position.by, count]])
      : await repaired(port, ["xrange", [this.key], [position.id, "+", "count", count]]);
    return readSince(position, listIn(reply, "XRANGE"), count);
  }

  /** @type {Log["append"]} */
  append(concerns) {
    return this.#port.can.scripts
      ? this.#append(this.entry(concerns), "", concerns)
      : this.#appendWithoutScript(concerns);
  }

  /**
   * Gives the log a new identity: everything that a lost log may have concerned is dropped. Others see by it that somebody
   * has recovered.
   * @param {number} age of the log when that began
   */
  async renew(age) {
    const entry = this.entry([]);
    if (this.#port.can.scripts) await this.#append(entry, `r${entry.words[0]}`, []);
    if (this.age === age) this.isLost = false;
  }

  /** Says that a node of a Cluster has lost indexes whose values are elsewhere. */
  lose() {
    this.age += 1;
    const isNew = !this.isLost;
    this.isLost = true;
    this.onLost("node", isNew);
  }

  /**
   * Begins a recovery in a Cluster of several slots: a new identity, which says that not everything is dropped yet, and no
   * slot has a witness. One that has begun and not ended is gone on with.
   * @returns {Promise<string>} the identity
   */
  async beginRecovery() {
    const entry = this.entry([EVERYTHING]);
    const { log, slots } = this.#layout;
    const keys = [log, this.#layout.besideLog(), slots];
    const reply = listIn(await this.#port.request([BEGIN_RECOVERY, keys, entry.words]), "the script that recovers");
    this.noteReply(entry, reply);
    return textOf(reply[2]);
  }

  /**
   * Ends a recovery: everything is dropped. Nothing has ended if another one has begun meanwhile.
   * @param {number} age of the log when it began
   * @param {string} identity
   */
  async endRecovery(age, identity) {
    const entry = this.entry([]);
    const keys = [this.key, this.#layout.besideLog()];
    const words = [...entry.words, identity];
    const reply = listIn(await this.#port.request([END_RECOVERY, keys, words]), "the script that recovers");
    this.noteReply(entry, reply);
    if (this.age === age && textOf(reply[2]) === recovered(identity)) this.isLost = false;
  }

  /**
   * What a script needs that reads the end of the log, and writes an entry: the words of POSITION, and the pairs.
   * @param {string[]} concerns
   * @returns {NewEntry}
   */
  entry(concerns) {
    const by = this.#writer();
    const { id, by: writer, identity } = this.#seen;
    return { words: [by, id, writer, identity, ...pairsOf(concerns)], age: this.age };
  }

  /**
   * Remembers what such a script has answered.
   * @param {NewEntry} entry
   * @param {any[]} reply id, writer, identity, state
   */
  noteReply(entry, reply) {
    return this.note(entry, textOf(reply[0]), textOf(reply[1]), textOf(reply[2]), textOf(reply[3]));
  }

  /**
   * Remembers its own entry.
   * @param {NewEntry} entry
   * @param {string} text id, identity and state
   * @returns {string} the id
   */
  noteText(entry, text) {
    const idEnd = text.indexOf(" ");
    const identityEnd = text.indexOf(" ", idEnd + 1);
    const id = text.slice(0, idEnd);
    this.note(entry, id, entry.words[0], text.slice(idEnd + 1, identityEnd), text.slice(identityEnd + 1));
    return id;
  }

  /**
   * @param {NewEntry} entry
   * @param {string} id
   * @param {string} by
   * @param {string} identity
   * @param {string} state
   * @returns {Position}
   */
  note(entry, id, by, identity, state) {
    const isKnown = this.#known.has(identity);
    if (!isKnown) {
      if (this.#known.size >= MOST_IDENTITIES) this.#known.clear();
      this.#known.add(identity);
    }
    if (state === "lost") {
      if (entry.age === this.age) {
        this.age += 1;
        this.#seen = { id, by, identity };
        // An unknown identity that begins so is of somebody who has recovered.
        if (isKnown || !identity.startsWith("r")) {
          this.isLost = true;
          this.onLost("log", true);
        }
      }
    } else if (entry.age === this.age && id !== this.#seen.id && compareIds(id, this.#seen.id) > 0)
      this.#seen = { id, by, identity };
    return { id, by, identity };
  }

  /** @param {NewEntry} entry @param {string} identity @param {string[]} concerns */
  async #append(entry, identity, concerns) {
    const words = [...entry.words.slice(0, 4), identity, ...pairsOf(concerns)];
    const reply = await this.#port.request([APPEND, [this.key, this.#layout.besideLog()], words]);
    return this.noteReply(entry, listIn(reply, "the script that appends"));
  }

  /** @param {string[]} concerns @returns {Promise<Position>} */
  async #appendWithoutScript(concerns) {
    const by = this.#writer();
    const words = ["maxlen", "~", LOG_LENGTH, "*", ...writeFields(by, this.#seen.identity, pairsOf(concerns))];
    return { id: textIn(await repaired(this.#port, ["xadd", [this.key], words]), "XADD", ID), by };
  }
}

/**
 * How the identity of a log begins: `n` for a new one, `b` while a recovery goes on in a Cluster of several slots, `r` when
 * one has ended. What follows stays the same from `b` to `r`.
 */
export const isRecovering = (/** @type {string} */ identity) => identity.startsWith("b");
const recovered = (/** @type {string} */ identity) => `r${identity.slice(1)}`;

/** The concerns as the fields of an entry: a kind and a name each. @param {string[]} concerns */
const pairsOf = (concerns) => concerns.flatMap((concern) => [concern.slice(0, 1), concern.slice(2)]);
