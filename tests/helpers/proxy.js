// A TCP proxy before a Redis server that sees where commands begin and end: it counts them and the round trips, and can
// hold back, cut off or swallow any of them, or its reply.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { commandReader, replyReader } from "./resp.js";

/**
 * What happens to a command: it passes; it waits (`hold` before the server sees it, `hold-reply` after) until `release`;
 * the connection is cut before or after the server has it; or nothing ever comes back.
 * @typedef {"pass" | "hold" | "hold-reply" | "cut" | "cut-reply" | "drop" | "drop-reply"} Fate
 */

/** What the server sends unasked. */
const PASSING = { fate: /** @type {Fate} */ ("pass"), isHeld: () => false };

/** What clients send of their own accord when they connect. */
const OWN = new Set(["hello", "client", "info", "select", "auth", "readonly", "cluster", "command", "ping", "quit"]);

/**
 * @param {number} target port of the server
 */
export async function startProxy(target) {
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  /** @type {(() => void)[]} */
  let held = [];
  /** How often everything was released: what was decided on before is not held any more. */
  let releases = 0;
  const proxy = {
    port: 0,
    /** Commands seen since `reset`, without those that clients send to get connected. @type {string[][]} */
    commands: /** @type {string[][]} */ ([]),
    roundTrips: 0,
    /** Asked for each command. @type {(words: string[], index: number) => Fate} */
    decide: /** @type {(words: string[], index: number) => Fate} */ (() => "pass"),
    isRefusing: false,
    /** Called when something is held. */
    onHold: () => {},
    reset() {
      proxy.commands = [];
      proxy.roundTrips = 0;
      proxy.decide = () => "pass";
      proxy.onHold = () => {};
    },
    /** Resolves when a command or a reply is held. @returns {Promise<void>} */
    untilHeld: () =>
      new Promise((resolve) => {
        if (held.length > 0) resolve();
        else proxy.onHold = () => resolve();
      }),
    /** What is held passes. What comes after it is decided upon as before. */
    letGo() {
      for (const pass of held.splice(0)) pass();
    },
    /** What is held passes, and so does everything from now on. */
    release() {
      proxy.decide = () => "pass";
      releases += 1;
      proxy.letGo();
    },
    /** Cuts every connection. */
    cut() {
      held = [];
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      proxy.cut();
      server.close();
      await once(server, "close");
    },
  };

  const server = createServer((client) => {
    if (proxy.isRefusing) return client.destroy();
    const upstream = connect(target, "127.0.0.1");
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const readCommands = commandReader();
    const readReplies = replyReader();
    /** The fates of the replies to come, in order. @type {{ fate: Fate, isHeld: () => boolean }[]} */
    const fates = [];
    /** What waits in each direction behind something held; `undefined` while nothing is. */
    const queues = {
      up: /** @type {(() => void)[] | undefined} */ (undefined),
      down: /** @type {(() => void)[] | undefined} */ (undefined),
    };
    let isWaiting = false;

    /** @param {"up" | "down"} way @param {() => void} act */
    const inOrder = (way, act) => {
      const queue = queues[way];
      if (queue) queue.push(act);
      else act();
    };
    /** @param {"up" | "down"} way @param {() => void} act */
    const hold = (way, act) => {
      queues[way] = [];
      held.push(() => {
        const waiting = queues[way] ?? [];
        queues[way] = undefined;
        act();
        for (const next of waiting) inOrder(way, next);
      });
      proxy.onHold();
    };

    client.on("data", (chunk) => {
      for (const { words, bytes } of readCommands(chunk)) {
        /** @type {Fate} */
        let fate = "pass";
        if (!OWN.has(words[0].toLowerCase())) {
          if (!isWaiting) proxy.roundTrips += 1;
          isWaiting = true;
          proxy.commands.push(words);
          fate = proxy.decide(words, proxy.commands.length - 1);
        }
        const before = releases;
        const isHeld = () => releases === before;
        const pass = () => {
          fates.push({ fate, isHeld });
          upstream.write(bytes);
        };
        inOrder("up", () => {
          if (fate === "cut") client.destroy();
          else if (fate === "hold" && isHeld()) hold("up", pass);
          else if (fate !== "drop") pass();
          else queues.up = [];
        });
      }
    });
    upstream.on("data", (chunk) => {
      for (const bytes of readReplies(chunk)) {
        const { fate, isHeld } = fates.shift() ?? PASSING;
        isWaiting = false;
        const pass = () => client.write(bytes);
        inOrder("down", () => {
          if (fate === "cut-reply") client.destroy();
          else if (fate === "hold-reply" && isHeld()) hold("down", pass);
          else if (fate !== "drop-reply") pass();
          else queues.down = [];
        });
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy.port = /** @type {import("node:net").AddressInfo} */ (server.address()).port;
  return proxy;
}
