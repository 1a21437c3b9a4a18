// @ts-check
/**
 * Follows the invalidation log over a connection of its own: what any process invalidates is dropped here.
 *
 * It reads from the position of the lease, so after a cut it goes on where it was. The renewal of the lease finds out whether
 * the log is still the same one.
 */
import { BackendError } from "../messages/errors.js";
import { compareIds, readEntries, readStream } from "../remote/protocol/log.js";

/** @typedef {import("../remote/protocol/log.js").Entry} Entry */
/** @typedef {import("../remote/protocol/log.js").Position} Position */
/** @typedef {import("../remote/connections/connection.js").Connection} Connection */

/** How long a read waits for an entry. */
const BLOCK_MS = 5000;
const ENTRIES_PER_READ = 1000;
/** Own entries that are remembered as applied. */
const MOST_AHEAD = 1000;
/** Between two attempts to follow. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

/**
 * @typedef {object} Setting
 * @property {(key: string) => Promise<{ connection: Connection, end: () => void }>} open opens a connection of its own to the server of a key
 * @property {string} log
 * @property {import("./lease.js").Lease} lease
 * @property {(concerns: string[]) => void} apply drops what is near and concerned
 * @property {() => string} instance how the writers of this cache's own entries begin
 * @property {number} timeoutMs for how long a reply may be late
 */

export class Follower {
  #setting;
  #isClosed = false;
  /** @type {(() => void) | undefined} */
  #end;
  /** @type {(() => void) | undefined} */
  #wake;

  /** The ids of own entries that are applied, and not read yet. @type {Set<string>} */
  #ahead = new Set();

  /** @param {Setting} setting */
  constructor(setting) {
    this.#setting = setting;
  }

  /**
   * An entry of this cache is applied already: the reply to the invalidation has come. To apply it again would refuse what
   * was read since.
   * @param {string} id
   */
  passOver(id) {
    const { position } = this.#setting.lease;
    if (position === undefined || compareIds(id, position.id) <= 0) return;
    // Some are never read: a new lease begins behind them.
    if (this.#ahead.size >= MOST_AHEAD) this.#ahead.clear();
    this.#ahead.add(id);
  }

  /** Whether an entry is applied already. Another log may have given its id to an entry of somebody else. @param {Entry} entry */
  #isAhead({ id, by }) {
    return this.#ahead.size > 0 && this.#ahead.delete(id) && by.startsWith(this.#setting.instance());
  }

  /** Never rejects. */
  async run() {
    for (let pause = FIRST_PAUSE_MS; !this.#isClosed; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        const connection = await this.#connect();
        if (!this.#isClosed)
          await this.#follow(connection, () => {
            // The first one again, when the loop has doubled it.
            pause = FIRST_PAUSE_MS / 2;
          });
      } catch (error) {
        // The lease ends by itself, and says so.
        this.#setting.lease.cannotFollow(error);
      }
      this.#disconnect();
      if (!this.#isClosed) await this.#pause(pause);
    }
  }

  close() {
    this.#isClosed = true;
    this.#disconnect();
    this.#wake?.();
  }

  /** Opens the connection. A client may try for ever. */
  async #connect() {
    const { open, log, timeoutMs } = this.#setting;
    const opening = open(log);
    try {
      const { connection, end } = await limited(opening, Math.max(timeoutMs, BLOCK_MS));
      this.#end = end;
      return connection;
    } catch (error) {
      opening.then(
        ({ end }) => end(),
        () => {},
      );
      throw error;
    }
  }

  /** Ends the connection, and only once: ioredis would wait two seconds for a socket that has ended already. */
  #disconnect() {
    const end = this.#end;
    this.#end = undefined;
    end?.();
  }

  /**
   * @param {Connection} connection
   * @param {() => void} onReply
   */
  async #follow(connection, onReply) {
    const { lease, log, apply, timeoutMs } = this.#setting;
    /** The page that is read while the one before it is applied. @type {{ position: Position, reply: Promise<any> } | undefined} */
    let next;
    // A lease that begins before it is known that the log can be read would hold invalidations up.
    await limited(connection.readStream(["count", 1, "streams"], log, "$"), timeoutMs);
    while (!this.#isClosed) {
      const position = lease.position;
      if (position === undefined) {
        await lease.renew();
        if (lease.position === undefined) await this.#pause(FIRST_PAUSE_MS);
        continue;
      }
      const words = ["block", BLOCK_MS, "count", ENTRIES_PER_READ, "streams"];
      const reply = await (next?.position === position
        ? next.reply
        : limited(connection.readStream(words, log, position.id), BLOCK_MS + timeoutMs));
      next = undefined;
      onReply();
      const entries = readEntries(readStream(reply));
      // A new lease begins at the end of the log. What is read from before says nothing about what follows it.
      if (entries.length === 0 || lease.position !== position) continue;
      const last = /** @type {Entry} */ (entries.at(-1));
      if (entries.length === ENTRIES_PER_READ) {
        const reply = limited(connection.readStream(["count", ENTRIES_PER_READ, "streams"], log, last.id), timeoutMs);
        reply.catch(() => {});
        next = { position: last, reply };
      }
      apply(entries.flatMap((entry) => (this.#isAhead(entry) ? [] : entry.concerns)));
      lease.advance(last);
    }
  }

  /** @param {number} ms */
  async #pause(ms) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      /** @type {any} */ (timer).unref?.();
      this.#wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}

/**
 * What a read answers, unless that takes too long. The time limit keeps no process alive.
 * @param {Promise<any>} reading
 * @param {number} ms
 * @returns {Promise<any>}
 */
function limited(reading, ms) {
  return new Promise((resolve, reject) => {
    const late = () => reject(new BackendError("ERR_CACHEREF_TIMEOUT", "the log was not answered"));
    const timer = setTimeout(late, ms);
    /** @type {any} */ (timer).unref?.();
    const settle = (/** @type {(value: any) => void} */ act) => (/** @type {unknown} */ value) => {
      clearTimeout(timer);
      act(value);
    };
    reading.then(settle(resolve), settle(reject));
  });
}
