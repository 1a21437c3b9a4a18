// @ts-check
/** The option `near`: opens memory in front of a backend that other processes share. */
import { ConfigError } from "../messages/errors.js";
import { NearStore } from "../near/store.js";
import { readOptions } from "./memory.js";

/**
 * @param {import("../functions/context.js").Context} context
 * @param {import("../remote/store.js").RemoteStore} far
 * @param {import("../remote/connections/connection.js").Connection} connection
 */
export function openNear(context, far, connection) {
  if (connection.separate === undefined || !connection.can.log) {
    throw new ConfigError(
      "ERR_CACHEREF_OPTION",
      "near needs a Redis client with a method duplicate, as those of ioredis, iovalkey and node-redis have it: a connection of its own waits for the invalidations of other processes, which this backend cannot do",
    );
  }
  const { limits, ...near } = context.options.near;
  return new NearStore(context, far, connection, { ...near, ...readOptions(limits) });
}
