// @ts-check
/** Durations as users give them, in milliseconds. */
import { refuse } from "../messages/errors.js";

const MS_PER_UNIT = /** @type {Record<string, number>} */ ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 });

/** A hundred years: no backend can be given more. */
export const FOR_GOOD_MS = 100 * 365 * 86_400_000;

/**
 * Seconds, or a text such as `"90s"`, as milliseconds.
 * @param {unknown} value
 * @param {string} name of the option
 * @returns {number}
 */
export function duration(value, name) {
  if (typeof value === "number" && value >= 0) return endless(value * 1000);
  const parts = typeof value === "string" && /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value);
  if (parts) return endless(Number(parts[1]) * MS_PER_UNIT[parts[2]]);
  return refuse(name, 'a number of seconds >= 0, or a text such as "500ms", "90s", "5m", "1h" or "7d"', value);
}

/** What lasts longer than a hundred years lasts for good. @param {number} ms */
const endless = (ms) => (ms > FOR_GOOD_MS ? Number.POSITIVE_INFINITY : ms);

/**
 * The milliseconds of a ttl that a user's function has answered with, or `undefined` if it is none.
 * @param {unknown} value
 */
export function readTtl(value) {
  try {
    return /** @type {number} */ (duration(value, "ttl"));
  } catch {
    return undefined;
  }
}

/**
 * The clock of a cache whose options name no other: milliseconds since the epoch. It is not `Date.now` itself, because fake
 * timers put another in its place.
 */
export const wallClock = () => Date.now();
