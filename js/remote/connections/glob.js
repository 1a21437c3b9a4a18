// @ts-check
/** Redis' glob patterns: escaping a text, and matching where a backend can only list by prefix. */

/**
 * The pattern that matches exactly this text.
 * @param {string} text
 */
export const escapeGlob = (text) => text.replace(/[*?[\]\\]/g, "\\$&");

/**
 * The literal start of a pattern, and a test whether a text matches it.
 * @param {string} pattern
 * @returns {{ literal: string, matches: (text: string) => boolean }}
 */
export function readGlob(pattern) {
  let literal = "";
  let isLiteral = true;
  let source = "";
  for (const [part, escaped, group] of pattern.matchAll(/\\(.)|\[((?:\\.|[^\]])*)\]|./gsu)) {
    const plain = escaped ?? (group === undefined && part !== "*" && part !== "?" ? part : undefined);
    if (plain !== undefined) {
      source += quote(plain);
      if (isLiteral) literal += plain;
      continue;
    }
    isLiteral = false;
    if (group === undefined) source += part === "*" ? "[^]*" : "[^]";
    else source += readGroup(group);
  }
  const expression = new RegExp(`^${source}$`, "u");
  return { literal, matches: (text) => expression.test(text) };
}

/** @param {string} group what stands between the brackets */
function readGroup(group) {
  const isNegated = group.startsWith("^");
  let source = "";
  for (const [part, escaped] of group.slice(isNegated ? 1 : 0).matchAll(/\\(.)|./gsu))
    source += part === "-" ? "-" : quote(escaped ?? part);
  return source === "" ? (isNegated ? "[^]" : "(?!)") : `[${isNegated ? "^" : ""}${source}]`;
}

/** @param {string} character */
function quote(character) {
  return `\\u{${/** @type {number} */ (character.codePointAt(0)).toString(16)}}`;
}
