// @ts-check
/** Which cached calls hold an entity, as the indexes on the backend say. */
import { concern, functionOf } from "./protocol/concerns.js";

/**
 * @param {import("./protocol/plain.js").PlainProtocol} protocol
 * @param {import("./protocol/layout.js").Layout} layout
 * @param {import("../functions/functions.js").Functions} functions
 * @param {{ type: string, id: string }} entity
 */
export async function explain(protocol, layout, functions, { type, id }) {
  const keys = await protocol.indexes.keysIn(layout.key(concern.entity(type, id)));
  const lefts = await protocol.send(keys.map((key) => ["pttl", [key]]));

  /** @param {string} key @param {number} left milliseconds until the key expires; -1: never; -2: gone, or not known */
  const explainCall = async (key, left) => {
    if (left === -2 && (await protocol.port.request(["get", [key]])) === null) return undefined;
    const name = functionOf(layout.concern(key));
    const call = { key, function: name };
    return left < 0 ? call : { ...call, ttlMs: Math.max(0, left - (functions.get(name)?.windowMs ?? 0)) };
  };

  const held = await Promise.all(keys.map((key, i) => explainCall(key, Number(lefts[i]))));
  return held.filter((call) => call !== undefined);
}
