// The core as the tests load it, and keys straight from it.
import { readFileSync } from "node:fs";
import { Core } from "../../js/boundary/core.js";
import * as glue from "../../js/core/glue.js";
import { compileEntities } from "../../js/entities/declared.js";
import { writeArguments } from "../../js/keys/arguments.js";
import { pythonPart } from "../../js/keys/python.js";
import { headOf } from "../../js/keys/text.js";

/** The compiled core. */
export const compileCore = () =>
  new WebAssembly.Module(readFileSync(new URL("../../js/core/cacheref.wasm", import.meta.url)));

export const makeCore = () => new Core(glue, compileCore);

/**
 * Makes keys by one set of rules: `key(args)` is the key, or `{ path, reason }` of what cannot be part of one.
 * @param {import("../../js/boundary/core.js").Core} core
 * @param {object} [rules]
 */
export function keysOf(core, rules) {
  const config = { prefix: "", name: "", keyFormat: "readable", normalizeArgs: false, params: [], ...rules };
  return (/** @type {unknown[]} */ args) => {
    const count = writeArguments(core, args, false);
    if (typeof count !== "number") return count;
    if (config.keyFormat === "python") {
      const part = pythonPart(config, core.words.subarray(0, count));
      return typeof part === "string" ? headOf(config) + part : part;
    }
    const length = core.exports.writeKey(core.define(config, compileEntities).handle, count);
    if (length >= 0) return core.readText(length);
    const [path, reason] = core.readText(~length).split("\n");
    return { path, reason };
  };
}
