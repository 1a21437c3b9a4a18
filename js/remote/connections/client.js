// @ts-check
/** Recognises a client by its methods, never by its class. None of the client packages is imported. */
import { IoredisConnection } from "./ioredis.js";
import { NodeRedisConnection } from "./node-redis.js";
import { UpstashConnection } from "./upstash.js";

/**
 * The connection over a raw client, or `undefined` when the object takes no raw commands.
 * @param {any} client
 * @returns {import("./connection.js").Connection | undefined}
 */
export function connectClient(client) {
  if (typeof client?.call === "function" && typeof client.pipeline === "function") return new IoredisConnection(client);
  if (typeof client?.sendCommand === "function") return new NodeRedisConnection(client);
  if (typeof client?.client?.request === "function") return new UpstashConnection(client);
  return undefined;
}
