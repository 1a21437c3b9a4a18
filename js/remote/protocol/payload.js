// @ts-check
/**
 * A serialized result as a backend keeps it. Text is kept as it is, so that any program can read it. Bytes get a *header*
 * that no text begins with: 0xFF, which UTF-8 does not use, or, where a backend keeps text only, a control character
 * before base64. A value that was made stale has a header in front of all that, with the stale window of whoever did it:
 * for every reader it is as stale as for that one, whatever the reader's own options say.
 */
import { bytesOf } from "../../boundary/realms.js";

const BYTES_HEADER = 0xff;
const BASE64_HEADER = "\u0001base64:";
/** Followed by the window in milliseconds, `:` and the value. `SOFTEN` in js/remote/protocol/lua-drop.js writes it. */
export const SOFT_HEADER = "\u0001soft:";
/** The first character of both headers, of texts and of bytes. */
const HEADER_CODE = 1;
/** A soft header in bytes ends within so many. */
const LONGEST_SOFT_HEADER = 40;
/** Arguments of one call of `fromCharCode`. */
const CHUNK = 8192;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * @param {string | Uint8Array} payload
 * @param {boolean} hasBytes whether the backend stores bytes as they are
 * @returns {string | Uint8Array}
 */
export function encodePayload(payload, hasBytes) {
  if (typeof payload === "string") return payload;
  if (hasBytes) {
    const bytes = new Uint8Array(payload.length + 1);
    bytes[0] = BYTES_HEADER;
    bytes.set(payload, 1);
    return bytes;
  }
  let binary = "";
  for (let from = 0; from < payload.length; from += CHUNK)
    binary += String.fromCharCode(...payload.subarray(from, from + CHUNK));
  return BASE64_HEADER + btoa(binary);
}

/**
 * The stale window in the header of a value that was made stale, in milliseconds; `undefined` for any other value.
 * @param {unknown} stored
 * @returns {number | undefined}
 */
export function staleWindowIn(stored) {
  if (typeof stored === "string")
    return stored.charCodeAt(0) === HEADER_CODE ? softHeader(stored)?.windowMs : undefined;
  const bytes = bytesOf(stored);
  return bytes?.[0] === HEADER_CODE ? softHeader(headOf(bytes))?.windowMs : undefined;
}

/**
 * The reverse of `encodePayload`, without the header of a stale value; `undefined` for what is neither text nor bytes.
 * @param {unknown} stored
 * @returns {string | Uint8Array | undefined}
 */
export function decodePayload(stored) {
  if (typeof stored === "string") {
    if (stored.charCodeAt(0) !== HEADER_CODE) return stored;
    if (stored.startsWith(BASE64_HEADER)) return readBase64(stored);
    const header = softHeader(stored);
    return header === undefined ? stored : decodePayload(stored.slice(header.length));
  }
  const bytes = bytesOf(stored);
  if (bytes !== undefined) {
    if (bytes[0] === BYTES_HEADER) return bytes.subarray(1);
    const header = bytes[0] === HEADER_CODE ? softHeader(headOf(bytes)) : undefined;
    if (header !== undefined) return decodePayload(bytes.subarray(header.length));
    try {
      return decodePayload(decoder.decode(bytes));
    } catch {
      // Not text: bytes that another program has written without a header.
      return bytes;
    }
  }
  return undefined;
}

/** The beginning of bytes as a text of as many characters. @param {Uint8Array} bytes */
const headOf = (bytes) => String.fromCharCode(...bytes.subarray(0, LONGEST_SOFT_HEADER));

/** @param {string} text */
function softHeader(text) {
  const end = text.startsWith(SOFT_HEADER) ? text.indexOf(":", SOFT_HEADER.length) : -1;
  if (end === -1) return undefined;
  const windowMs = Number(text.slice(SOFT_HEADER.length, end));
  return windowMs > 0 ? { windowMs, length: end + 1 } : undefined;
}

/** @param {string} stored */
function readBase64(stored) {
  try {
    return Uint8Array.from(atob(stored.slice(BASE64_HEADER.length)), (unit) => unit.charCodeAt(0));
  } catch {
    return undefined;
  }
}
