// @ts-check
/**
 * Numbers for property names. A key that stays in the process has the number of each name in place of the name, which is
 * shorter and quicker to compare. All cores share the numbers: Rust needs the names only to show keys.
 */

/** Names can come from outside of the program, and the table is never emptied: so there is an upper limit. */
const MAX_NAMES = 10_000;
const MAX_NAME_LENGTH = 64;

/** @type {Map<string, number>} */
const names = new Map();

const GUESSES = 256;
/**
 * A small cache in front of the Map, which is slower. A name's place follows from its length, its first and its last
 * character. Each place holds the last such name.
 */
const guessedNames = /** @type {(string | undefined)[]} */ (new Array(GUESSES).fill(undefined));
/** The numbers of the names in `guessedNames`. */
const guessedNumbers = new Int32Array(GUESSES).fill(-1);

/** All names that have numbers, ordered by number. */
export function propertyNames() {
  return [...names.keys()];
}

/**
 * The number of a property's name, or -1 if it has none. A name that gets none once never gets one later, so that a name
 * is always written alike.
 * @param {string} name
 */
export function numberOf(name) {
  const { length } = name;
  const slot = (name.charCodeAt(0) * 31 + name.charCodeAt(length - 1) * 5 + length) & (GUESSES - 1);
  if (guessedNames[slot] === name) return guessedNumbers[slot];
  let number = names.get(name);
  if (number === undefined) {
    number = names.size;
    if (number >= MAX_NAMES || length > MAX_NAME_LENGTH) return -1;
    names.set(name, number);
  }
  guessedNames[slot] = name;
  guessedNumbers[slot] = number;
  return number;
}
