// @ts-check
/**
 * Reads the replies of a backend. Texts may come as bytes, and lists as sets. A reply of another type than its command
 * has counts as a failure: a failed operation is repeated, a misread reply would not be.
 */
import { bytesOf, isError, isSet } from "../../boundary/realms.js";
import { BackendError } from "../../messages/errors.js";

const decoder = new TextDecoder();

/** Whether an error is the reply of a server, which begins with a code: `OOM command not allowed …`. @param {any} error */
export const isReply = (error) => isError(error) && /^-?[A-Z][A-Z0-9_]+ /.test(error.message);

/** Whether a server says that this user, or nobody, may use a command. @param {any} error */
export const isRefusal = (error) =>
  isError(error) && /NOPERM|unknown|not (?:available|allowed|supported)|disabled/i.test(error.message);

/** @param {unknown} reply */
export function textOf(reply) {
  if (typeof reply === "string") return reply;
  const bytes = bytesOf(reply);
  return bytes === undefined ? String(reply) : decoder.decode(bytes);
}

/**
 * @param {unknown} reply
 * @param {string} command
 * @returns {any[]}
 */
export function listIn(reply, command) {
  if (Array.isArray(reply)) return reply;
  if (isSet(reply)) return [...reply];
  throw refused(reply, command, "a list");
}

/**
 * @param {unknown} reply
 * @param {string} command
 */
export function countIn(reply, command) {
  const count = Number(bytesOf(reply) === undefined ? reply : textOf(reply));
  if (Number.isInteger(count)) return count;
  throw refused(reply, command, "a whole number");
}

/**
 * @param {unknown} reply
 * @param {string} command
 * @param {RegExp} pattern
 */
export function textIn(reply, command, pattern) {
  const text = textOf(reply);
  if (pattern.test(text)) return text;
  throw refused(reply, command, `a text like ${pattern}`);
}

/** @param {unknown} reply @param {string} command @param {string} wanted */
function refused(reply, command, wanted) {
  // The reply itself may be somebody's data.
  return new BackendError(
    "ERR_CACHEREF_REPLY",
    `the backend answered ${command} with ${typeof reply}, not with ${wanted}`,
  );
}
