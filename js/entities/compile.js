// @ts-check
/**
 * Compiles entity rules to an automaton that follows a result down and finds the ids in it.
 *
 * A state stands for one node of the result. It says whether a scalar there is an id, which members of an object are
 * read, and in which states the members and elements are. For example, the rule `$.items[*].id` of the type 0:
 *
 *     state 1 (root)   { "items": ... }   member "items" is in state 2
 *     state 2          [ ..., ... ]       every element is in state 3
 *     state 3          { "id": ... }      member "id": a scalar there is an id of type 0
 *     state 0 (DEAD)   anything else      nothing can be found
 *
 * It is the subset construction over the places in the rules. A place is a rule and the number of steps of its path that
 * are done; a state is the set of places that one node can have. For `$.a.id` and `$.*.name`:
 *
 *     root            places (rule 0, step 0) (rule 1, step 0)
 *     its member "a"  places (rule 0, step 1) (rule 1, step 1)     reads "id" and "name"
 *     any other       places                  (rule 1, step 1)     reads "name"
 *
 * Two run it and find the same ids: js/entities/walk.js over live objects, and src/entities/scan.rs over text. The core
 * reads the properties of these objects by position (src/entities/matcher.rs): their order counts.
 */
import { DEAD } from "../boundary/numbers.js";
import { ConfigError } from "../messages/errors.js";
import { indexOf } from "./paths.js";

/** @typedef {import("./paths.js").Selector} Selector */
/** @typedef {import("./paths.js").Slice} Slice */

/**
 * @typedef {{ states: CompiledState[], root: number }} Compiled
 *
 * @typedef {object} CompiledState
 * @property {number[]} entities the types that a scalar is an id of
 * @property {Member[]} members that matter by name
 * @property {CompiledRecord[]} records the ids that several members make
 * @property {number} slots how many members the records need
 * @property {number} other the state of all other members
 * @property {{ slices: Slice[], next: [set: number, state: number][] }} elements the state of an element, by the set of
 *   slices that select it
 *
 * @typedef {object} Member
 * @property {string} name
 * @property {number[]} entities the types that its value, if a scalar, is an id of
 * @property {number | null} slot the place at which a record needs it
 * @property {number} next the state of its value
 *
 * @typedef {object} CompiledRecord an id made of members
 * @property {number | null} entity the type; `null` if the first slot holds its name
 * @property {number[]} slots
 * @property {boolean} isList whether it makes no id of its one slot, but says that an array or `null` is there
 */

/**
 * A rule, which says of a node at a step what is taken there and at which steps the nodes below are.
 * @typedef {object} Rule
 * @property {(step: number, state: CompiledState) => void} take
 * @property {(step: number, isSelected: (selector: Selector) => boolean) => number[]} below the steps of a child;
 *   `isSelected` says which selectors select it
 * @property {(step: number) => number[]} [elements] the steps of all elements of an array
 * @property {(step: number) => Slice[]} [slices] those that select elements
 */

/**
 * The most states. The rules that people write need a dozen. Each step of `$..*.*.*.*` and the like doubles the number, so
 * it must be bounded.
 */
const MOST_STATES = 1024;
/** The sets of slices are bits of a number. */
const MOST_SLICES = 32;

const isWildcard = (/** @type {Selector} */ selector) => selector === null;

/**
 * The rule for an entity that is the result or its elements: the id itself, or an object with these fields.
 * @param {number} entity
 * @param {string[]} fields
 * @returns {Rule}
 */
export const fieldsRule = (entity, fields) => ({
  take(_, state) {
    addNew(state.entities, entity);
    addRecord(state, entity, fields);
  },
  below: () => [],
  elements: (step) => (step === 0 ? [1] : []),
});

/**
 * The rule for the objects in a field of the result: in an array, or the one that is there.
 * @param {number} entity
 * @param {number} list what a record says that finds an array or `null` in the field
 * @param {string[]} names of the field; of `edges[*].node` the name in the elements too
 * @param {string[]} fields
 * @returns {Rule}
 */
export function pageRule(entity, list, names, fields) {
  // The name of the field is looked for at step 0, and the name in its elements at step 2. Step 1 is the field's value.
  const nameAt = (/** @type {number} */ step) => names[step / 2];
  return {
    take(step, state) {
      const name = nameAt(step);
      if (name === undefined) {
        if (step + 1 >= 2 * names.length) addRecord(state, entity, fields);
        return;
      }
      memberOf(state, name);
      if (step === 0) addNew(state.records, { entity: list, slots: [slotOf(state, name)], isList: true });
    },
    below: (step, isSelected) => (nameAt(step) !== undefined && isSelected(nameAt(step)) ? [step + 1] : []),
    elements: (step) => (step === 1 ? [2] : []),
  };
}

/**
 * The rule for every object, at any depth, that names its type.
 * @param {string} typeField
 * @param {string} idField
 * @returns {Rule}
 */
export const autoRule = (typeField, idField) => ({
  take: (_, state) => addRecord(state, null, [typeField, idField]),
  below: (step) => [step],
});

/**
 * The rule for the scalars that a path selects.
 * @param {number} entity
 * @param {import("./paths.js").Segment[]} segments
 * @returns {Rule}
 */
export function pathRule(entity, segments) {
  const selectorsAt = (/** @type {number} */ step) => segments[step]?.selectors ?? [];
  const isLast = (/** @type {number} */ step) => step + 1 === segments.length;
  return {
    take(step, state) {
      if (step === segments.length) addNew(state.entities, entity);
      for (const selector of selectorsAt(step)) {
        if (typeof selector !== "string") continue;
        if (isLast(step)) addRecord(state, entity, [selector]);
        else memberOf(state, selector);
      }
    },
    below(step, isSelected) {
      const steps = segments[step]?.isDescendant ? [step] : [];
      // A name at the end of a path needs no place of its own: its value is read with its object.
      const leadsOn = (/** @type {Selector} */ selector) => !(isLast(step) && typeof selector === "string");
      if (selectorsAt(step).some((selector) => leadsOn(selector) && isSelected(selector))) steps.push(step + 1);
      return steps;
    },
    slices: (step) => selectorsAt(step).filter((selector) => selector !== null && typeof selector === "object"),
  };
}

/**
 * @param {Rule[]} rules
 * @returns {Compiled}
 */
export function compile(rules) {
  /** The set of places of each state. @type {[rule: number, step: number][][]} */
  const sets = [];
  /** The number of the state of a set. @type {Map<string, number>} */
  const numbers = new Map();

  numberOf([]);
  const root = numberOf(rules.map((_, rule) => [rule, 0]));
  /** @type {CompiledState[]} */
  const states = [];
  for (const places of sets) states.push(stateOf(places));
  for (const { members } of states) {
    for (const { entities, next } of members) for (const entity of states[next].entities) addNew(entities, entity);
  }
  return { states, root };

  /**
   * The number of the state for a set of places. A new set gets the next number.
   * @param {[number, number][]} places
   */
  function numberOf(places) {
    places.sort(([rule, step], [otherRule, otherStep]) => rule - otherRule || step - otherStep);
    const distinct = places.filter((place, index) => index === 0 || String(place) !== String(places[index - 1]));
    const key = distinct.join(" ");
    let number = numbers.get(key);
    if (number === undefined) {
      number = sets.length;
      if (number >= MOST_STATES) refuseNumber();
      numbers.set(key, number);
      sets.push(distinct);
    }
    return number;
  }

  /**
   * @param {[number, number][]} places
   * @returns {CompiledState}
   */
  function stateOf(places) {
    /** @type {CompiledState} */
    const state = { entities: [], members: [], records: [], slots: 0, other: DEAD, elements: { slices: [], next: [] } };
    for (const [rule, step] of places) rules[rule].take(step, state);
    for (const member of state.members)
      member.next = numberOf(below(places, (selector) => selector === null || selector === member.name));
    state.other = numberOf(below(places, isWildcard));
    const { slices, next } = state.elements;
    for (const [rule, step] of places) for (const slice of rules[rule].slices?.(step) ?? []) addNew(slices, slice);
    for (const set of setsThatMeet(slices)) {
      const isInSet = (/** @type {Selector} */ selector) =>
        selector !== null && typeof selector === "object" && ((set >>> placeOf(slices, selector)) & 1) === 1;
      const found = below(places, (selector) => selector === null || isInSet(selector));
      for (const [rule, step] of places)
        for (const inner of rules[rule].elements?.(step) ?? []) found.push([rule, inner]);
      next.push([set, numberOf(found)]);
    }
    return state;
  }

  /**
   * The places of a child.
   * @param {[number, number][]} places
   * @param {(selector: Selector) => boolean} isSelected
   */
  function below(places, isSelected) {
    return places.flatMap(([rule, step]) =>
      rules[rule].below(step, isSelected).map((inner) => /** @type {[number, number]} */ ([rule, inner])),
    );
  }
}

/**
 * The sets of slices that can select one element together. Two different indexes from the same end never do, so the rules
 * for a tuple (`$[0].id`, `$[1].id`, …) need one state for each place, not one for each subset.
 * @param {Slice[]} slices
 */
function setsThatMeet(slices) {
  if (slices.length > MOST_SLICES) refuseNumber();
  const indexes = slices.map(indexOf);
  const canMeet = (/** @type {number | null} */ one, /** @type {number | null} */ other) =>
    one === null || other === null || one < 0 !== other < 0;
  const sets = [0];
  for (const [bit, index] of indexes.entries()) {
    for (const set of [...sets]) {
      const isMeeting = indexes.every((other, place) => ((set >>> place) & 1) === 0 || canMeet(index, other));
      if (isMeeting) sets.push((set | (1 << bit)) >>> 0);
    }
    if (sets.length > MOST_STATES) refuseNumber();
  }
  return sets;
}

/**
 * Adds an id that these members make.
 * @param {CompiledState} state
 * @param {number | null} entity
 * @param {string[]} fields
 */
function addRecord(state, entity, fields) {
  if (entity !== null && fields.length === 1) addNew(memberOf(state, fields[0]).entities, entity);
  else addNew(state.records, { entity, slots: fields.map((field) => slotOf(state, field)), isList: false });
}

/**
 * @param {CompiledState} state
 * @param {string} name
 */
function slotOf(state, name) {
  const member = memberOf(state, name);
  member.slot ??= state.slots++;
  return member.slot;
}

/**
 * @param {CompiledState} state
 * @param {string} name
 */
function memberOf({ members }, name) {
  let member = members.find((known) => known.name === name);
  if (member === undefined) {
    member = { name, entities: [], slot: null, next: DEAD };
    members.push(member);
  }
  return member;
}

/**
 * @template T
 * @param {T[]} items
 * @param {T} item
 */
function placeOf(items, item) {
  const text = JSON.stringify(item);
  return items.findIndex((known) => JSON.stringify(known) === text);
}

/**
 * @template T
 * @param {T[]} items
 * @param {T} item
 */
function addNew(items, item) {
  if (placeOf(items, item) < 0) items.push(item);
}

/** @returns {never} */
function refuseNumber() {
  throw new ConfigError(
    "ERR_CACHEREF_PATH",
    `the paths of one function need more than ${MOST_STATES} states together; use fewer .., * and slices after a ..`,
  );
}
