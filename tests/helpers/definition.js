// Wrapped functions without a cache around them.
import { readCacheOptions, readFunctionOptions } from "../../js/cache/options.js";
import { serverChecks } from "../../js/cache/server-options.js";
import { Context } from "../../js/functions/context.js";
import { Definition } from "../../js/functions/definition.js";
import { recorder } from "./cache.js";
import { makeCore } from "./core.js";

/**
 * A function with these options, in a cache with those; and what is logged about it.
 * @param {any} [options]
 * @param {{ name?: string, core?: import("../../js/boundary/core.js").Core, cacheOptions?: object, extractMethod?: (result: unknown, idField: unknown) => unknown }} [setting]
 */
export function define(options, { name = "get", core = makeCore(), cacheOptions, extractMethod } = {}) {
  const { lines, logger } = recorder();
  const context = new Context(core, { ...readCacheOptions({ logger, ...cacheOptions }, serverChecks), extractMethod });
  const complete = readFunctionOptions(context.options, options, undefined);
  const definition = new Definition(
    context,
    () => {},
    complete,
    () => ({ name, suffix: "" }),
  );
  definition.entities;
  return { definition, lines, core };
}
