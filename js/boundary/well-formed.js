// @ts-check
/**
 * Names and prefixes as they stand in keys, which are UTF-8: see src/wellformed.rs, which does the same to ids.
 */

const LONE_SURROGATE = /[\ud800-\udfff]/u;
const EVERY_LONE_SURROGATE = /[\ud800-\udfff]/gu;

/** Not in browsers of 2022. @type {((this: string) => boolean) | undefined} */
const isWellFormed = /** @type {any} */ (String.prototype).isWellFormed;

/**
 * Whether half of a surrogate pair stands alone in `text`, for which UTF-8 has no bytes.
 * @param {string} text
 * @returns {boolean}
 */
export function hasLoneSurrogate(text) {
  return isWellFormed === undefined ? LONE_SURROGATE.test(text) : !isWellFormed.call(text);
}

/**
 * `text` itself, unless it has lone surrogates or what they are written as: then every `\` is doubled and a lone
 * surrogate is `\udXXX`. Two different texts never come out alike.
 * @param {string} text
 */
export function wellFormed(text) {
  if (!text.includes("\\ud") && !hasLoneSurrogate(text)) return text;
  return text
    .replaceAll("\\", "\\\\")
    .replace(EVERY_LONE_SURROGATE, (surrogate) => `\\u${surrogate.charCodeAt(0).toString(16)}`);
}

/**
 * The string that `wellFormed` made `text` of.
 * @param {string} text
 */
export function fromWellFormed(text) {
  if (!text.includes("\\ud")) return text;
  return text.replace(/\\\\|\\u(d[0-9a-f]{3})/g, (_, half) =>
    half === undefined ? "\\" : String.fromCharCode(Number.parseInt(half, 16)),
  );
}
