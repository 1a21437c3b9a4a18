// @ts-check
/**
 * node-redis: `sendCommand` sends a raw command from a client, a pool, a Cluster and a Sentinel, which differ in its first
 * arguments.
 */
import { BackendError } from "../../messages/errors.js";
import { slotOf } from "./cluster-slot.js";
import { asBuffer, Connection } from "./connection.js";

/** Asks for bulk strings (`$`) as Buffers: node-redis 5 and 6 read `typeMapping`, 4 reads `returnBuffers`. */
const AS_BYTES = { typeMapping: { 36: globalThis.Buffer }, returnBuffers: true };

export class NodeRedisConnection extends Connection {
  hasSocket = true;
  #client;
  #send;

  /** @param {any} client */
  constructor(client) {
    super(client);
    this.#client = client;
    // The client puts its prefix before the keys of its own methods, and not before those of raw commands.
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
    // Of a script: its hash or source and the number of its keys come first.
    else words.splice(2, keys.length, ...prefixed);
    return this.#send(prefixed, [name, ...words], asBytes ? AS_BYTES : undefined);
  }

  get separate() {
    const client = this.#client;
    if (typeof client.duplicate !== "function") return undefined;
    return async (/** @type {string} */ key) => {
      // A client of a whole Cluster would keep the process alive.
      const origin = this.isCluster ? await client.nodeClient(this.#masterOf(key)) : client;
      // Nothing is tried again here: who reads opens another connection.
      const own = origin.duplicate({ socket: { ...origin.options?.socket, reconnectStrategy: false } });
      own.on("error", () => {});
      const end = async () => {
        try {
          await (own.destroy ?? own.disconnect).call(own);
        } catch {}
      };
      try {
        await own.connect();
      } catch (error) {
        end();
        throw error;
      }
      // It keeps no process alive.
      own.unref?.();
      const connection = new NodeRedisConnection(own);
      connection.keyPrefix = this.keyPrefix;
      return { connection, end };
    };
  }

  /**
   * The master in a Cluster that has a key, as the client knows it.
   * @param {string} key
   */
  #masterOf(key) {
    const client = this.#client;
    const master = client.isOpen ? client.slots[slotOf(this.keyPrefix + key)]?.master : undefined;
    if (master === undefined) throw new BackendError("ERR_CACHEREF_NODES", `the client knows no server of ${key}`);
    return master;
  }

  /** @type {Connection["onEnd"]} */
  onEnd(listener) {
    // A Cluster disconnects.
    const events = ["end", "disconnect"];
    for (const event of events) this.#client.once(event, listener);
    return () => {
      for (const event of events) this.#client.off(event, listener);
    };
  }

  /** @type {Connection["readStream"]} */
  readStream(words, stream, id) {
    const name = this.keyPrefix + stream;
    return this.#send([name], ["xread", ...words.map(String), name, id], undefined);
  }

  async servers() {
    if (!this.isCluster) return [this];
    const clients = await Promise.all(
      this.#client.masters.map((/** @type {any} */ node) => this.#client.nodeClient(node)),
    );
    return clients.map((client) => new NodeRedisConnection(client));
  }
}
