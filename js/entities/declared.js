// @ts-check
/** What a function declares about the entities of its results, compiled once. docs/rules.md has the rules E1 to E7. */
import { autoRule, compile, fieldsRule, pageRule, pathRule } from "./compile.js";
import { HELD, LIST, NUMBERS, OWN } from "./pages.js";
import { indexOf, parsePath } from "./paths.js";

/**
 * Where the ids of a type are: in a field, in several, where a path selects, or (none of them) where a user's function
 * finds them.
 * @typedef {{ field?: string, fields?: string[], path?: string }} IdRule
 * @typedef {{ entityType: string, id: IdRule }} EntityRule
 *
 * @typedef {object} EntityConfig the entities of results; none if it is empty
 * @property {EntityRule[]} [rules]
 * @property {{ typeField: string, idField: string }} [auto] every object that has a type's name and an id
 *
 * @typedef {object} Shape of results
 * @property {string[][]} [pages] the fields in which a page is looked for: `["data"]`, or `["edges", "node"]`
 * @property {boolean} [list] whether each result is a list of its types, or none is
 * @property {string[]} [dependsOn] the types that each result depends on
 */

/**
 * What the core needs to know of a result whose ids it is given.
 * @typedef {object} Declared
 * @property {string[]} types
 * @property {number[]} lists the types that each result is a list of
 * @property {boolean} [isList] whether each result is a list of all its types, or none is
 * @property {string[]} dependsOn
 *
 * The compiled rules. The rules for pages are followed if a result is an object without an id of its own.
 * @typedef {{ rules: import("./compile.js").Compiled, pages: CompiledPages | null }} CompiledTable
 * @typedef {{ rules: import("./compile.js").Compiled, types: number[], isSure: boolean }} CompiledPages
 *
 * @typedef {{ declared: Declared, table: CompiledTable }} CompiledEntities
 */

/**
 * @param {{ entities?: EntityConfig, shape?: Shape }} config
 * @returns {CompiledEntities}
 */
export function compileEntities({ entities = {}, shape = {} }) {
  /** @type {string[]} */
  const types = [];
  /** @type {number[]} */
  const lists = [];
  /** The types whose ids are in fields. @type {{ entity: number, fields: string[] }[]} */
  const own = [];
  /** The type of each rule. @type {number[]} */
  const typeOfRule = [];
  const { auto } = entities;
  const compiled = auto === undefined ? [] : [autoRule(auto.typeField, auto.idField)];
  for (const { entityType, id } of entities.rules ?? []) {
    const entity = numberOf(entityType);
    if (id.path !== undefined) {
      const segments = parsePath(id.path);
      if (segments.some(isOfMany)) lists.push(entity);
      compiled.push(pathRule(entity, segments));
      typeOfRule.push(entity);
    }
    const fields = id.fields ?? (id.field === undefined ? [] : [id.field]);
    if (fields.length > 0) {
      own.push({ entity, fields });
      compiled.push(fieldsRule(entity, fields));
      typeOfRule.push(entity);
    }
  }
  const isSure = own.every(({ entity }) => typeOfRule.filter((other) => other === entity).length === 1);
  return {
    declared: { types, lists, isList: shape.list, dependsOn: [...new Set(shape.dependsOn)] },
    table: { rules: compile(compiled), pages: compilePages(shape.pages ?? [], own, isSure) },
  };

  /** @param {string} type */
  function numberOf(type) {
    const known = types.indexOf(type);
    return known < 0 ? types.push(type) - 1 : known;
  }
}

/**
 * Whether a segment of a path may select any number of nodes, as a list has them.
 * @param {import("./paths.js").Segment} segment
 */
function isOfMany({ isDescendant, selectors }) {
  return (
    isDescendant ||
    selectors.some((selector) => selector === null || (typeof selector === "object" && indexOf(selector) === null))
  );
}

/**
 * @param {string[][]} forms the names in each form of a page
 * @param {{ entity: number, fields: string[] }[]} own
 * @param {boolean} isSure whether no other rules find ids of the types
 * @returns {CompiledPages | null}
 */
function compilePages(forms, own, isSure) {
  if (forms.length === 0 || own.length === 0) return null;
  const rules = own.flatMap(({ fields }, place) => {
    const first = place * NUMBERS;
    const ofForms = forms.map((names) => pageRule(first + HELD, first + LIST, names, fields));
    return [...ofForms, fieldsRule(first + OWN, fields)];
  });
  return { rules: compile(rules), types: own.map(({ entity }) => entity), isSure };
}

/**
 * Whether an invalidation finds every result, whatever it holds: by its lists or by what it depends on.
 * @param {Declared} declared
 */
export function isTrackedAlways({ types, lists, isList, dependsOn }) {
  return dependsOn.length > 0 || ((isList ?? lists.length > 0) && types.length > 0);
}
