// @ts-check
/**
 * A serialized result as a backend keeps it. Text is kept as it is, so that any program can read it. Bytes get a prefix
 * that no text begins with: 0xFF, which UTF-8 does not use, or, where a backend keeps text only, a control character
 * before base64.
 */
import { bytesOf } from "../../boundary/realms.js";

const BYTES_MARK = 0xff;
const BASE64_MARK = "\u0001base64:";
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
    bytes[0] = BYTES_MARK;
    bytes.set(payload, 1);
    return bytes;
  }
  let binary = "";
  for (let from = 0; from < payload.length; from += CHUNK)
    binary += String.fromCharCode(...payload.subarray(from, from + CHUNK));
  return BASE64_MARK + btoa(binary);
}

/**
 * The reverse of `encodePayload`; `undefined` for what is neither text nor bytes.
 * @param {unknown} stored
 * @returns {string | Uint8Array | undefined}
 */
export function decodePayload(stored) {
  if (typeof stored === "string") return stored.startsWith(BASE64_MARK) ? readBase64(stored) : stored;
  const bytes = bytesOf(stored);
  if (bytes !== undefined) {
    if (bytes[0] === BYTES_MARK) return bytes.subarray(1);
    try {
      return decodePayload(decoder.decode(bytes));
    } catch {
      // Not text: bytes that another program has written without a mark.
      return bytes;
    }
  }
  return undefined;
}

/** @param {string} stored */
function readBase64(stored) {
  try {
    return Uint8Array.from(atob(stored.slice(BASE64_MARK.length)), (unit) => unit.charCodeAt(0));
  } catch {
    return undefined;
  }
}
