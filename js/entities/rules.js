// @ts-check
/** What the options of a function say about the entities in its results. js/entities/declared.js compiles these rules. */
import { wellFormed } from "../boundary/well-formed.js";
import { refuse } from "../messages/errors.js";
import { checkType } from "./ids.js";

/**
 * Custom extraction, as an option or as an overridden method.
 * @typedef {(result: unknown, args: unknown[]) => unknown} Extract
 */

/** The fields in which a page is looked for. README.md has this list. */
export const PAGES = ["data", "items", "results", "rows", "nodes", "edges[*].node", "hits"];

const EACH = "[*].";

/**
 * The names in a form of a page: one, or two of `edges[*].node`.
 * @param {string} form
 */
function readPage(form) {
  return form.split(EACH).map(wellFormed);
}

/**
 * Whether a text is a form of a page.
 * @param {unknown} form
 */
export function isPage(form) {
  return typeof form === "string" && !form.startsWith("$") && /^[^[\]]+(\[\*\]\.[^[\]]+)?$/.test(form);
}

export class EntityRules {
  /** @type {import("./declared.js").EntityConfig} */
  config = {};
  /** The declared types. The core names each by its place in this list. @type {string[]} */
  types = [];
  /** Whether results may hold entities of types that are not declared. */
  hasOpenTypes = false;
  /** The user's functions that extract the ids of one type. @type {{ type: number, extract: Extract }[]} */
  functions = [];
  /** The user's function that replaces the rule for `entityType`. @type {Extract | undefined} */
  custom = undefined;
  /** Whether `entityType` is given. It is the first of the types then. */
  hasOwnType = false;
  /** The types that results depend on. @type {string[]} */
  dependsOn;
  /** @type {import("./declared.js").Shape} */
  shape;
  /** The types whose ids are in fields. @type {Set<string>} */
  #byFields = new Set();

  /**
   * @param {any} options of the function, complete
   * @param {any} cacheOptions of its cache, complete
   */
  constructor(options, cacheOptions) {
    const { entityType, entities, idField, typeField, extractEntityIds } = options;
    const { list, dependsOn = [], pages = cacheOptions.pages ?? PAGES } = options;
    this.dependsOn = dependsOn;
    this.shape = { list, dependsOn: dependsOn.map(wellFormed), pages: pages === false ? [] : pages.map(readPage) };
    // An extractor of the cache, be it an option or a method, serves functions with an entityType only.
    if (extractEntityIds !== cacheOptions.extractEntityIds) this.custom = extractEntityIds;
    if (entities === "auto") {
      this.#auto(options);
      return;
    }
    if (typeField !== undefined) refuse("typeField", 'absent unless entities is "auto"', typeField);
    if (idField !== undefined && entityType === undefined) refuse("idField", "given together with entityType", idField);
    /** @type {import("./declared.js").EntityRule[]} */
    const rules = [];
    if (entityType !== undefined) {
      this.hasOwnType = true;
      const field = idField ?? "id";
      const { extractMethod } = cacheOptions;
      this.custom = extractEntityIds ?? (extractMethod && ((result) => extractMethod(result, field)));
      rules.push(this.#rule(entityType, this.custom ?? field, "idField"));
    }
    this.hasOpenTypes = this.custom !== undefined;
    if (entities !== undefined) {
      if (entities === null || typeof entities !== "object" || Array.isArray(entities)) {
        refuse("entities", '"auto" or an object of entity types and where their ids are', entities);
      }
      for (const [type, rule] of Object.entries(entities)) rules.push(this.#rule(type, rule, `entities.${type}`));
    }
    if (rules.length > 0) this.config = { rules };
  }

  /**
   * Whether the ids of a type are found by fields: then a result that is a number or a text is itself an id.
   * @param {string} type
   */
  hasFields(type) {
    return this.#byFields.has(type);
  }

  /** Whether anything is declared of the entities in results. */
  get isTracking() {
    return this.types.length > 0 || this.hasOpenTypes;
  }

  /** @param {any} options */
  #auto({ entityType, idField = "id", typeField = "__typename" }) {
    if (entityType !== undefined) refuse("entityType", 'absent where entities is "auto"', entityType);
    if (typeof idField !== "string") refuse("idField", 'the name of a field where entities is "auto"', idField);
    this.config = { auto: { typeField, idField } };
    this.hasOpenTypes = true;
  }

  /**
   * @param {string} type
   * @param {unknown} rule
   * @param {string} name of the option
   */
  #rule(type, rule, name) {
    checkType(type);
    if (!this.types.includes(type)) this.types.push(type);
    if (typeof rule === "function") {
      const extract = /** @type {Extract} */ (rule);
      if (extract !== this.custom) this.functions.push({ type: this.types.indexOf(type), extract });
      return { entityType: wellFormed(type), id: {} };
    }
    const id = readIdRule(rule, name);
    if (!("path" in id)) this.#byFields.add(type);
    return { entityType: wellFormed(type), id };
  }
}

/**
 * A field, a path or several fields.
 * @param {unknown} rule
 * @param {string} name of the option
 */
export function readIdRule(rule, name) {
  if (typeof rule === "string" && rule !== "") return rule.startsWith("$") ? { path: rule } : { field: rule };
  if (Array.isArray(rule) && rule.length > 0 && rule.every((field) => typeof field === "string" && field !== "")) {
    const path = rule.find((field) => /^\$[.[]/.test(field));
    if (path !== undefined) refuse(name, "an array of fields; a path stands by itself", path);
    return { fields: rule };
  }
  return refuse(name, 'a field, a path that starts with "$", an array of fields, or a function of the result', rule);
}
