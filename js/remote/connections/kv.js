// @ts-check
/**
 * How commands reach a Cloudflare Workers KV namespace.
 *
 * KV has no sets. Each member of a set is a key of its own, `{set}|` and 36 characters, with the member in its metadata;
 * `list` finds all members of a set. The limits below: https://developers.cloudflare.com/kv/platform/limits/
 * and https://developers.cloudflare.com/kv/api/write-key-value-pairs/
 */
import { isArrayBuffer } from "../../boundary/realms.js";
import { ConfigError, describe } from "../../messages/errors.js";
import { Connection } from "./connection.js";
import { readGlob } from "./glob.js";

/** The longest name of a key. */
const NAME_BYTES = 512;
/** The most metadata, as JSON. */
const METADATA_BYTES = 1024;
/** What a member may take of that. A longer one is kept in the value alone, which costs one more operation to read. */
const MEMBER_BYTES = 960;
/** KV refuses a shorter expiry. A key that must end earlier has its end in the metadata. */
const LEAST_TTL_S = 60;
/** The longest: an int32. */
const LONGEST_TTL_S = 2 ** 31 - 1;

const SEPARATOR = "|";
const SUFFIX_LENGTH = 36;
/** How long a name may be so that a suffix still fits. */
const OWN_BYTES = NAME_BYTES - SEPARATOR.length - SUFFIX_LENGTH;
const DIGEST_LENGTH = 43;

const encoder = new TextEncoder();

/** The set of which a key is a member. @param {string} name */
export const setOfName = (name) => name.slice(0, -(SEPARATOR.length + SUFFIX_LENGTH));

/** @param {string} text @returns {Promise<string>} 43 characters of base64url */
async function digest(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .slice(0, DIGEST_LENGTH);
}

/** The start of `text` that has at most so many bytes. @param {string} text @param {number} bytes */
function head(text, bytes) {
  const { read } = encoder.encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}

/** @param {string} text */
const isLong = (text) => text.length * 3 > OWN_BYTES && encoder.encode(text).length > OWN_BYTES;

/** A name that KV accepts: a long one keeps its start and ends in a digest of the whole. @param {string} name */
async function shorten(name) {
  return isLong(name) ? `${head(name, OWN_BYTES - DIGEST_LENGTH - 1)}#${await digest(name)}` : name;
}

/** @param {number} ms of life; 0: no expiry @param {object} more */
function putOptions(ms, more) {
  if (ms === 0) return { metadata: more };
  const metadata = { ...more, until: Date.now() + ms };
  const seconds = Math.ceil(ms / 1000);
  // KV refuses a longer time. `until` ends such a value all the same.
  return seconds > LONGEST_TTL_S ? { metadata } : { metadata, expirationTtl: Math.max(LEAST_TTL_S, seconds) };
}

/** @param {any} metadata */
const isOver = (metadata) => typeof metadata?.until === "number" && metadata.until <= Date.now();

export class KVConnection extends Connection {
  can = { scripts: false, log: false, bytes: true, sets: false, reap: false, remove: false };
  #kv;

  /** @param {any} namespace */
  constructor(namespace) {
    super(namespace);
    const missing = ["getWithMetadata", "put", "delete", "list"].find(
      (method) => typeof namespace?.[method] !== "function",
    );
    if (missing !== undefined) {
      throw new ConfigError(
        "ERR_CACHEREF_BACKEND",
        `WorkersKVBackend takes a KV namespace, as env has it; ${describe(namespace)} has no method ${missing}`,
      );
    }
    this.#kv = namespace;
  }

  /** @type {Connection["request"]} */
  async request([command, [key], args = []], asBytes = false) {
    switch (command) {
      case "get":
        return (await this.getTimed(key, asBytes))[1];
      case "get-timed":
        return this.getTimed(key, asBytes);
      case "pttl":
        return (await this.getTimed(key, false))[0];
      case "set": // with `px`, or without expiry
        return this.#set(key, /** @type {string | Uint8Array} */ (args[0]), Number(args[2] ?? 0));
      case "unlink":
        await this.#kv.delete(await shorten(key));
        return 1;
      case "sadd":
        return this.#add(key, String(args[0]), 0, (await digest(String(args[0]))).slice(0, SUFFIX_LENGTH));
      case "list-members": // one page: with a cursor to go on from
        return this.#members(key, /** @type {string | undefined} */ (args[0]));
      case "add-member": // for so many milliseconds, with a suffix that no other has; the name as KV has it
        return this.#add(key, String(args[0]), Number(args[1]), crypto.randomUUID());
      case "keep-member": // under its name as KV has it, for so many milliseconds
        return this.#keep(key, String(args[0]), Number(args[1]));
      case "drop-name": // as KV has it
        return this.#kv.delete(key);
      default:
        throw new TypeError(`Workers KV has no ${command}`);
    }
  }

  /** The names of the keys that match. @type {Connection["scan"]} */
  async *scan(pattern) {
    const { literal, matches } = readGlob(pattern);
    for await (const page of this.#pages(head(literal, OWN_BYTES - DIGEST_LENGTH - 1))) {
      const names = page
        .filter(({ metadata }) => !isOver(metadata))
        .map(({ name, metadata }) => metadata?.name ?? name);
      yield names.filter(matches);
    }
  }

  /**
   * In one operation: two would cost twice.
   * @param {string} key
   * @param {boolean} asBytes
   * @returns {Promise<[number, string | Uint8Array | null]>}
   */
  async getTimed(key, asBytes) {
    const { value, metadata } = await this.#kv.getWithMetadata(await shorten(key), asBytes ? "arrayBuffer" : "text");
    // The clock of a Worker stands still between replies, so the time is read after the reply.
    if (value === null || isOver(metadata)) return [-2, null];
    const leftMs = metadata?.until === undefined ? -1 : metadata.until - Date.now();
    return [leftMs, isArrayBuffer(value) ? new Uint8Array(value) : value];
  }

  /** @param {string} key @param {string | Uint8Array} value @param {number} ms */
  async #set(key, value, ms) {
    const name = await shorten(key);
    await this.#put(name, value, ms, name === key ? {} : { name: key });
  }

  /** @param {string} set @param {string} member @param {number} ms @param {string} suffix */
  async #add(set, member, ms, suffix) {
    const name = `${await shorten(set)}${SEPARATOR}${suffix}`;
    await this.#keep(name, member, ms);
    return name;
  }

  /** @param {string} name @param {string} member @param {number} ms */
  async #keep(name, member, ms) {
    const isShort = encoder.encode(JSON.stringify(member)).length < MEMBER_BYTES;
    await this.#put(name, member, ms, { member: isShort ? member : null });
  }

  /** @param {string} name @param {string | Uint8Array} value @param {number} ms @param {object} more */
  async #put(name, value, ms, more) {
    const options = putOptions(ms, more);
    const size = encoder.encode(JSON.stringify(options.metadata)).length;
    if (size > METADATA_BYTES) throw new RangeError(`a key of Workers KV has no room for ${size} bytes of metadata`);
    await this.#kv.put(name, value, options);
  }

  /** @param {string} set @param {string} [after] @returns {Promise<{ members: { name: string, member: string }[], cursor: string | undefined }>} */
  async #members(set, after) {
    const prefix = (await shorten(set)) + SEPARATOR;
    const page = await this.#kv.list({ prefix, cursor: after });
    const keys = page.keys.filter(
      // A longer name belongs to another set, whose own name contains the separator.
      (/** @type {any} */ { name, metadata }) => name.length === prefix.length + SUFFIX_LENGTH && !isOver(metadata),
    );
    const members = keys.map(async (/** @type {any} */ { name, metadata }) => ({
      name,
      member: metadata?.member ?? (await this.#kv.get(name, "text")),
    }));
    return { members: await Promise.all(members), cursor: page.list_complete ? undefined : page.cursor };
  }

  /** @param {string} prefix @returns {AsyncGenerator<{ name: string, metadata?: any }[]>} */
  async *#pages(prefix) {
    /** @type {string | undefined} */
    let cursor;
    do {
      /** @type {any} */
      const page = await this.#kv.list({ prefix, cursor });
      yield page.keys;
      cursor = page.list_complete ? undefined : page.cursor;
    } while (cursor !== undefined);
  }
}
