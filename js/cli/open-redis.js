// @ts-check
/**
 * Opens a Redis client for one command. This package has no dependencies, so the client package comes from the folder in
 * which the command is started. For a server of a Cluster it opens a client for Clusters.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { BackendError, ConfigError, refuse } from "../messages/errors.js";

/** How long a server may take to answer. */
const PATIENCE_MS = 3000;

/** @typedef {{ client: any, connecting: Promise<unknown>, close: () => void }} Opening */

/**
 * How a client package is used, for one server and for a Cluster of which one server is known.
 * @typedef {object} Usage
 * @property {(module: any, url: string) => Opening} open
 * @property {(module: any, url: string) => Opening} openCluster
 * @property {(client: any, words: string[]) => Promise<unknown>} ask
 */

/** @type {Usage} */
const LIKE_IOREDIS = {
  open(module, url) {
    const Client = classOf(module);
    return connectIoredis(new Client(url, { lazyConnect: true, connectTimeout: PATIENCE_MS, retryStrategy: null }));
  },
  openCluster(module, url) {
    const { username, password, socket } = nodeOptions(url);
    return connectIoredis(
      new (classOf(module).Cluster)([url], {
        lazyConnect: true,
        clusterRetryStrategy: null,
        slotsRefreshTimeout: PATIENCE_MS,
        // Connect by host name, which TLS certificates need.
        dnsLookup: (/** @type {string} */ host, /** @type {Function} */ done) => done(null, host),
        redisOptions: { username, password, connectTimeout: PATIENCE_MS, ...(socket.tls && { tls: {} }) },
      }),
    );
  },
  ask: (client, words) => client.call(...words),
};

/** @type {Record<string, Usage>} */
const PACKAGES = {
  ioredis: LIKE_IOREDIS,
  iovalkey: LIKE_IOREDIS,
  redis: {
    open: ({ createClient }, url) => connectNodeRedis(createClient({ url, socket: nodeOptions(url).socket })),
    openCluster: ({ createCluster }, url) =>
      connectNodeRedis(createCluster({ rootNodes: [{ url }], defaults: nodeOptions(url) })),
    ask: (client, words) => client.sendCommand(words),
  },
};

/** @param {any} module */
const classOf = (module) => module.Redis ?? module.default ?? module;

/** The options for every server that node-redis connects to, or that ioredis finds in a Cluster. @param {string} url */
function nodeOptions(url) {
  const { protocol, username, password } = new URL(url);
  return {
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
    socket: { connectTimeout: PATIENCE_MS, reconnectStrategy: false, tls: protocol === "rediss:" },
  };
}

/** @param {any} client */
function connectIoredis(client) {
  /** @type {unknown} */
  let reason;
  client.on("error", (/** @type {unknown} */ error) => {
    reason ??= error;
  });
  const connecting = client.connect().catch((/** @type {unknown} */ error) => Promise.reject(reason ?? error));
  return { client, connecting, close: () => client.disconnect() };
}

/** @param {any} client */
function connectNodeRedis(client) {
  client.on("error", () => {}); // connect() rejects with the same error
  return {
    client,
    connecting: client.connect(),
    close: () => (client.destroy ? client.destroy() : client.disconnect()),
  };
}

/** @param {string} url */
export async function openRedis(url) {
  if (!/^rediss?:\/\/./.test(url) || !URL.canParse(url)) {
    refuse("the server", "given as redis://host:port", url, "ERR_CACHEREF_COMMAND");
  }
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
  const { open, openCluster, ask } = PACKAGES[name];
  const module = require(name);
  const single = await connected(open(module, url), url);
  // INFO may be forbidden. A Cluster then refuses later commands, and its message says why.
  const info = await ask(single.client, ["info", "cluster"]).catch(() => "");
  if (!/^cluster_enabled:1/m.test(String(info))) return single;
  single.close();
  return connected(openCluster(module, url), url);
}

/**
 * @param {Opening} opening
 * @param {string} url
 */
async function connected({ client, connecting, close }, url) {
  try {
    await connecting;
  } catch (/** @type {any} */ error) {
    close();
    const why = error?.message || error?.code || error?.errors?.[0]?.message || error;
    throw new BackendError("ERR_CACHEREF_BACKEND", `no answer from ${new URL(url).host}: ${why}`);
  }
  return { client, close };
}
