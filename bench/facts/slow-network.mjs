// A network between a process and Redis on which replies take their time, and on which what follows others can be cut off.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** What a client sends on a connection on which it wants to learn of changes. */
const FOLLOWS = /\b(?:subscribe|xread|tracking)\b/i;

/**
 * @param {number} target the port of the server
 * @param {number} delayMs how long a reply or a message is under way
 */
export async function slowNetwork(target, delayMs) {
  let isCut = false;
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  /** @type {Set<import("node:net").Socket>} */
  const followers = new Set();
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        followers.delete(client);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (bytes) => {
      if (FOLLOWS.test(bytes.toString("latin1"))) followers.add(client);
      if (isCut && followers.has(client)) client.destroy();
      else upstream.write(bytes);
    });
    upstream.on("data", (bytes) => setTimeout(() => client.write(bytes), delayMs));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `redis://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`,
    /** Cuts the connections that learn of changes, and does so again whenever they come back. */
    cut() {
      isCut = true;
      for (const socket of followers) socket.destroy();
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
