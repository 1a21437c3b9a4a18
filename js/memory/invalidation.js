// @ts-check
/** Drops what an invalidation concerns from the entries in memory. */
import { wellFormed } from "../boundary/well-formed.js";

/** @typedef {import("./slots.js").Slots} Slots */
/** @typedef {import("../functions/target.js").Target} Target */

/**
 * The sets that were made by hand: users may list keys of their own in an index.
 * @typedef {object} ByHandSets
 * @property {boolean} hasSets whether there are any
 * @property {(index: string) => number} dropMembers drops the set under a key and the keys that it lists; returns their number
 */

export class Invalidation {
  #slots;
  #byHand;
  #prefix;
  #clock;

  /**
   * @param {import("../functions/context.js").Context} context
   * @param {Slots} slots
   * @param {ByHandSets} byHand
   */
  constructor(context, slots, byHand) {
    this.#slots = slots;
    this.#byHand = byHand;
    this.#prefix = wellFormed(context.prefix);
    this.#clock = context.clock;
  }

  /**
   * Drops what the targets concern, and returns how many entries that were.
   * @param {Target[]} targets
   */
  drop(targets) {
    const slots = this.#slots;
    slots.epoch += 1;
    slots.waiting = undefined;
    let count = 0;
    for (const target of targets) count += this.#drop(target);
    slots.forget();
    slots.soften(true);
    slots.watchers?.invalidated();
    return count;
  }

  /**
   * @param {Target} target
   * @returns {number}
   */
  #drop(target) {
    const slots = this.#slots;
    const prefix = this.#prefix;
    const now = this.#clock();
    switch (target.kind) {
      case "entity": {
        const type = wellFormed(target.type);
        let count = 0;
        for (const given of target.ids) {
          const id = wellFormed(given);
          count += slots.dropEntity(prefix, type, id, target.isSoft === true, now);
          count += this.#dropMembers(`e:${type}:${id}`);
        }
        return count;
      }
      case "list": {
        const type = wellFormed(target.type);
        return slots.dropLists(prefix, type, target.isSoft === true, now) + this.#dropMembers(`l:${type}`);
      }
      case "type": {
        const type = wellFormed(target.type);
        return (
          slots.dropType(prefix, type, target.isSoft === true, now) +
          this.#dropMembers(`l:${type}`) +
          this.#dropMembers(`t:${type}`)
        );
      }
      case "function":
        return slots.dropFunction(prefix, wellFormed(target.name), now);
      case "key":
        return slots.dropCall(target, now);
      case "all":
        return slots.dropAll(prefix, now);
    }
  }

  /**
   * Drops what was added by hand to an index.
   * @param {string} index its name without the prefix
   */
  #dropMembers(index) {
    if (!this.#byHand.hasSets) return 0;
    this.#slots.forget();
    return this.#byHand.dropMembers(this.#prefix + index);
  }
}
