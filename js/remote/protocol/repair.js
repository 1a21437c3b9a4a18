// @ts-check
import { isError } from "../../boundary/realms.js";

/** @typedef {import("../connections/connection.js").Port} Port */

/**
 * Sends a command; where somebody has stored another type under its key, deletes that and sends it again.
 * @param {Port} port
 * @param {import("../connections/connection.js").Command} command
 */
export async function repaired(port, command) {
  try {
    return await port.request(command);
  } catch (error) {
    if (!(isError(error) && error.message.includes("WRONGTYPE"))) throw error;
    await port.request(["unlink", command[1]]);
    return port.request(command);
  }
}
