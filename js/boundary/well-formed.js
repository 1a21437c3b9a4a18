// @ts-check
/**
 * Names and prefixes as text that UTF-8 can hold, since keys are UTF-8. The core does the same to ids (wellformed.rs).
 */

const LONE_SURROGATE = /[\ud800-\udfff]/u;
const EVERY_LONE_SURROGATE = /[\ud800-\udfff]/gu;

/** Browsers of 2022 do not have it. @type {((this: string) => boolean) | undefined} */
const isWellFormed = /** @type {any} */ (String.prototype).isWellFormed;

/**
 * Whether half of a surrogate pair stands alone in `text`. UTF-8 has no bytes for it.
 * @param {string} text
 * @returns {boolean}
 */
export function hasLoneSurrogate(text) {
  return isWellFormed === undefined ? LONE_SURROGATE.test(text) : !isWellFormed.call(text);
}

/**
 * `text` itself, unless it contains a lone surrogate or `\ud`: then every `\` is doubled and every lone surrogate becomes
 * `\udXXX`. Different texts have different results.
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
