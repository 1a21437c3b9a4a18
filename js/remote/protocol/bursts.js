// @ts-check
/** Many commands, a bounded number at a time. */
import { isError } from "../../boundary/realms.js";
import { countIn } from "../connections/reply.js";

/** @typedef {import("../connections/connection.js").Port} Port */
/** @typedef {import("../connections/connection.js").Command} Command */

/** Commands sent at once, and concerns in one entry of the log. */
export const BURST = 200;
/** Indexes that are worked on at the same time. */
const AT_A_TIME = 50;

/**
 * Sends commands, and throws if one of them failed.
 * @param {Port} port
 * @param {Command[]} commands
 * @param {number} [atOnce]
 */
export async function sendAll(port, commands, atOnce = BURST) {
  const replies = [];
  for (let from = 0; from < commands.length; from += atOnce) {
    for (const reply of await port.send(commands.slice(from, from + atOnce))) {
      if (isError(reply)) throw reply;
      replies.push(reply);
    }
  }
  return replies;
}

/**
 * Deletes keys. Returns how many of them existed.
 * @param {Port} port
 * @param {string[]} keys
 */
export async function unlink(port, keys) {
  const counts = await sendAll(
    port,
    keys.map((key) => ["unlink", [key]]),
  );
  return sumOf(counts.map((count) => countIn(count, "UNLINK")));
}

/**
 * Does the same to each item, to a few at a time.
 * @template T, R
 * @param {T[]} items
 * @param {(item: T) => Promise<R>} act
 * @returns {Promise<R[]>}
 */
export async function inBursts(items, act) {
  const results = [];
  for (let from = 0; from < items.length; from += AT_A_TIME) {
    results.push(...(await Promise.all(items.slice(from, from + AT_A_TIME).map(act))));
  }
  return results;
}

/** @param {number[]} counts */
export const sumOf = (counts) => counts.reduce((sum, count) => sum + count, 0);
