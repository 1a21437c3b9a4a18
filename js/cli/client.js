// @ts-check
/**
 * The connection of one command: a client package of the folder that the command is started in, since this package
 * has no dependencies, and a cache over it.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { BackendError, ConfigError } from "../errors.js";
import { EntityCache, RedisBackend } from "../index.node.js";

/** How long a server may take to answer. */
const PATIENCE_MS = 3000;

/**
 * @typedef {object} Session
 * @property {InstanceType<typeof EntityCache>} cache
 * @property {RedisBackend} backend
 * @property {string} prefix
 * @property {() => Promise<void>} close
 */

/**
 * @param {import("./arguments.js").Options} options
 * @returns {Promise<Session>}
 */
export async function connect({ redis: url, prefix }) {
  if (!/^rediss?:\/\/./.test(url) || !URL.canParse(url)) {
    throw new ConfigError("ERR_CACHEREF_COMMAND", `the server must be given as redis://host:port, got ${url}`);
  }
  const { client, close } = await open(url);
  const backend = new RedisBackend(client);
  const cache = new EntityCache({ backend, prefix, operationTimeout: 60_000, logger: problemsOnly });
  return {
    cache,
    backend,
    prefix,
    async close() {
      await cache.close();
      close();
    },
  };
}

/** Warnings would be about functions, of which there are none here. */
const problemsOnly = {
  debug() {},
  info() {},
  warn() {},
  error: (/** @type {string} */ message) => process.stderr.write(`${message}\n`),
};

/** How each client package is used. @type {Record<string, (module: any, url: string) => { client: any, connecting: Promise<unknown>, close: () => void }>} */
const PACKAGES = {
  ioredis: openIoredis,
  iovalkey: openIoredis,
  redis({ createClient }, url) {
    const client = createClient({ url, socket: { connectTimeout: PATIENCE_MS, reconnectStrategy: false } });
    client.on("error", () => {}); // told by connect()
    return {
      client,
      connecting: client.connect(),
      close: () => (client.destroy ? client.destroy() : client.disconnect()),
    };
  },
};

/**
 * @param {any} module
 * @param {string} url
 */
function openIoredis(module, url) {
  const Client = module.Redis ?? module.default ?? module;
  const client = new Client(url, { lazyConnect: true, connectTimeout: PATIENCE_MS, retryStrategy: null });
  /** @type {unknown} */
  let reason;
  client.on("error", (/** @type {unknown} */ error) => {
    reason ??= error;
  });
  const connecting = client.connect().catch((/** @type {unknown} */ error) => Promise.reject(reason ?? error));
  return { client, connecting, close: () => client.disconnect() };
}

/** @param {string} url */
async function open(url) {
  const require = createRequire(join(process.cwd(), "package.json"));
  const name = Object.keys(PACKAGES).find((candidate) => {
    try {
      return require.resolve(candidate);
    } catch {
      return false;
    }
  });
  if (name === undefined) {
    throw new ConfigError(
      "ERR_CACHEREF_COMMAND",
      "no Redis client is installed in this folder; run 'npm install ioredis' (or iovalkey, or redis) first",
    );
  }
  const { client, connecting, close } = PACKAGES[name](require(name), url);
  try {
    await connecting;
  } catch (/** @type {any} */ error) {
    close();
    const why = error?.message || error?.code || error?.errors?.[0]?.message || error;
    throw new BackendError("ERR_CACHEREF_BACKEND", `no answer from ${new URL(url).host}: ${why}`);
  }
  return { client, close };
}
