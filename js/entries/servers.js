// @ts-check
/** What all entries with servers have alike. It stands apart from the core, which each entry loads in its own way. */
import { adapt } from "../backends/detect.js";
import { RedisBackend as Redis } from "../backends/redis.js";
import { WorkersKVBackend as WorkersKV } from "../backends/workers-kv.js";
import { serverChecks } from "../cache/server-options.js";
import { nameOnSharedBackend } from "../cache/shared-names.js";
import { pythonPart } from "../keys/python.js";
import { CacheRefError, ConfigError } from "../messages/errors.js";
import { shared } from "../messages/shared.js";

/** What a cache needs where there are servers. */
export const servers = { adapt, nameOnSharedBackend, serverChecks, pythonPart };

export const RedisBackend = /* @__PURE__ */ shared("RedisBackend", () => Redis);
export const WorkersKVBackend = /* @__PURE__ */ shared("WorkersKVBackend", () => WorkersKV);
export { CacheRefError, ConfigError };
