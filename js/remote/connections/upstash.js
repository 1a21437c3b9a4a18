// @ts-check
/** @upstash/redis: commands as JSON over HTTP. The client's own methods would parse values that look like JSON. */
import { Connection } from "./connection.js";

/** @typedef {{ words: any[], resolve: (reply: any) => void, reject: (error: unknown) => void }} Waiting */

/** Microtasks without a new command after which the commands of a turn are sent. */
const QUIET = 16;
/** Characters of one request. Upstash refuses a request of more than a megabyte on its smallest plan. */
const REQUEST_CHARACTERS = 250_000;

/** A request costs a round trip and is billed, so the commands of one turn share it. */
export class UpstashConnection extends Connection {
  #requester;
  /** The commands of this turn. @type {Waiting[]} */
  #waiting = [];

  /** @param {any} client */
  constructor(client) {
    super(client);
    this.#requester = client.client;
    this.can.bytes = false;
  }

  /** @type {Connection["transmit"]} */
  transmit(name, _keys, args, leading) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ words: [name, ...leading, ...args], resolve, reject });
      if (this.#waiting.length === 1) void this.#sendTurn();
    });
  }

  /**
   * Sends what waits at the end of the turn. Microtasks tell the end: in a Worker a timer could mix the commands of two
   * requests, and one request must not wait for what another one has sent.
   */
  async #sendTurn() {
    for (let seen = 0; seen < this.#waiting.length; ) {
      seen = this.#waiting.length;
      for (let tick = 0; tick < QUIET; tick += 1) await undefined;
    }
    const commands = this.#waiting;
    this.#waiting = [];
    for (const request of requestsOf(commands)) void this.#post(request);
  }

  /**
   * Always a pipeline: the error message of a single request repeats the command, and so the value.
   * @param {Waiting[]} commands
   */
  async #post(commands) {
    try {
      const body = commands.map(({ words }) => words);
      const replies = await this.#requester.request({ path: ["pipeline"], body });
      for (const [index, { resolve, reject }] of commands.entries()) {
        const { result, error } = replies[index];
        if (error) reject(new Error(error));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of commands) reject(error);
    }
  }
}

/**
 * The commands in their order, as many in one request as it may hold, and at least one.
 * @param {Waiting[]} commands
 */
function requestsOf(commands) {
  /** @type {Waiting[][]} */
  const requests = [];
  let room = 0;
  for (const command of commands) {
    const size = command.words.reduce((sum, word) => sum + String(word).length, 0);
    room -= size;
    if (room < 0 || requests.length === 0) {
      requests.push([]);
      room = REQUEST_CHARACTERS - size;
    }
    requests[requests.length - 1].push(command);
  }
  return requests;
}
