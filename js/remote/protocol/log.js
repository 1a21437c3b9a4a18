// @ts-check
/**
 * The invalidation log: what a log can do, how an entry is written and read, and whether entries concern something.
 *
 * js/remote/protocol/stream-log.js keeps it in a Redis stream, js/remote/protocol/own-log.js in this process.
 */
import { textOf } from "../connections/reply.js";

/**
 * A place in the log: the id of an entry, and who wrote it. The id alone is not enough: a log that was evicted and begun
 * anew may give the same id to another entry. Where a script has read it, the identity of the log too.
 * @typedef {{ id: string, by: string, identity?: string }} Position
 */
/** @typedef {Position & { concerns: string[] }} Entry */

/**
 * @typedef {object} Log
 * @property {() => Promise<Position>} position the last entry; an empty log gets a first one
 * @property {(position: Position) => Promise<Since>} since the entries after a position
 * @property {(concerns: string[]) => Promise<Position>} append writes an entry; resolves when every later reader sees it
 */

/**
 * What a log says since a position.
 * @typedef {object} Since
 * @property {boolean} isThere whether the log still has the entry of the position
 * @property {boolean} isWhole whether the entries reach to the end of the log
 * @property {Entry[]} entries
 * @property {Position | undefined} end the last of them
 */

/** Entries that a log keeps on a server, about. A run that outlasts them is not stored. */
export const LOG_LENGTH = 100_000;
/** How many entries are read at a time. */
export const PAGE = 256;

/**
 * The reply of XRANGE as entries.
 * @param {any[]} reply
 * @returns {Entry[]}
 */
export function readEntries(reply) {
  return reply.map(([id, fields]) => {
    const concerns = [];
    for (let i = textOf(fields[2] ?? "") === "log" ? 4 : 2; i + 1 < fields.length; i += 2)
      concerns.push(`${textOf(fields[i])}:${textOf(fields[i + 1])}`);
    return { id: textOf(id), by: textOf(fields[1]), concerns };
  });
}

/**
 * The entries of the one stream in a reply of XREAD, in protocol RESP2 or RESP3. There are none if nothing came.
 * @param {any} reply
 * @returns {any[]}
 */
export function readStream(reply) {
  if (!reply) return [];
  if (reply instanceof Map) return [...reply.values()][0] ?? [];
  return Array.isArray(reply) ? (Array.isArray(reply[0]) ? reply[0][1] : reply[1]) : Object.values(reply)[0];
}

/**
 * The fields of an entry.
 * @param {string} by who writes it: different for each entry
 * @param {string} identity of the log
 * @param {string[]} pairs a kind and a name for each concern
 */
export const writeFields = (by, identity, pairs) => ["by", by, "log", identity, ...pairs];

/**
 * Orders two ids of the log, `milliseconds-sequence`.
 * @param {string} a
 * @param {string} b
 */
export function compareIds(a, b) {
  const aEnd = a.indexOf("-");
  const bEnd = b.indexOf("-");
  // Nearly all ids are equally long, and texts are compared faster than numbers are read.
  if (aEnd === bEnd && a.length === b.length) return a === b ? 0 : a < b ? -1 : 1;
  return Number(a.slice(0, aEnd)) - Number(b.slice(0, bEnd)) || Number(a.slice(aEnd + 1)) - Number(b.slice(bEnd + 1));
}

/**
 * @param {Position} position
 * @param {any[]} reply of XRANGE from the position's id on
 * @param {number} count how many entries were asked for
 * @returns {Since}
 */
export function readSince(position, reply, count) {
  const entries = readEntries(reply);
  const [first] = entries;
  const isThere = first !== undefined && first.id === position.id && first.by === position.by;
  return {
    isThere,
    isWhole: isThere && entries.length < count,
    entries: isThere ? entries.slice(1) : [],
    end: entries.at(-1),
  };
}

/**
 * Reads a log from a position to its end, and says whether an entry has one of the concerns.
 * @param {Log} log
 * @param {Position} position
 * @param {Set<string>} concerns
 * @returns {Promise<{ verdict: "clear" | "concerned" | "lost", end: Position }>} lost: the log has no such position any more
 */
export async function readToEnd(log, position, concerns) {
  for (;;) {
    const { isThere, isWhole, entries, end = position } = await log.since(position);
    if (!isThere) return { verdict: "lost", end: position };
    if (entries.some((entry) => entry.concerns.some((concern) => concerns.has(concern))))
      return { verdict: "concerned", end: position };
    if (isWhole) return { verdict: "clear", end };
    position = end;
  }
}
