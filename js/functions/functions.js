// @ts-check
/** The wrapped functions of one cache, by name. */

/** @typedef {import("./definition.js").Definition} Definition */

export class Functions {
  /** @type {Map<string, Definition>} */
  #named = new Map();
  /** Those whose names were made by a number: there may be one for each request, so they are not kept alive here. @type {Map<string, WeakRef<Definition>>} */
  #numbered = new Map();
  /** @type {FinalizationRegistry<string> | undefined} */
  #registry;

  get size() {
    return this.#named.size + this.#numbered.size;
  }

  /**
   * @param {string} name
   * @returns {Definition | undefined}
   */
  get(name) {
    return this.#named.get(name) ?? this.#numbered.get(name)?.deref();
  }

  /** @param {string} name */
  has(name) {
    return this.get(name) !== undefined;
  }

  /** Lets go of what the store of the cache keeps of each function. */
  forgetStore() {
    for (const name of this.names()) {
      const definition = this.get(name);
      if (definition !== undefined) definition.ofStore = undefined;
    }
  }

  names() {
    return [...this.#named.keys(), ...this.#numbered.keys()];
  }

  /**
   * @param {string} name
   * @param {Definition} definition
   * @param {boolean} isNumbered
   */
  set(name, definition, isNumbered) {
    if (!isNumbered || typeof FinalizationRegistry !== "function") {
      this.#named.set(name, definition);
      return;
    }
    this.#registry ??= new FinalizationRegistry((gone) => this.#numbered.delete(gone));
    this.#numbered.set(name, new WeakRef(definition));
    this.#registry.register(definition, name);
  }
}
