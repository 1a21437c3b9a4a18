// @ts-check
/**
 * The values that are near: an in-memory store whose calls are known by their cache keys, as the invalidation log names
 * them. What is stale is not kept here.
 */
import { OUTCOME, STATE, STATE_BITS, STATE_MASK, SUSPECTS } from "../boundary/numbers.js";
import { wellFormed } from "../boundary/well-formed.js";
import { Invalidation } from "../memory/invalidation.js";
import { Slots } from "../memory/slots.js";
import { targetOf, withDependents } from "../remote/protocol/concerns.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("../functions/target.js").Target} Target */
/** @typedef {import("../memory/slots.js").Run} Run */
/** @typedef {Pick<import("../remote/store.js").Answer, "result" | "payload">} Given what a caller gets, and its payload if it may be kept */

/**
 * The entity that stands for all of a type, or with "" for all of any type. If a user has a type of this name, more is
 * dropped than must be.
 * @param {string} type
 */
const anyOf = (type) => ({ type: `*${type}`, id: "" });

/** Nobody lists keys of their own in a near cache. */
const NO_SETS = { hasSets: false, dropMembers: () => 0 };

class NearSlots extends Slots {
  /** The names in keys of the functions with a name: several, where one was replaced. @type {Map<string, Set<string>>} */
  named = new Map();
  /** The names in keys of the functions that depend on a type. @type {Map<string, Set<string>>} */
  dependents = new Map();
  /** The types of which entries may hold ids that are not known here. The type "" stands for all. @type {Set<string>} */
  guessed = new Set();

  /** Neither stale windows nor early refreshes are near. @type {Slots["callsOf"]} */
  callsOf(definition) {
    const known = definition.ofStore;
    const calls = super.callsOf(definition);
    if (calls !== known) {
      calls.serveStaleMs = 0;
      calls.earlyMs = 0;
      const name = definition.name + definition.suffix;
      addTo(this.named, definition.name, name);
      for (const type of definition.dependsOn) addTo(this.dependents, type, name);
      if (definition.mayHideIds) for (const type of guessedTypes(definition)) this.guessed.add(type);
    }
    return calls;
  }

  /** A call that joins a run takes its result only if it was stored. @type {Slots["suspectsOf"]} */
  suspectsOf() {
    return SUSPECTS.NONE;
  }

  /**
   * An entry whose copy may hide ids has those that it was stored with. If another process has stored it, nobody knows
   * them here: it has all entities of its types.
   * @param {Run} run
   * @param {Pick<import("../remote/store.js").Answer, "result" | "payload" | "concerns">} loaded
   */
  keepIds(run, loaded) {
    const { definition } = run;
    if (!definition.mayHideIds) super.keepIds(run, loaded);
    else if (loaded.concerns !== undefined) definition.entities.keepKnown(entitiesOf(loaded.concerns));
    else
      definition.entities.keepKnown(
        guessedTypes(definition)
          .map(anyOf)
          .flatMap(({ type, id }) => [type, id]),
      );
  }
}

/** @param {Definition} definition */
const guessedTypes = ({ hasOpenTypes, types }) => (hasOpenTypes ? [""] : types);

/**
 * The entities and lists that concerns name, a type and an id in turn; a list has `null` in place of an id.
 * @param {string[]} concerns
 */
function entitiesOf(concerns) {
  return concerns.map(targetOf).flatMap((target) => {
    if (target.kind === "entity") return [target.type, target.ids[0]];
    return target.kind === "list" ? [target.type, null] : [];
  });
}

/**
 * @param {Map<string, Set<string>>} sets
 * @param {string} key
 * @param {string} member
 */
function addTo(sets, key, member) {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([member]));
  else set.add(member);
}

export class Level {
  #context;
  #invalidation;
  #clock;
  #maxTtlMs;
  #prefix;

  /**
   * @param {import("../functions/context.js").Context} context
   * @param {{ maxEntries: number, maxBytes: number, values: any, maxTtlMs: number }} options
   */
  constructor(context, options) {
    this.#context = context;
    this.#clock = context.clock;
    this.#maxTtlMs = options.maxTtlMs;
    this.#prefix = wellFormed(context.prefix);
    this.slots = new NearSlots(context.core, options);
    this.#invalidation = new Invalidation(context, this.slots, NO_SETS);
  }

  /**
   * Looks up a call: its slot where a value is near, else a run. One that has a promise is under way, and may be joined.
   * Nothing where neither is possible.
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {number} now
   * @returns {number | Run | undefined}
   */
  find(definition, self, args, now) {
    const { slots } = this;
    const calls = slots.callsOf(definition);
    const answer = slots.lookup(calls, definition, self, args, now);
    const slot = answer >>> STATE_BITS;
    switch (answer & STATE_MASK) {
      case STATE.FRESH:
        slots.touch(slot);
        if (calls.isHeatable(args)) calls.heat(slots, args[0], slot);
        return slot;
      case STATE.RUN:
        return slots.begin(slot, definition, self, args, now);
      case STATE.JOIN: {
        const run = slots.running(slot);
        if (run?.promise === undefined) return undefined;
        if (run.isJoinable) return run;
        // It takes too long: another takes its place.
        const anew = slots.refresh(calls, definition, self, args);
        const isBegun = (anew & STATE_MASK) === STATE.RUN;
        return isBegun ? slots.begin(anew >>> STATE_BITS, definition, self, args, now) : undefined;
      }
      default:
        return undefined;
    }
  }

  /**
   * The slot of a call whose value is near, or NONE.
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   */
  peek(definition, self, args) {
    const { slots } = this;
    return slots.peek(slots.callsOf(definition), definition, self, args, this.#clock(), 0);
  }

  /**
   * Ends a run: keeps what it has read, unless an entry since its beginning concerns it. Neither is given if it failed.
   * @param {Run} run
   * @param {import("../remote/store.js").Answer | undefined} loaded what the backend or the function gave
   * @param {Given | undefined} given what the caller gets
   */
  keep(run, loaded, given) {
    const { slots } = this;
    slots.end(run);
    if (run.generation !== this.#context.core.generation) return;
    const now = this.#clock();
    run.isStale = loaded !== undefined && loaded.leftMs < 0;
    if (loaded === undefined || given?.payload === undefined) {
      slots.release(run, now);
      return;
    }
    run.kept = slots.sharesValues ? given.result : given.payload;
    const ttlMs = Math.min(loaded.leftMs - run.definition.earlyMs, this.#maxTtlMs);
    // The time counts from before the read was sent.
    const leftMs = run.startedAt + ttlMs - now;
    if (!(leftMs > 0)) {
      // It is not stored, so nobody has looked whether an invalidation concerns it.
      if (run.epoch !== slots.epoch) run.kept = undefined;
      slots.release(run, now);
      return;
    }
    try {
      const kept = { result: loaded.result, payload: given.payload, ttlMs: leftMs, concerns: loaded.concerns };
      if (slots.commit(run, kept, now, 0) !== OUTCOME.STORED) run.kept = undefined;
    } catch (error) {
      run.kept = undefined;
      if (this.#context.core.isTrap(error)) throw error;
      run.definition.warnOfEntities(error);
      slots.release(run, now);
    }
  }

  /** @param {Target[]} targets */
  drop(targets) {
    return this.#invalidation.drop(targets);
  }

  /** Drops everything. Nothing that is being read now is kept. */
  dropAll() {
    this.drop([{ kind: "all" }]);
  }

  /**
   * Drops what entries of the log concern.
   * @param {string[]} concerns
   */
  apply(concerns) {
    const { slots } = this;
    /** @type {Target[]} */
    const targets = [];
    const dropFunctions = (/** @type {Iterable<string>} */ names) => {
      for (const name of names) targets.push({ kind: "function", name });
    };
    // Not every entry of an invalidation of several steps names its types, and the ids of some entries are not known here.
    for (const concern of slots.guessed.size === 0 ? concerns : withDependents(concerns)) {
      const target = targetOf(concern);
      if (target.kind === "call") slots.dropName(this.#prefix + target.concern, this.#clock());
      // The log names a function without the hash of its text, and so all its versions.
      else if (target.kind === "function") dropFunctions(slots.named.get(target.name) ?? []);
      else if (target.kind === "dependents") {
        dropFunctions(slots.dependents.get(target.type) ?? []);
        for (const guessed of ["", target.type]) {
          const { type, id } = anyOf(guessed);
          if (slots.guessed.has(guessed)) targets.push({ kind: "entity", type, ids: [id] });
        }
      } else targets.push(target);
    }
    this.drop(targets);
  }
}
