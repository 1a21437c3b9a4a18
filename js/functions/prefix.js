// @ts-check
/** Prefixes, which keep the keys of caches apart. */
import { refuse } from "../messages/errors.js";

/** A part of a prefix that is a letter of the storage layout: such keys would lie within those of a shorter prefix. */
const LAYOUT = /(?:^|[^\p{L}\p{N}])[celtw]:/u;

/**
 * Refuses a prefix whose keys another prefix would take for its own.
 * @param {string} prefix
 * @param {string} name of the option
 */
export function checkPrefix(prefix, name) {
  if (LAYOUT.test(prefix))
    refuse(name, "a text without the parts c:, e:, l:, t: and w:, which are the storage layout's", prefix);
}
