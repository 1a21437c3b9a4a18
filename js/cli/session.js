// @ts-check
/** What one command works on: a cache over Redis or a KV namespace, and what is stored there under its prefix. */

import { EntityCache, RedisBackend, WorkersKVBackend } from "../entries/node.js";
import { ConfigError } from "../messages/errors.js";
import { KVContents, RedisContents } from "./contents.js";
import { RemoteNamespace } from "./kv-namespace.js";
import { openRedis } from "./open-redis.js";

/**
 * @typedef {object} Session
 * @property {InstanceType<typeof EntityCache>} cache
 * @property {InstanceType<typeof RedisBackend> | InstanceType<typeof WorkersKVBackend>} backend
 * @property {import("./contents.js").Contents} contents
 * @property {string} prefix
 * @property {() => Promise<void>} close
 */

/**
 * Shows errors alone: warnings are about wrapped functions, and there are none here. What `close` reports as lost has been
 * shown when it failed.
 */
class Problems {
  isClosing = false;
  debug() {}
  info() {}
  warn() {}
  /** @param {string} message */
  error(message) {
    if (!this.isClosing) process.stderr.write(`${message}\n`);
  }
}

/**
 * @param {import("./arguments.js").Options} options
 * @returns {Promise<Session>}
 */
export async function connect(options) {
  const { prefix } = options;
  const { backend, contents, disconnect } = await (options["kv-namespace"] ? openKV(options) : open(options));
  const logger = new Problems();
  const cache = new EntityCache({ backend, prefix, operationTimeout: 60_000, logger });
  return {
    cache,
    backend,
    contents,
    prefix,
    async close() {
      logger.isClosing = true;
      await cache.close();
      disconnect();
    },
  };
}

/** @param {import("./arguments.js").Options} options */
async function open({ redis, prefix }) {
  const { client, close } = await openRedis(redis);
  const backend = new RedisBackend(client);
  return { backend, contents: new RedisContents(backend, prefix), disconnect: close };
}

/** @param {import("./arguments.js").Options} options */
async function openKV({ account, "kv-namespace": namespace = "", prefix }) {
  // Cloudflare's own tools read these variables too.
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_API_BASE_URL: base } = process.env;
  if (!account) throw missing("an account: --account ID, or the environment's CLOUDFLARE_ACCOUNT_ID");
  if (!token)
    throw missing("a token that may read (and, to invalidate, write) KV, as the environment's CLOUDFLARE_API_TOKEN");
  const backend = new WorkersKVBackend(new RemoteNamespace({ account, namespace, token, base }));
  return { backend, contents: new KVContents(backend, prefix), disconnect() {} };
}

/** @param {string} what */
const missing = (what) => new ConfigError("ERR_CACHEREF_COMMAND", `a KV namespace needs ${what}`);
