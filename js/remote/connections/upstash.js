// @ts-check
/** @upstash/redis: commands as JSON over HTTP. The client's own methods would parse values that look like JSON. */
import { isError } from "../../boundary/realms.js";
import { Connection } from "./connection.js";

export class UpstashConnection extends Connection {
  #requester;

  /** @param {any} client */
  constructor(client) {
    super(client);
    this.#requester = client.client;
    this.can.bytes = false;
  }

  /** @type {Connection["transmit"]} */
  async transmit(name, _keys, args, leading) {
    const [reply] = await this.#post([[name, ...leading, ...args]]);
    if (isError(reply)) throw reply;
    return reply;
  }

  /** @type {Connection["send"]} */
  async send(commands) {
    if (commands.some(([name]) => typeof name !== "string")) return super.send(commands);
    return this.#post(commands.map(([name, keys, args = []]) => [name, ...keys, ...args]));
  }

  /**
   * Always a pipeline: the error message of a single request repeats the command, and so the value.
   * @param {any[][]} body
   */
  async #post(body) {
    const replies = await this.#requester.request({ path: ["pipeline"], body });
    return replies.map((/** @type {any} */ { result, error }) => (error ? new Error(error) : result));
  }
}
