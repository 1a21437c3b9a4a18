// @ts-check
/**
 * Finds entity ids in a live object, by its compiled rules. It finds what the core's scanner finds in the object's JSON
 * text, and calls no export of the core.
 *
 * An object is read as `JSON.stringify` reads it: own enumerable properties, `toJSON` (hence a Date is its ISO string),
 * and boxed primitives as primitives. Some values have no text in JSON. For them the walk decides alone:
 * - a bigint is its digits;
 * - a Map is an object whose members are its entries, a Set is an array (an array-like is an object, as in JSON);
 * - a member that a rule names may be inherited, such as a getter of a class;
 * - an ArrayBuffer, or a view of one, holds no ids;
 * - each object is visited once, so cycles end.
 * The walk lets through what a getter, a proxy or a `toJSON` throws: a result that was read in part must not be stored.
 */

import { DEAD } from "../boundary/numbers.js";
import { isArrayBuffer, isMap, isSet } from "../boundary/realms.js";
import { JOINT } from "./ids.js";
import { idsOfPage, isPageNeeded } from "./pages.js";
import { isAsItIs, isId, isList, isObject, toPlain } from "./plain.js";

/** The first visits are not recorded: small results need no set. */
const UNRECORDED = 500;

const { getPrototypeOf, prototype: OBJECT_PROTOTYPE } = Object;
const { hasOwnProperty: isOwn } = OBJECT_PROTOTYPE;
/** @type {unknown[]} */
const NO_SLOTS = [];

/**
 * @typedef {import("./compile.js").Compiled} Compiled
 * @typedef {import("./compile.js").CompiledRecord} CompiledRecord
 * @typedef {import("./paths.js").Slice} Slice
 */

/**
 * A state, prepared for what the walk asks at every node.
 * @typedef {object} State
 * @property {number} number
 * @property {number[]} entities the types that a scalar is an id of
 * @property {Field[]} fields the members that matter by name
 * @property {Set<string>} names the names of the fields
 * @property {CompiledRecord[]} records the ids that are made of several members
 * @property {number} slots how many members the records need
 * @property {State} other the state of all other members
 * @property {Slice[]} slices
 * @property {Map<number, State>} elements the state of an element, by the set of slices that select it
 * @property {boolean} isObjectLive whether an object can hold ids
 * @property {boolean} isArrayLive whether an array can hold ids
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {number[]} entities the types that its value, if a scalar, is an id of
 * @property {number} slot the place at which a record needs it, or -1
 * @property {State} next the state of its value
 */

/**
 * The ids of a result: a type, its id, a type, its id, … A type is the index of a declared one, or a name. In place of an id
 * `null` says that the result holds a page of the type.
 * @typedef {(string | number | bigint | null)[]} Found
 */

/**
 * A table, prepared for walks: the states of the root.
 * @typedef {{ root: State, pages: Pages | undefined }} Table
 * @typedef {import("./pages.js").Pages} Pages
 */

/**
 * Makes a compiled table ready for walks.
 * @param {import("./declared.js").CompiledTable} compiled
 * @returns {Table}
 */
export function prepare({ rules, pages }) {
  if (pages === null) return { root: prepareStates(rules), pages: undefined };
  const { types, isSure } = pages;
  return { root: prepareStates(rules), pages: { root: prepareStates(pages.rules), types, isSure } };
}

/**
 * @param {Compiled} compiled
 * @returns {State} the state of the root
 */
function prepareStates({ states, root }) {
  /** @type {any[]} */
  const prepared = states.map((state, number) => ({
    number,
    entities: state.entities,
    names: new Set(state.members.map(({ name }) => name)),
    records: state.records,
    slots: state.slots,
    slices: state.elements.slices,
    isObjectLive: state.members.length > 0 || state.other !== DEAD,
    isArrayLive: state.elements.next.some(([, next]) => next !== DEAD),
  }));
  for (const [number, state] of states.entries()) {
    prepared[number].other = prepared[state.other];
    prepared[number].elements = new Map(state.elements.next.map(([set, next]) => [set, prepared[next]]));
    prepared[number].fields = state.members.map(({ name, entities, slot, next }) => ({
      name,
      entities,
      slot: slot ?? -1,
      next: prepared[next],
    }));
  }
  return prepared[root];
}

/**
 * The ids in `value`.
 * @param {Table} table
 * @param {unknown} value
 * @returns {Found}
 */
export function walk({ root, pages }, value) {
  const found = walkFrom(root, value);
  if (pages === undefined || !isPageNeeded(pages, value, found)) return found;
  return found.concat(idsOfPage(pages, walkFrom(pages.root, value)));
}

/**
 * @param {State} root
 * @param {unknown} value
 * @returns {Found}
 */
function walkFrom(root, value) {
  const walker = idle ?? new Walker();
  // A getter may start another walk in the middle of this one: that walk makes its own walker.
  idle = undefined;
  const found = walker.walk(root, value);
  idle = walker;
  return found;
}

/** The walker that no walk is using. @type {Walker | undefined} */
let idle;

class Walker {
  /** @type {Found} */
  found = [];
  /** The containers still to be visited, each behind its state. @type {(State | object)[]} */
  #waiting = [];
  #visited = 0;
  /** The containers that have been visited, by state. @type {Set<object>[]} */
  #recorded = [];

  /**
   * @param {State} root
   * @param {unknown} value
   */
  walk(root, value) {
    this.value(root, value, "");
    this.#finish();
    const { found } = this;
    this.found = [];
    this.#visited = 0;
    if (this.#recorded.length > 0) this.#recorded = [];
    return found;
  }

  /** Visits the waiting containers, and those in them. It does not recurse: a result may be nested to any depth. */
  #finish() {
    const waiting = this.#waiting;
    while (waiting.length > 0) {
      const container = /** @type {any} */ (waiting.pop());
      const state = /** @type {State} */ (waiting.pop());
      if (this.#visited++ > UNRECORDED && this.#isVisited(state, container)) continue;
      if (Array.isArray(container)) this.#array(state, container);
      else if (isSet(container)) this.#array(state, [...container]);
      else if (isMap(container)) this.#map(state, container);
      else if (state.isObjectLive && !isBinary(container)) this.#object(state, container);
    }
  }

  /**
   * @param {State} state
   * @param {object} container
   */
  #isVisited(state, container) {
    this.#recorded[state.number] ??= new Set();
    const recorded = this.#recorded[state.number];
    return recorded.size === recorded.add(container).size;
  }

  /**
   * Takes the id that a value is. A container waits for its visit.
   * @param {State} state
   * @param {unknown} value
   * @param {string | number} key where it was found, for `toJSON`
   */
  value(state, value, key) {
    const plain = isObject(value) ? toPlain(value, key) : value;
    if (typeof plain === "object") {
      if (plain !== null && (state.isObjectLive || state.isArrayLive)) this.#waiting.push(state, plain);
    } else if (isId(plain)) {
      for (const entity of state.entities) this.found.push(entity, plain);
    }
  }

  /**
   * @param {State} state
   * @param {unknown[]} array
   */
  #array(state, array) {
    if (!state.isArrayLive) return;
    const { length } = array;
    const { slices, elements } = state;
    if (slices.length > 0) {
      for (let index = 0; index < length; index++) {
        const next = elements.get(setOf(slices, index, length));
        if (next !== undefined) this.value(next, array[index], index);
      }
      return;
    }
    const next = /** @type {State} */ (elements.get(0));
    for (let index = 0; index < length; index++) {
      const element = array[index];
      if (next.isObjectLive && isObject(element) && getPrototypeOf(element) === OBJECT_PROTOTYPE && isAsItIs(element))
        this.#object(next, element);
      else this.value(next, element, index);
    }
  }

  /**
   * @param {State} state
   * @param {any} object
   */
  #object(state, object) {
    const slots = state.records.length > 0 ? new Array(state.slots) : NO_SLOTS;
    for (const field of state.fields) {
      const { name } = field;
      if (name !== "__proto__" || isOwn.call(object, name)) this.#field(field, object[name], slots);
    }
    if (state.records.length > 0) this.#records(state, slots);
    const { names, other } = state;
    if (other.number === DEAD) return;
    const isTakingScalars = other.entities.length > 0;
    // A property whose name comes from `for in` is read far quicker than one whose name comes from `keys`. The only
    // difference is that `for in` names inherited properties too.
    for (const name in object) {
      if (names.has(name) || !isOwn.call(object, name)) continue;
      const value = object[name];
      if (isTakingScalars || isObject(value)) this.value(other, value, name);
    }
  }

  /**
   * @param {State} state
   * @param {Map<unknown, unknown>} map
   */
  #map(state, map) {
    if (!state.isObjectLive) return;
    const slots = new Array(state.slots);
    for (const field of state.fields) this.#field(field, map.get(field.name), slots);
    this.#records(state, slots);
    if (state.other.number === DEAD) return;
    for (const [key, value] of map) {
      if (typeof key !== "string" || !state.names.has(key)) this.value(state.other, value, String(key));
    }
  }

  /**
   * @param {Field} field
   * @param {unknown} value
   * @param {unknown[]} slots
   */
  #field({ name, entities, slot, next }, value, slots) {
    const plain = isObject(value) ? toPlain(value, name) : value;
    if (slots !== NO_SLOTS && slot >= 0) slots[slot] = plain;
    if (typeof plain === "object") {
      if (plain !== null && (next.isObjectLive || next.isArrayLive)) this.#waiting.push(next, plain);
    } else if (isId(plain)) {
      for (const entity of entities) this.found.push(entity, plain);
    }
  }

  /**
   * Takes the ids that are made of several members.
   * @param {State} state
   * @param {unknown[]} slots
   */
  #records({ records }, slots) {
    for (const { entity, slots: wanted, isList: isListed } of records) {
      if (isListed) {
        if (isList(slots[wanted[0]])) this.found.push(/** @type {number} */ (entity), null);
        continue;
      }
      const isDeclared = typeof entity === "number";
      const type = isDeclared ? entity : slots[wanted[0]];
      if (!isDeclared && !isType(type)) continue;
      const first = isDeclared ? 0 : 1;
      if (wanted.length === first + 1) {
        const id = slots[wanted[first]];
        if (isId(id)) this.found.push(/** @type {string} */ (type), id);
        continue;
      }
      const parts = wanted.slice(first).map((slot) => slots[slot]);
      if (parts.every(isId)) this.found.push(/** @type {string} */ (type), parts.map(String).join(JOINT));
    }
  }
}

/**
 * @param {unknown} value
 * @returns {value is string}
 */
function isType(value) {
  return typeof value === "string" && value !== "" && !value.includes(":");
}

/** @param {object} value */
function isBinary(value) {
  return ArrayBuffer.isView(value) || isArrayBuffer(value);
}

/**
 * The set of slices that select an element, one bit for each.
 * @param {Slice[]} slices
 * @param {number} index
 * @param {number} length
 */
function setOf(slices, index, length) {
  let set = 0;
  for (let bit = 0; bit < slices.length; bit++) if (isSelecting(slices[bit], index, length)) set |= 1 << bit;
  return set >>> 0;
}

/**
 * Whether a slice selects an element (RFC 9535, section 2.3.4.2.2).
 * @param {Slice} slice
 * @param {number} index
 * @param {number} length
 */
function isSelecting({ start, end, step }, index, length) {
  const clamp = (/** @type {number} */ bound, /** @type {number} */ least, /** @type {number} */ most) =>
    Math.min(Math.max(bound < 0 ? length + bound : bound, least), most);
  if (step > 0) {
    const lower = clamp(start ?? 0, 0, length);
    return lower <= index && index < clamp(end ?? length, 0, length) && (index - lower) % step === 0;
  }
  const upper = clamp(start ?? length - 1, -1, length - 1);
  const lower = clamp(end ?? -1 - length, -1, length - 1);
  return step < 0 && lower < index && index <= upper && (upper - index) % step === 0;
}
