// @ts-check
/**
 * Parses JSONPath (RFC 9535): names, indexes, wildcards, slices and descendants.
 *
 * Filters, and the functions that only occur in them, are refused. They would need the values of the document, but a rule
 * for entities needs nothing except their places.
 */
import { ConfigError } from "../messages/errors.js";

/**
 * `start:end:step`, as Python slices. An index is the slice of one element.
 * @typedef {{ start: number | null, end: number | null, step: number }} Slice
 */

/**
 * What selects children: the name of a member, a slice of elements, or `null` for all members and elements.
 * @typedef {string | Slice | null} Selector
 */

/**
 * One step of a path. `isDescendant`: its selectors apply to the node and to everything below it.
 * @typedef {{ isDescendant: boolean, selectors: Selector[] }} Segment
 */

const SPACE = /[ \t\n\r]*/y;
const NAME = /[A-Za-z_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*/uy;
const INTEGER = /-?\d*/y;
const UNESCAPED = /[ !#-&(-[\]-\uffff]*/y;
const HEXADECIMAL = /[\da-fA-F]{0,4}/y;
/** @type {Record<string, string>} */
const ESCAPES = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", "/": "/", "\\": "\\" };

/**
 * @param {string} path
 * @returns {Segment[]}
 */
export function parsePath(path) {
  return new Parser(path).path();
}

/**
 * The slice that selects one element.
 * @param {number} index from the end if negative
 * @returns {Slice}
 */
const sliceOf = (index) => ({ start: index, end: index === -1 ? null : index + 1, step: 1 });

/**
 * The index of a slice that selects one element at most; `null` for another slice.
 * @param {Slice} slice
 */
export function indexOf({ start, end, step }) {
  return start !== null && step === 1 && end === sliceOf(start).end ? start : null;
}

class Parser {
  #text;
  #at = 0;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  path() {
    if (!this.#take("$")) this.#refuse(this.#at, "a path starts with $");
    const segments = [];
    for (;;) {
      const end = this.#at;
      this.#match(SPACE);
      if (this.#at < this.#text.length) segments.push(this.#segment());
      else if (this.#at > end) this.#refuse(end, "nothing may follow the path, not even space");
      else return segments;
    }
  }

  /** @returns {Segment} */
  #segment() {
    const isDescendant = this.#take("..");
    if (this.#take("[")) return { isDescendant, selectors: this.#bracketed() };
    if (!isDescendant && !this.#take(".")) this.#refuse(this.#at, "expected . or .. or [");
    return { isDescendant, selectors: [this.#shorthand()] };
  }

  /** The `name` of `.name`, or the `*` of `.*`. */
  #shorthand() {
    if (this.#take("*")) return null;
    return this.#match(NAME) || this.#refuse(this.#at, "expected a name or *; other names are written ['…']");
  }

  #bracketed() {
    const selectors = [];
    do {
      this.#match(SPACE);
      selectors.push(this.#selector());
      this.#match(SPACE);
      if (this.#take("]")) return selectors;
    } while (this.#take(","));
    return this.#refuse(this.#at, "expected , or ]");
  }

  /** @returns {Selector} */
  #selector() {
    if (this.#take("*")) return null;
    const next = this.#text[this.#at] ?? "";
    if (next === "'" || next === '"') return this.#quoted(next);
    if (/[-:\d]/.test(next)) return this.#slice();
    return this.#refuse(
      this.#at,
      next === "?"
        ? "filters (?) and functions are not supported; names, indexes, slices, * and .. are"
        : "expected a quoted name, an index, a slice or *",
    );
  }

  /** @returns {Slice} */
  #slice() {
    const start = this.#integer();
    if (!this.#takeColon()) return start === null ? this.#refuse(this.#at, "expected an index") : sliceOf(start);
    this.#match(SPACE);
    const end = this.#integer();
    if (!this.#takeColon()) return { start, end, step: 1 };
    const behind = this.#at;
    this.#match(SPACE);
    const step = this.#integer();
    if (step === null) this.#at = behind;
    return { start, end, step: step ?? 1 };
  }

  /** Takes a colon and the space before it, or nothing. */
  #takeColon() {
    const before = this.#at;
    this.#match(SPACE);
    if (this.#take(":")) return true;
    this.#at = before;
    return false;
  }

  /** `0`, or an integer without leading zeros. `null` if there is no integer here. */
  #integer() {
    const start = this.#at;
    const digits = this.#match(INTEGER);
    if (digits === "") return null;
    if (!/^(0|-?[1-9]\d*)$/.test(digits)) this.#refuse(start, "expected an integer without leading zeros");
    const value = Number(digits);
    return Number.isSafeInteger(value) ? value : this.#refuse(start, "an index lies between -(2^53-1) and 2^53-1");
  }

  /** @param {string} quote */
  #quoted(quote) {
    const start = this.#at++;
    let name = "";
    for (;;) {
      name += this.#match(UNESCAPED);
      const at = this.#at++;
      const next = this.#text[at];
      if (next === quote) return name;
      if (next === undefined) this.#refuse(start, "the quoted name has no end");
      if (next < " ") this.#refuse(at, "a control character must be escaped");
      name += next === "\\" ? this.#escape(quote) : next;
    }
  }

  /** @param {string} quote */
  #escape(quote) {
    const at = this.#at++;
    const next = this.#text[at];
    if (next === undefined) return this.#refuse(at, "an escape has no end");
    if (next === quote) return quote;
    if (next !== "u") return ESCAPES[next] ?? this.#refuse(at, "no such escape");
    let escaped = this.#unit();
    if (escaped >= "\ud800" && escaped < "\udc00" && this.#take("\\") && this.#take("u")) escaped += this.#unit();
    return /^[\ud800-\udfff]/u.test(escaped) ? this.#refuse(at, "half a surrogate pair") : escaped;
  }

  /** The UTF-16 unit that four hexadecimal digits are. */
  #unit() {
    const digits = this.#match(HEXADECIMAL);
    if (digits.length < 4) this.#refuse(this.#at, "expected four hexadecimal digits");
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  /**
   * Takes what a pattern matches here, perhaps nothing.
   * @param {RegExp} pattern sticky
   */
  #match(pattern) {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [""];
    this.#at += found.length;
    return found;
  }

  /** @param {string} text */
  #take(text) {
    const isHere = this.#text.startsWith(text, this.#at);
    if (isHere) this.#at += text.length;
    return isHere;
  }

  /**
   * @param {number} at
   * @param {string} why
   * @returns {never}
   */
  #refuse(at, why) {
    const text = this.#text;
    const column = [...text.slice(0, at)].length + 1;
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const found =
      at < text.length ? `'${character === "'" ? "\\'" : JSON.stringify(character).slice(1, -1)}'` : "the end";
    throw new ConfigError(
      "ERR_CACHEREF_PATH",
      `the path ${JSON.stringify(text)} is not usable at column ${column} (${found}): ${why}`,
    );
  }
}
