// @ts-check
/** Patterns as Redis matches them (`KEYS`, `SCAN MATCH`), on bytes. */

const encoder = new TextEncoder();
const [STAR, ANY, OPEN, CLOSE, ESCAPE, NOT, TO] = encoder.encode("*?[]\\^-");

/**
 * A test whether the whole of a text matches `pattern`: `*`, `?`, `[abc]`, `[a-z]`, `[^…]`, and `\` before any of them.
 *
 * As in Redis, an unclosed `[` reaches to the end of the pattern, a range may be given backwards, and a `\` at the end of
 * a pattern means that backslash. Time is at most quadratic: if the match fails after a later `*`, no earlier one is
 * tried again, since that could not help.
 * @param {string} pattern
 * @returns {(text: string) => boolean}
 */
export function matcherOf(pattern) {
  const glob = encoder.encode(pattern);
  return (text) => isMatch(glob, encoder.encode(text));
}

/**
 * @param {Uint8Array} glob
 * @param {Uint8Array} text
 */
function isMatch(glob, text) {
  let at = 0;
  let position = 0;
  // Where to go on if the match fails: after the last `*`, one byte of text further on.
  let after = -1;
  let from = 0;
  for (;;) {
    if (glob[at] === STAR) {
      at += 1;
      [after, from] = [at, position];
      continue;
    }
    if (position === text.length) return at === glob.length;
    const length = matchOne(glob, at, text[position]);
    if (length > 0) {
      at += length;
      position += 1;
    } else {
      if (after < 0) return false;
      from += 1;
      [at, position] = [after, from];
    }
  }
}

/**
 * The length of the element of the pattern at `at`, if it matches `byte`; else 0.
 * @param {Uint8Array} glob
 * @param {number} at
 * @param {number} byte
 */
function matchOne(glob, at, byte) {
  const first = glob[at];
  if (first === ANY) return 1;
  if (first === OPEN) return matchClass(glob, at + 1, byte);
  if (first === ESCAPE && at + 1 < glob.length) return glob[at + 1] === byte ? 2 : 0;
  return first === byte ? 1 : 0;
}

/**
 * The length of the class whose content begins at `start`, with its brackets, if it matches `byte`; else 0.
 * @param {Uint8Array} glob
 * @param {number} start
 * @param {number} byte
 */
function matchClass(glob, start, byte) {
  const isNegated = glob[start] === NOT;
  let at = start + Number(isNegated);
  let isIn = false;
  while (at < glob.length && glob[at] !== CLOSE) {
    const one = glob[at];
    if (one === ESCAPE && at + 1 < glob.length) {
      isIn ||= glob[at + 1] === byte;
      at += 2;
    } else if (glob[at + 1] === TO && at + 2 < glob.length) {
      const other = glob[at + 2];
      isIn ||= byte >= Math.min(one, other) && byte <= Math.max(one, other);
      at += 3;
    } else {
      isIn ||= one === byte;
      at += 1;
    }
  }
  if (at < glob.length) at += 1;
  return isIn === isNegated ? 0 : at - start + 1;
}
