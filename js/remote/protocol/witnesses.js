// @ts-check
/**
 * Witnesses of slots, in a Cluster whose keys lie in several: a node that loses its data loses indexes whose values are on
 * other nodes.
 *
 * A slot gets a key beside its first index, the *witness*, and two bits on a map beside the log: one before, one after. They
 * are of one identity of the log, which a recovery changes. Only the process that has set the first bit sets the witness,
 * and nobody lists anything before the second. So a slot with both bits and without a witness has lost its indexes, and
 * everything is dropped. tests/protocol/node_loss.rs has what was tried without.
 *
 * A server that evicts keys without an expiry evicts witnesses too. There only `strict` helps, and nothing is dropped.
 */
import { isError } from "../../boundary/realms.js";
import { isReply, listIn, textOf } from "../connections/reply.js";
import { BURST, sendAll } from "./bursts.js";
import { ARM, ARMED_NOW, MAP } from "./lua.js";
import { isRecovering } from "./stream-log.js";

/** @typedef {import("./log.js").Position} Position */

/** Slots that one script puts on the map. */
const SLOTS_PER_SCRIPT = 500;
/** For so long a process may be between the two bits of a slot. */
const PATIENCE_MS = 1000;

/** What stays of an identity while a recovery ends. @param {Position} position */
const eraOf = ({ identity = "" }) => identity.slice(1);

export class Witnesses {
  #port;
  #layout;
  #log;
  #now;
  /** The slots whose witnesses this process has seen, and the era of the log that these name. */
  #armed = { era: "", slots: new Set() };
  /** What arms a slot at the moment, by era and slot. @type {Map<string, Promise<boolean>>} */
  #underWay = new Map();
  /** Slots that could not be armed, each with the time since which this process knows it. @type {Map<number, number>} */
  #doubts = new Map();
  /** Whether the servers may evict a witness, once they were asked. @type {boolean | undefined} */
  #isEvicted;

  /**
   * @param {import("../connections/connection.js").Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {import("./stream-log.js").StreamLog} log
   * @param {() => number} now milliseconds since the epoch
   */
  constructor(port, layout, log, now) {
    this.#port = port;
    this.#layout = layout;
    this.#log = log;
    this.#now = now;
  }

  /**
   * Sees to it that the slots of indexes have their witnesses, before the indexes are written.
   * @param {string[]} indexes
   * @param {Position} position of the run
   * @returns {Promise<boolean>} false: the value must not be stored
   */
  async arm(indexes, position) {
    const era = eraOf(position);
    // A log that a client without scripts has begun.
    if (era === "") return true;
    const known = era === this.#armed.era ? this.#armed.slots : new Set();
    const slots = this.#slotsOf(indexes).filter((slot) => !known.has(slot));
    // Between the two bits of a slot the other stores of this process wait: else the first calls of many would not be stored.
    const underWay = slots.map((slot) => this.#underWay.get(`${era} ${slot}`));
    const begun = slots.filter((_, i) => underWay[i] === undefined);
    for (let from = 0; from < begun.length; from += SLOTS_PER_SCRIPT)
      underWay.push(this.#begin(begun.slice(from, from + SLOTS_PER_SCRIPT), era));
    return (await Promise.all(underWay)).every((isArmed) => isArmed !== false);
  }

  /** @param {number[]} slots @param {string} era */
  #begin(slots, era) {
    const keys = slots.map((slot) => `${era} ${slot}`);
    const arming = this.#armSome(slots, era).finally(() => {
      for (const key of keys) this.#underWay.delete(key);
    });
    for (const key of keys) this.#underWay.set(key, arming);
    return arming;
  }

  /** @param {number[]} slots @param {string} era */
  async #armSome(slots, era) {
    const port = this.#port;
    const layout = this.#layout;
    const keys = [layout.log, layout.slots];
    const states = listIn(await port.request([ARM, keys, [era, ...slots]]), "the script that arms").map(Number);
    if (states.length === 0) return false;
    const fresh = slots.filter((_, i) => states[i] === 0);
    await sendAll(
      port,
      fresh.map((slot) => ["set", [layout.slotWitness(slot)], [era]]),
    );
    if (fresh.length > 0 && Number(await port.request([ARMED_NOW, keys, [era, ...fresh]])) === 0) return false;
    const lost = await this.#without(
      slots.filter((_, i) => states[i] === 2),
      era,
    );
    const missing = [...slots.filter((_, i) => states[i] === 1), ...lost];
    if (missing.length > 0 && (await this.#mayBeEvicted())) return true;
    if (this.#armed.era !== era) this.#armed = { era, slots: new Set() };
    for (const slot of slots) {
      if (!missing.includes(slot)) {
        this.#armed.slots.add(slot);
        this.#doubts.delete(slot);
      } else if (!this.#doubts.has(slot)) this.#doubts.set(slot, this.#now());
    }
    if (missing.some((slot) => this.#now() - Number(this.#doubts.get(slot)) >= PATIENCE_MS)) {
      this.#doubts.clear();
      this.#log.lose();
    }
    return missing.length === 0;
  }

  /**
   * After an invalidation has read its indexes: whether they were whole.
   * @param {string[]} indexes
   * @param {boolean} isAll whether the indexes of all slots count: it has looked for them by their names
   * @param {Position} position of its entry
   */
  async check(indexes, isAll, position) {
    const era = eraOf(position);
    if (era === "") return;
    // Another process recovers, or has died before the end.
    if (isRecovering(position.identity ?? "") || !(await this.#areWhole(indexes, isAll, position, era)))
      this.#log.lose();
  }

  /** @param {string[]} indexes @param {boolean} isAll @param {Position} position @param {string} era */
  async #areWhole(indexes, isAll, position, era) {
    const missing = await this.#without(this.#slotsOf(indexes), era);
    if (missing.length === 0 && !isAll) return true;
    const { log, slots } = this.#layout;
    const [identity, map] = listIn(await this.#port.request([MAP, [log, slots]]), "the script that reads the map");
    if (textOf(identity) !== position.identity) return false;
    const armed = slotsIn(textOf(map));
    const suspects = isAll ? armed : armed.filter((slot) => missing.includes(slot));
    // Once more: a store may have set the witness since.
    return (await this.#without(suspects, era)).length === 0 || this.#mayBeEvicted();
  }

  async #mayBeEvicted() {
    if (this.#isEvicted === undefined) {
      const info = await this.#port.request(["info", [], ["memory"]]).catch((error) => {
        // A user who may not ask.
        if (isReply(error)) return "";
        throw error;
      });
      this.#isEvicted = /maxmemory_policy:allkeys/.test(String(info));
    }
    return this.#isEvicted;
  }

  /** @param {string[]} indexes */
  #slotsOf(indexes) {
    return [...new Set(indexes.map((index) => this.#layout.slot(index)))];
  }

  /** Those of the slots that have no witness of an era. @param {number[]} slots @param {string} era */
  async #without(slots, era) {
    const missing = [];
    for (let from = 0; from < slots.length; from += BURST) {
      const part = slots.slice(from, from + BURST);
      const found = await this.#port.send(part.map((slot) => ["get", [this.#layout.slotWitness(slot)]]));
      for (const [i, reply] of found.entries()) {
        // What another type is stored under is no witness.
        if (isError(reply) && !reply.message.includes("WRONGTYPE")) throw reply;
        if (isError(reply) || reply === null || reply === undefined || textOf(reply) !== era) missing.push(part[i]);
      }
    }
    return missing;
  }
}

/** The numbers of the bits that are set. @param {string} hexadecimal */
function slotsIn(hexadecimal) {
  const slots = [];
  for (let i = 0; i < hexadecimal.length; i++) {
    const four = Number.parseInt(hexadecimal[i], 16);
    for (let bit = 0; bit < 4; bit++) if (four & (8 >> bit)) slots.push(4 * i + bit);
  }
  return slots;
}
