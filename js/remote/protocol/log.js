// @ts-check
/**
 * The invalidation log as its readers see it: positions, entries, and whether an entry concerns something.
 *
 * A position is the id of a real entry together with who wrote it. An id alone could be given twice, to different
 * entries, when a log is evicted and begun anew.
 */

import { textOf } from "../connections/reply.js";

/** @typedef {{ id: string, by: string }} Position */
/** @typedef {Position & { concerns: string[] }} Entry */

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
    for (let i = 2; i + 1 < fields.length; i += 2) concerns.push(`${textOf(fields[i])}:${textOf(fields[i + 1])}`);
    return { id: textOf(id), by: textOf(fields[1]), concerns };
  });
}

/**
 * The fields of an entry.
 * @param {string} by who writes it: different for each entry
 * @param {string[]} concerns
 */
export function writeFields(by, concerns) {
  const fields = ["by", by];
  for (const concern of concerns) fields.push(concern.slice(0, 1), concern.slice(2));
  return fields;
}

/**
 * Orders two ids of the log, `milliseconds-sequence`.
 * @param {string} a
 * @param {string} b
 */
export function compareIds(a, b) {
  const [aTime, aNumber] = a.split("-");
  const [bTime, bNumber] = b.split("-");
  return Number(aTime) - Number(bTime) || Number(aNumber) - Number(bNumber);
}

/**
 * What the log says since a position: whether that is still there, whether the entries go to the end, and the last one.
 * @typedef {{ isThere: boolean, isWhole: boolean, entries: Entry[], end: Position | undefined }} Since
 */

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
