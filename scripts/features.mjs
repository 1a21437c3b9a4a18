// @ts-check
/** The builds of the core: which features of the crate each has. Cargo.toml says what they are. */

/** js/core, for all who may have a server. It has all that the smaller one has. */
export const FULL = ["texts", "scan"];
/** js/core/memory, for pages. */
export const SMALL = /** @type {string[]} */ ([]);
