// @ts-check
/**
 * How commands reach a server. Each client has a subclass in a file of its own.
 *
 * A command is `[name, keys, arguments]`, so that nobody has to guess which of its words are keys. Nothing in this folder
 * knows what the commands are for.
 */

import { isError } from "../../boundary/realms.js";
import { SLOTS } from "./cluster-slot.js";
import { escapeGlob } from "./glob.js";
import { isRefusal, listIn, textIn, textOf } from "./reply.js";

/**
 * A Lua script; its `sha` is computed when it is first sent.
 * @typedef {{ source: string, sha?: string }} Script
 */
/** @typedef {string | number | Uint8Array} Argument */
/** @typedef {[name: string | Script, keys: string[], args?: Argument[]]} Command */

/**
 * What a server can do through its client. It is one object for each connection, read at each use: what turns out to be
 * forbidden is set to false for everybody.
 * @typedef {object} Abilities
 * @property {boolean} scripts run Lua scripts
 * @property {boolean} log keep streams, so that all clients share one invalidation log
 * @property {boolean} bytes store a Uint8Array as it is
 * @property {boolean} sets keep sets
 * @property {boolean} reap draw members from a set and remove them
 * @property {boolean} remove remove members from a set
 */
/** What the protocol needs of a connection. @typedef {Pick<Connection, "can" | "request" | "aside" | "follow" | "send" | "scan" | "topology">} Port */
/**
 * What says whether a scan has seen every key: the servers, their runs and their slots, in one text; whether slots are on
 * the move; and whether these servers have all slots.
 * @typedef {{ text: string, isMoving: boolean, isWhole: boolean }} Topology
 */

/** A connection that is ours. @typedef {{ connection: Connection, end: () => void }} Separate */

/** Keys that one SCAN looks at. The server takes one or two milliseconds for them, so the round trip costs little. */
const SCAN_COUNT = 2000;

const encoder = new TextEncoder();

/** @param {string} text */
async function sha1(text) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", encoder.encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {unknown} error */
function isUnknownScript(error) {
  return isError(error) && error.message.includes("NOSCRIPT");
}

const yes = () => true;
const no = () => false;

/** What all clients have in common. A subclass sends one command, or several at once. */
export class Connection {
  /** What the client puts before every key: the real name of a key is this and the name that we use. */
  keyPrefix = "";
  /** Whether keys live on several servers, so that a script may only touch keys of one slot. */
  isCluster = false;
  /** @type {Abilities} */
  can = { scripts: true, log: true, bytes: true, sets: true, reap: true, remove: true };
  /** Whether operations may share one timer. In a Worker a timer belongs to one request, and so does a socket. */
  hasSocket = false;

  /** @param {object} client */
  constructor(client) {
    /** The user's client. All connections over one client share the log of the process. @readonly */
    this.client = client;
  }

  /**
   * Sends one command. Rejects with what the client rejects with.
   * @param {Command} command
   * @param {boolean} [asBytes] whether strings in the reply are wanted as bytes
   * @returns {Promise<any>}
   */
  request([name, keys, args = []], asBytes = false) {
    if (name === "get-timed") return this.getTimed(keys[0], asBytes);
    return typeof name === "string"
      ? this.transmit(name, keys, args, keys, asBytes)
      : this.#run(name, keys, args, asBytes);
  }

  /**
   * The milliseconds that a value has left (-1: no expiry; -2: there is none), and the value. In this order: a value that is
   * stored in between seems older than it is, never younger.
   * @param {string} key
   * @param {boolean} asBytes
   * @returns {Promise<[left: any, value: any]>}
   */
  getTimed(key, asBytes) {
    return Promise.all([this.request(["pttl", [key]]), this.request(["get", [key]], asBytes)]);
  }

  /**
   * Sends a command of work in the background. A guard treats it apart.
   * @param {Command} command
   * @returns {Promise<any>}
   */
  aside(command) {
    return this.request(command);
  }

  /**
   * Sends a command whose end matters even after its time limit.
   * @param {Command} command
   * @returns {{ reply: Promise<any>, settled: Promise<boolean> }} settled: whether it succeeded, once the server has answered
   */
  follow(command) {
    const reply = this.request(command);
    return { reply, settled: reply.then(yes, no) };
  }

  /**
   * Runs a script by its hash, or by its source where the server does not know it yet.
   * @param {Script} script
   * @param {string[]} keys
   * @param {Argument[]} args
   * @param {boolean} asBytes
   */
  async #run(script, keys, args, asBytes) {
    script.sha ??= await sha1(script.source);
    try {
      return await this.transmit("evalsha", keys, [script.sha, keys.length, ...keys, ...args], [], asBytes);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return this.transmit("eval", keys, [script.source, keys.length, ...keys, ...args], [], asBytes);
    }
  }

  /**
   * Sends several commands at once. Answers with their replies, and with an Error for each that failed. The commands may
   * use several sockets, so the server may execute them in another order.
   * @param {Command[]} commands
   * @returns {Promise<any[]>}
   */
  async send(commands) {
    return Promise.all(commands.map(async (command) => this.request(command)).map((reply) => reply.catch(asError)));
  }

  /**
   * Opens another connection to the server that has a key, for commands that block; undefined where the client has no way to.
   * @returns {((key: string) => Promise<Separate>) | undefined}
   */
  get separate() {
    return undefined;
  }

  /**
   * Calls a listener when the user has ended the client.
   * @param {() => void} _listener
   * @returns {() => void} stops that
   */
  onEnd(_listener) {
    return () => {};
  }

  /**
   * Reads a stream by XREAD.
   * @param {Argument[]} words what comes before the name of the stream
   * @param {string} stream
   * @param {string} id
   */
  readStream(words, stream, id) {
    // The key is named apart: a Cluster needs it, and it is not the first word.
    return this.transmit("xread", [stream], [...words, stream, id], [], false);
  }

  /**
   * The servers that hold keys, each as a connection for commands without keys.
   * @returns {Promise<Connection[]>}
   */
  async servers() {
    return [this];
  }

  /**
   * The servers as they are now; undefined where they may not say it.
   * @returns {Promise<Topology | undefined>}
   */
  async topology() {
    const servers = await this.servers();
    const lines = await Promise.all(servers.map((server) => stateOf(server, this.isCluster)));
    if (lines.some((line) => line === undefined)) return undefined;
    const isWhole = !this.isCluster || lines.reduce((sum, line) => sum + (line?.slots ?? 0), 0) >= SLOTS;
    if (!isWhole) await this.refresh();
    const texts = lines.map((line) => line?.text).sort();
    return { text: texts.join("\n"), isMoving: lines.some((line) => line?.isMoving), isWhole };
  }

  /** Makes the client look anew at which servers there are. */
  async refresh() {}

  /**
   * The keys that match a glob pattern, page by page. A key may come twice. A key that exists during the whole scan comes.
   * @param {string} pattern without `keyPrefix`; the keys come without it too
   * @returns {AsyncGenerator<string[]>}
   */
  async *scan(pattern) {
    const { keyPrefix } = this;
    const match = escapeGlob(keyPrefix) + pattern;
    for (const server of await this.servers()) {
      let cursor = "0";
      do {
        const page = await server.request(["scan", [], [cursor, "match", match, "count", SCAN_COUNT]]);
        const [next, found] = listIn(page, "SCAN");
        cursor = textIn(next, "SCAN", /^\d+$/);
        const keys = listIn(found, "SCAN");
        if (keys.length > 0) yield keys.map((key) => textOf(key).slice(keyPrefix.length));
      } while (cursor !== "0");
    }
  }

  /**
   * @abstract
   * @param {string} _name
   * @param {string[]} _keys which keys the command is about
   * @param {Argument[]} _args the words after `name` and `leading`
   * @param {string[]} _leading the keys that come first on the wire: all, or none for a script
   * @param {boolean} _asBytes
   * @returns {Promise<any>}
   */
  transmit(_name, _keys, _args, _leading, _asBytes) {
    throw new TypeError("a connection must implement transmit");
  }
}

/**
 * What one server says of itself: its run, and in a Cluster its epoch and its slots.
 * @param {Connection} server
 * @param {boolean} isCluster
 */
async function stateOf(server, isCluster) {
  try {
    const [info, nodes] = await Promise.all([
      server.request(["info", [], ["server"]]),
      isCluster ? server.request(["cluster", [], ["nodes"]]) : "",
    ]);
    const run = /run_id:(\w+)/.exec(textOf(info))?.[1];
    if (run === undefined) return undefined;
    const own = textOf(nodes)
      .split("\n")
      .find((line) => line.includes("myself"));
    const [id, , , , , , epoch, , ...ranges] = own?.trim().split(" ") ?? [];
    // A slot that is on the move stands in brackets.
    const held = ranges.filter((range) => !range.startsWith("["));
    const slots = held.reduce((sum, range) => {
      const [from, to = from] = range.split("-").map(Number);
      return sum + to - from + 1;
    }, 0);
    return { text: [run, id, epoch, ...held].join(" "), slots, isMoving: held.length < ranges.length };
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** @param {unknown} error */
function asError(error) {
  return isError(error) ? error : new Error(String(error));
}

/**
 * An argument for Node's clients, which take a Buffer and no other Uint8Array.
 * @param {Argument} argument
 */
export function asBuffer(argument) {
  return argument instanceof Uint8Array
    ? Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength)
    : argument;
}
