// @ts-check
/**
 * The leases of near caches, as the server keeps them. An instance with a lease serves values from its memory; an
 * invalidation resolves when every such instance has applied its entry, or its lease has ended.
 *
 * js/near/lease.js is the holder's side. What follows from what, and what was tried without: tests/protocol/near.rs.
 */
import { countIn, listIn, textIn, textOf } from "../connections/reply.js";
import { BURST, sendAll } from "./bursts.js";
import { compareIds } from "./log.js";
import { CLOSE, JOIN, RENEW, WAITING } from "./lua-near.js";

/** @typedef {import("./log.js").Position} Position */
/** @typedef {{ name: string, ms: number, isAwaited: boolean }} Terms whose lease, how long, and whether invalidations wait for it */
/** @typedef {{ instance: string, endsInMs: number, applied: string, isAwaited: boolean }} Held */

const ID = /^\d+-\d+$/;
const SHORTEST_PAUSE_MS = 0.5;
const LONGEST_PAUSE_MS = 50;

export class Leases {
  #port;
  #layout;
  #log;
  #own;
  /** Applies an entry to the near cache of this process, if it has one. @type {(concerns: string[], id: string) => void} */
  applyHere = () => {};
  /** How long it took lately until all had applied an entry. To ask before would be in vain. */
  #usualMs = SHORTEST_PAUSE_MS;

  /**
   * @param {import("../connections/connection.js").Port} port
   * @param {import("./layout.js").Layout} layout
   * @param {import("./stream-log.js").StreamLog} log
   * @param {() => string} own how the names of this cache's own instances begin: it applies its invalidations itself
   */
  constructor(port, layout, log, own) {
    this.#port = port;
    this.#layout = layout;
    this.#log = log;
    this.#own = own;
  }

  get #keys() {
    const { log, registry, witness } = this.#layout;
    return [log, registry, witness];
  }

  /**
   * Ends an invalidation of several steps: between its entry and its last step a near cache may have read an old value
   * again. Resolves when all have applied the entry that says so.
   * @param {string[]} concerns
   */
  async close(concerns) {
    if (concerns.length === 0) return;
    let last = "";
    let lostForMs = 0;
    /** @type {Set<string>} */
    const names = new Set();
    for (let from = 0; from < concerns.length; from += BURST) {
      const [id, lost, ...holders] = await this.#append(concerns.slice(from, from + BURST));
      last = id;
      lostForMs = Math.max(lostForMs, lost);
      for (const name of holders) names.add(name);
    }
    await this.settle(last, [lostForMs, ...names], concerns);
  }

  /**
   * @param {string[]} concerns
   * @returns {Promise<[string, number, ...string[]]>} the id of the entry, and its holders
   */
  async #append(concerns) {
    const [log, registry, witness] = this.#keys;
    if (this.#port.can.scripts) {
      const entry = this.#log.entry(concerns);
      const keys = [log, this.#layout.besideLog(), registry, witness];
      const reply = listIn(await this.#port.request([CLOSE, keys, entry.words]), "the script that closes");
      const { id } = this.#log.noteReply(entry, reply);
      const [lost, ...names] = listIn(reply[4], "the script that closes");
      return [id, Number(lost), ...names.map(textOf)];
    }
    const { id } = await this.#log.append(concerns);
    // Without scripts nobody says whose lease has ended: all of them are asked for.
    const [found, last] = await sendAll(this.#port, [
      ["hgetall", [registry]],
      ["get", [witness]],
    ]);
    const held = readRegistry(found, 0).filter(({ isAwaited }) => isAwaited);
    const isLost = held.length === 0 && last !== null && last !== undefined;
    return [id, isLost ? Number(textOf(last)) - Date.now() : 0, ...held.map((one) => one.instance)];
  }

  /**
   * Waits until an entry is applied wherever a near cache may serve. Rejects if the server fails meanwhile.
   * @param {string} id of the entry
   * @param {unknown[]} holders for how long lost leases may run, and the names of those that held one at the entry
   * @param {string[]} concerns of the entry
   * @returns {Promise<void> | undefined} undefined: there is nobody to wait for
   */
  settle(id, holders, concerns) {
    this.applyHere(concerns, id);
    const lostMs = Number(holders[0]);
    const own = this.#own();
    const names = holders
      .slice(1)
      .map(textOf)
      .filter((name) => !name.startsWith(own));
    return names.length > 0 || lostMs > 0 ? this.#wait(id, names, lostMs) : undefined;
  }

  /** @param {string} id @param {string[]} names @param {number} lostMs */
  async #wait(id, names, lostMs) {
    let waitedMs = 0;
    for (let pause = this.#usualMs; names.length > 0 || lostMs > 0; pause = pauseBetween(waitedMs / 2)) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      waitedMs += pause;
      [lostMs, names] = await this.#waiting(id, names);
    }
    // One that was slow once, or was waited for until its lease had ended, slows the next ones down only a little.
    const usualMs = this.#usualMs;
    this.#usualMs = pauseBetween(waitedMs > usualMs ? Math.min(waitedMs, 2 * usualMs) : 0.75 * usualMs);
  }

  /**
   * @param {string} id
   * @param {string[]} names
   * @returns {Promise<[number, string[]]>} for how long lost leases may run, and who has not applied the entry
   */
  async #waiting(id, names) {
    const [, registry, witness] = this.#keys;
    if (this.#port.can.scripts) {
      const reply = listIn(await this.#port.request([WAITING, [registry, witness], [id, ...names]]), "a script");
      return [countIn(reply[0], "a script"), reply.slice(1).map(textOf)];
    }
    const [found, time, last] = await sendAll(this.#port, [
      ["hgetall", [registry]],
      ["time", []],
      ["get", [witness]],
    ]);
    const now = Number(textOf(time[0])) * 1000;
    const held = readRegistry(found, now);
    const left = held.filter(({ instance, applied }) => names.includes(instance) && compareIds(applied, id) < 0);
    return [held.length === 0 ? Math.max(0, Number(last ?? 0) - now) : 0, left.map(({ instance }) => instance)];
  }

  /**
   * Begins a lease.
   * @param {Terms} terms
   * @param {string} former the name of the lease before; "" if there was none
   * @returns {Promise<Position | undefined>} the end of the log; undefined where the log is empty
   */
  async join({ name, ms, isAwaited }, former) {
    const words = [name, ms, isAwaited ? "e" : "s", former];
    const [id, by] = listIn(await this.#port.aside([JOIN, this.#keys, words]), "the script that begins a lease");
    return id === undefined ? undefined : { id: textIn(id, "the script that begins a lease", ID), by: textOf(by) };
  }

  /**
   * Renews a lease, and says what its holder has applied.
   * @param {Terms} terms
   * @param {Position} applied
   * @param {Position} before what was applied at the renewal before
   * @returns {Promise<Position | "lapsed" | "lost">} the end of the log; or that there is no lease, or another log
   */
  async renew({ name, ms, isAwaited }, applied, before) {
    const words = [name, ms, isAwaited ? "e" : "s", applied.id, before.id, before.by];
    const [id, by] = listIn(await this.#port.aside([RENEW, this.#keys, words]), "the script that renews a lease");
    const answer = textIn(id, "the script that renews a lease", /^(lapsed|lost|\d+-\d+)$/);
    return answer === "lapsed" || answer === "lost" ? answer : { id: answer, by: textOf(by) };
  }

  /** Ends a lease: nobody waits for it any more. @param {string} name */
  async leave(name) {
    await this.#port.aside(["hdel", [this.#layout.registry], [name]]);
  }
}

/** @param {number} ms */
const pauseBetween = (ms) => Math.min(Math.max(ms, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);

/**
 * The leases in a registry.
 * @param {any} reply of HGETALL, in protocol RESP2 or RESP3
 * @param {number} now by the clock of the server
 * @returns {Held[]}
 */
export function readRegistry(reply, now) {
  const pairs =
    reply instanceof Map
      ? [...reply]
      : Array.isArray(reply)
        ? reply.flatMap((name, i) => (i % 2 === 0 ? [[name, reply[i + 1]]] : []))
        : Object.entries(reply ?? {});
  return pairs.flatMap(([name, value]) => {
    const [end, applied, mode] = textOf(value).split(" ");
    if (textOf(name) === "" || Number(end) <= now) return [];
    return [{ instance: textOf(name), endsInMs: Number(end) - now, applied, isAwaited: mode === "e" }];
  });
}
