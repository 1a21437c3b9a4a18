// @ts-check
/**
 * How commands reach a client: ioredis, iovalkey, node-redis (client, pool, Cluster, Sentinel) and @upstash/redis, told
 * apart by what they can do, never by their class, and none of them imported.
 *
 * A command is `[name, keys, arguments]`, so that nobody has to guess which of its words are keys. Nothing here knows
 * what the commands are for; js/remote/connections/methods.js does the same for objects with the methods of a backend.
 */

import { BackendError } from "../../messages/errors.js";
import { escapeGlob } from "./glob.js";
import { listIn, textIn, textOf } from "./reply.js";

/**
 * A Lua script; its `sha` is computed when it is first sent.
 * @typedef {{ source: string, sha?: string }} Script
 */
/** @typedef {string | number | Uint8Array} Argument */
/** @typedef {[name: string | Script, keys: string[], args?: Argument[]]} Command */

/** Keys that one SCAN looks at: enough for the way there and back to cost little, and one or two milliseconds of the server. */
const SCAN_COUNT = 2000;

const encoder = new TextEncoder();

/** @param {string} text */
async function sha1(text) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", encoder.encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {unknown} error */
function isUnknownScript(error) {
  return error instanceof Error && error.message.includes("NOSCRIPT");
}

/** What all clients have in common. A subclass says how one command, or several at once, are sent. */
export class Connection {
  /** What the client puts before every key, so that a key's real name is this and the name that we use. */
  keyPrefix = "";
  /** Whether keys live on several servers, so that a script may only touch keys of one slot. */
  isCluster = false;
  /** Whether scripts can be run. */
  hasScripts = true;
  /** Whether the server keeps streams, so that the invalidation log is shared by all its clients. */
  hasLog = true;
  /** Whether a Uint8Array is stored as it is. */
  hasBytes = true;
  /** Whether there are sets. */
  hasSets = true;
  /** Whether members can be drawn from a set and taken out of it. */
  canReap = true;
  /** Whether a value and the time that it has left come in one answer, to `get-timed`. */
  hasTimedGet = false;
  /** Whether it is a socket: in a Worker that belongs to one request, as timers do, and so it may share a timer. */
  hasSocket = false;

  /** @param {object} client */
  constructor(client) {
    /** What it speaks through. Connections over one client share what a process keeps in place of a log. @readonly */
    this.client = client;
  }

  /**
   * Sends one command. Rejects with what the client rejects with.
   * @param {Command} command
   * @param {boolean} [asBytes] whether strings in the reply are wanted as bytes
   * @returns {Promise<any>}
   */
  request([name, keys, args = []], asBytes = false) {
    return typeof name === "string"
      ? this.transmit(name, keys, args, keys, asBytes)
      : this.#run(name, keys, args, asBytes);
  }

  /**
   * Runs a script by its hash, and by its source where the server does not know it yet.
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
   * Sends several commands at once and answers with their replies, an Error for each that failed. They may go over
   * several connections, so their order says nothing about the order in which they are executed.
   * @param {Command[]} commands
   * @returns {Promise<any[]>}
   */
  async send(commands) {
    return Promise.all(commands.map(async (command) => this.request(command)).map((reply) => reply.catch(asError)));
  }

  /**
   * The servers that hold keys, each as a connection for commands without keys.
   * @returns {Promise<Connection[]>}
   */
  async servers() {
    return [this];
  }

  /**
   * The keys that match a glob pattern, page by page; some may come twice. Each that is there all the while comes.
   * @param {string} pattern without `keyPrefix`, as the keys that come
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
    throw new TypeError("a connection must say how it transmits a command");
  }
}

/** @param {unknown} error */
function asError(error) {
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * Node's clients take a Buffer where the bytes are any Uint8Array.
 * @param {Argument} argument
 */
function asBuffer(argument) {
  return argument instanceof Uint8Array
    ? Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength)
    : argument;
}

/** ioredis and iovalkey: `call`, `getBuffer` and its like, `pipeline`. They put `keyPrefix` before keys by themselves. */
class IoredisConnection extends Connection {
  hasSocket = true;
  #client;

  /** @param {any} client */
  constructor(client) {
    super(client);
    this.#client = client;
    this.keyPrefix = String(client.options?.keyPrefix ?? "");
    this.isCluster = client.isCluster === true;
  }

  /** @type {Connection["transmit"]} */
  transmit(name, _keys, args, leading, asBytes) {
    const words = args.length === 0 ? leading : [...leading, ...args.map(asBuffer)];
    // Not `callBuffer`: with auto-pipelining it loses the command's name (ioredis 6.0).
    return asBytes ? this.#client[`${name}Buffer`](words) : this.#client.call(name, words);
  }

  /** @type {Connection["send"]} */
  async send(commands) {
    // A pipeline is one write to the socket. In a Cluster it would refuse keys of several nodes, and a script may have
    // to be sent a second time.
    if (this.isCluster || commands.length < 2 || commands.some(([name]) => typeof name !== "string"))
      return super.send(commands);
    const pipeline = this.#client.pipeline();
    for (const [name, keys, args = []] of commands) pipeline.call(name, [...keys, ...args.map(asBuffer)]);
    const replies = await pipeline.exec();
    return replies.map((/** @type {[Error | null, any]} */ [error, reply]) => error ?? reply);
  }

  async servers() {
    if (!this.isCluster) return [this];
    const masters = this.#client.nodes("master");
    // A server that the client has just lost is none of its nodes until it has looked again, but has keys all the same.
    const owners = new Set(this.#client.slots.map((/** @type {string[] | undefined} */ nodes) => nodes?.[0]));
    if (owners.size === 0 || masters.length < owners.size) {
      throw new BackendError(
        "ERR_CACHEREF_NODES",
        `the client knows ${masters.length} of the ${owners.size} masters of the Cluster`,
      );
    }
    return masters.map((/** @type {any} */ node) => new IoredisConnection(node));
  }
}

/** node-redis: `sendCommand` is the raw way in all its forms, with other leading arguments in each. */
class NodeRedisConnection extends Connection {
  hasSocket = true;
  #client;
  #send;

  /** @param {any} client */
  constructor(client) {
    super(client);
    this.#client = client;
    // Raw commands do not get the prefix that the client's own methods put before keys.
    this.keyPrefix = client._keyPrefix ?? client.options?.keyPrefix ?? "";
    this.isCluster = typeof client.getRandomNode === "function";
    const isSentinel = typeof client.getSentinelNode === "function";
    /** @type {(keys: string[], words: any[], options?: object) => Promise<any>} */
    this.#send = this.isCluster
      ? (keys, words, options) => client.sendCommand(keys[0], false, words, options)
      : isSentinel
        ? (_keys, words, options) => client.sendCommand(false, words, options)
        : (_keys, words, options) => client.sendCommand(words, options);
  }

  /** @type {Connection["transmit"]} */
  transmit(name, keys, args, leading, asBytes) {
    const { keyPrefix } = this;
    const words = args.map((argument) => (typeof argument === "number" ? String(argument) : asBuffer(argument)));
    if (keyPrefix === "") return this.#send(keys, [name, ...leading, ...words], asBytes ? AS_BYTES : undefined);
    const prefixed = keys.map((key) => keyPrefix + key);
    if (leading.length > 0) words.unshift(...prefixed);
    else words.splice(2, keys.length, ...prefixed);
    return this.#send(prefixed, [name, ...words], asBytes ? AS_BYTES : undefined);
  }

  async servers() {
    if (!this.isCluster) return [this];
    const clients = await Promise.all(
      this.#client.masters.map((/** @type {any} */ node) => this.#client.nodeClient(node)),
    );
    return clients.map((client) => new NodeRedisConnection(client));
  }
}

/** Bulk strings (`$`) as Buffers, the way node-redis 5 and 6 are told, and the way 4 is. */
const AS_BYTES = { typeMapping: { 36: globalThis.Buffer }, returnBuffers: true };

/** @upstash/redis: commands as JSON over HTTP. Its own methods would parse values that look like JSON. */
class UpstashConnection extends Connection {
  #requester;

  /** @param {any} client */
  constructor(client) {
    super(client);
    this.#requester = client.client;
    this.hasBytes = false;
  }

  /** @type {Connection["transmit"]} */
  async transmit(name, _keys, args, leading) {
    const [reply] = await this.#post([[name, ...leading, ...args]]);
    if (reply instanceof Error) throw reply;
    return reply;
  }

  /** @type {Connection["send"]} */
  async send(commands) {
    if (commands.some(([name]) => typeof name !== "string")) return super.send(commands);
    return this.#post(commands.map(([name, keys, args = []]) => [name, ...keys, ...args]));
  }

  /**
   * Always as a pipeline: the error of a single request repeats the command, and with it the value, in its message.
   * @param {any[][]} body
   */
  async #post(body) {
    const replies = await this.#requester.request({ path: ["pipeline"], body });
    return replies.map((/** @type {any} */ { result, error }) => (error ? new Error(error) : result));
  }
}

/**
 * The connection over a raw client, or `undefined` when the object is none that takes commands as they are.
 * @param {any} client
 * @returns {Connection | undefined}
 */
export function connectClient(client) {
  if (typeof client?.call === "function" && typeof client.pipeline === "function") return new IoredisConnection(client);
  if (typeof client?.sendCommand === "function") return new NodeRedisConnection(client);
  if (typeof client?.client?.request === "function") return new UpstashConnection(client);
  return undefined;
}
