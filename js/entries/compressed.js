// @ts-check
/**
 * Wraps a serializer so that larger values are stored compressed, by the platform's own CompressionStream.
 *
 * A stored value says what it is, so that values from before compression was switched on stay readable:
 * - a short text that begins with none of the three marks below is stored as it is;
 * - the mark 0 comes before bytes that are not compressed;
 * - the mark 1 comes before a compressed text, the mark 2 before compressed bytes.
 */
import { bytesOf } from "../boundary/realms.js";
import { refuse } from "../messages/errors.js";

const RAW_BYTES = 0;
const COMPRESSED_TEXT = 1;
const COMPRESSED_BYTES = 2;

const FORMATS = ["gzip", "deflate", "deflate-raw"];

/** @typedef {string | Uint8Array} Stored */
/** @typedef {{ serializer: (value: any) => Stored | Promise<Stored>, deserializer: (stored: any) => unknown }} Pair */

/**
 * @param {Partial<Pair> & { minBytes?: number, format?: "gzip" | "deflate" | "deflate-raw" }} [options] the pair that is wrapped
 *   (default: JSON), the length from which values are compressed (default: 1024), and how (default: deflate-raw, the shortest)
 * @returns {{ serializer: (value: unknown) => Promise<Stored>, deserializer: (stored: Stored) => Promise<unknown> }}
 */
export function compressed(options = {}) {
  if (options === null || typeof options !== "object") refuse("the argument of compressed()", "an object", options);
  const { serializer = JSON.stringify, deserializer = JSON.parse, minBytes = 1024, format = "deflate-raw" } = options;
  for (const [name, value] of Object.entries({ serializer, deserializer })) {
    if (typeof value !== "function") refuse(name, "a function", value);
  }
  if (!(typeof minBytes === "number" && minBytes >= 0)) refuse("minBytes", "a number >= 0", minBytes);
  if (!FORMATS.includes(format)) refuse("format", `one of ${FORMATS.join(", ")}`, format);

  /** @type {Pair["deserializer"]} */
  const read = deserializer;

  return {
    async serializer(value) {
      const stored = await serializer(value);
      if (typeof stored === "string") {
        if (stored.length < minBytes && !(stored.charCodeAt(0) <= COMPRESSED_BYTES)) return stored;
        return marked(COMPRESSED_TEXT, await through(new TextEncoder().encode(stored), new CompressionStream(format)));
      }
      const bytes = bytesOf(stored);
      if (bytes === undefined) return stored; // undefined, or a mistake that the caller reports
      if (bytes.length < minBytes) return marked(RAW_BYTES, bytes);
      return marked(COMPRESSED_BYTES, await through(bytes, new CompressionStream(format)));
    },

    async deserializer(stored) {
      if (typeof stored === "string") return read(stored);
      const content = stored.subarray(1);
      switch (stored[0]) {
        case RAW_BYTES:
          return read(content);
        case COMPRESSED_TEXT:
          return read(new TextDecoder().decode(await through(content, new DecompressionStream(format))));
        case COMPRESSED_BYTES:
          return read(await through(content, new DecompressionStream(format)));
        default:
          return read(new TextDecoder().decode(stored));
      }
    },
  };
}

/**
 * @param {number} mark
 * @param {Uint8Array} content
 */
function marked(mark, content) {
  const stored = new Uint8Array(content.length + 1);
  stored[0] = mark;
  stored.set(content, 1);
  return stored;
}

/**
 * Writes to the stream and reads from it. A Blob and a Response around the stream take half as long again.
 * @param {Uint8Array} bytes
 * @param {CompressionStream | DecompressionStream} stream
 */
async function through(bytes, { writable, readable }) {
  const writer = writable.getWriter();
  const written = Promise.all([writer.write(/** @type {BufferSource} */ (bytes)), writer.close()]);
  // If the input is wrong, the reader throws first.
  written.catch(() => {});
  /** @type {Uint8Array[]} */
  const chunks = [];
  const reader = readable.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) chunks.push(chunk.value);
  await written;
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let end = 0;
  for (const chunk of chunks) {
    whole.set(chunk, end);
    end += chunk.length;
  }
  return whole;
}
