// @ts-check
/** ioredis and iovalkey: `call`, `getBuffer` and the like, `pipeline`. The client itself puts `keyPrefix` before keys. */
import { BackendError } from "../../messages/errors.js";
import { asBuffer, Connection } from "./connection.js";

export class IoredisConnection extends Connection {
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
    // A pipeline is one write to the socket. A Cluster refuses one with keys of several nodes, and a script may have to
    // be sent a second time.
    if (this.isCluster || commands.length < 2 || commands.some(([name]) => typeof name !== "string"))
      return super.send(commands);
    const pipeline = this.#client.pipeline();
    for (const [name, keys, args = []] of commands) pipeline.call(name, [...keys, ...args.map(asBuffer)]);
    const replies = await pipeline.exec();
    return replies.map((/** @type {[Error | null, any]} */ [error, reply]) => error ?? reply);
  }

  /** In one write to the socket, which takes three quarters of the time of two. @type {Connection["getTimed"]} */
  async getTimed(key, asBytes) {
    if (this.isCluster) return super.getTimed(key, asBytes);
    const pipeline = this.#client.pipeline().pttl(key);
    const [left, value] = await (asBytes ? pipeline.getBuffer(key) : pipeline.get(key)).exec();
    const error = left[0] ?? value[0];
    if (error) throw error;
    return [left[1], value[1]];
  }

  refresh() {
    return new Promise((resolve) => {
      this.#client.refreshSlotsCache(() => resolve(undefined));
    });
  }

  get separate() {
    const client = this.#client;
    if (typeof client.duplicate !== "function") return undefined;
    return async () => {
      // Nothing is tried again here: who reads opens another connection. A limit for replies would end a wait.
      const options = {
        lazyConnect: true,
        scaleReads: "master",
        retryStrategy: null,
        clusterRetryStrategy: null,
        sentinelRetryStrategy: null,
        commandTimeout: undefined,
        socketTimeout: undefined,
      };
      const own = this.isCluster ? client.duplicate([], options) : client.duplicate(options);
      own.on("error", () => {});
      const nodes = () => (this.isCluster ? own.nodes("all") : [own]);
      const rest = (/** @type {any} */ node) => node.stream?.unref?.();
      if (this.isCluster) own.on("+node", (/** @type {any} */ node) => node.on("connect", () => rest(node)));
      const end = () => {
        const streams = nodes().map((/** @type {any} */ node) => node.stream);
        own.disconnect();
        // The client would wait two seconds for a server that does not close its end.
        for (const stream of streams) stream?.destroy();
      };
      try {
        await own.connect();
      } catch (error) {
        end();
        throw error;
      }
      // It keeps no process alive.
      for (const node of nodes()) rest(node);
      return { connection: new IoredisConnection(own), end };
    };
  }

  /** @type {Connection["onEnd"]} */
  onEnd(listener) {
    this.#client.once("end", listener);
    return () => this.#client.off("end", listener);
  }

  async servers() {
    if (!this.isCluster) return [this];
    const masters = this.#client.nodes("master");
    // The client drops a lost server from its nodes until it has refreshed its slots. That server still has keys.
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
