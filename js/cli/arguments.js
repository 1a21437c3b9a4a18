// @ts-check
/** The command line of `npx cacheref`: its help, its parser, and one line for each mistake. */
import { parseArgs } from "node:util";
import { ConfigError } from "../messages/errors.js";
import { nearest } from "../messages/nearest.js";

export const HELP = `Usage: npx cacheref [options] COMMAND

Commands:
  stats                      entries by function, indexes by entity type, and the log
  keys                       the cache keys; --function NAME: of one function
  explain TYPE ID            the cached calls that hold an entity
  invalidate TYPE ID...      drop every cached call that holds one of the entities
  invalidate --lists TYPE    drop the calls that returned a list of the type
  invalidate --function NAME drop every call of a function
  invalidate --all           drop everything under the prefix
  watch                      follow the invalidation log until interrupted

Options:
  --redis URL        the server, or one of a Cluster (default: the environment's REDIS_URL, else redis://127.0.0.1:6379)
  --kv-namespace ID  a Workers KV namespace instead; it has no log to watch
  --account ID       the account of the namespace (default: the environment's CLOUDFLARE_ACCOUNT_ID)
  --prefix PREFIX    the prefix of the cache (default "cache:")
  --dry-run          with invalidate: say what would be dropped, and drop nothing
  --json             machine-readable output; watch prints one object per line
  --version          the version of this package
  --help             this text

For Redis it uses the client of the folder that it is started in: ioredis, iovalkey or redis. For Workers KV it uses
Cloudflare's API, with the token in the environment's CLOUDFLARE_API_TOKEN; Workers see an invalidation about a minute
later.

Exit codes: 0 done, 1 the server or the client failed, 2 the command line cannot be understood.
`;

/** How many operands each command takes. @type {Record<string, [number, number]>} */
const OPERANDS = { stats: [0, 0], keys: [0, 0], explain: [2, 2], invalidate: [0, Infinity], watch: [0, 0] };

/** The commands to which an option belongs. An option that is not named here belongs to all. @type {Record<string, string[]>} */
const BELONGS_TO = {
  "dry-run": ["invalidate"],
  lists: ["invalidate"],
  all: ["invalidate"],
  function: ["keys", "invalidate"],
};

/**
 * @typedef {object} Options
 * @property {string} redis
 * @property {string} [kv-namespace]
 * @property {string} [account]
 * @property {string} prefix
 * @property {boolean} json
 * @property {boolean} help
 * @property {boolean} version
 * @property {boolean} all
 * @property {boolean} [dry-run]
 * @property {string} [function]
 * @property {string} [lists]
 */

/**
 * @param {string[]} words
 * @returns {{ command: string | undefined, operands: string[], options: Options }}
 */
export function readCommandLine(words) {
  const { values, positionals } = parse(words);
  const options = /** @type {Options} */ ({
    json: false,
    help: false,
    version: false,
    all: false,
    ...values,
    redis: values.redis ?? process.env.REDIS_URL ?? "redis://127.0.0.1:6379",
    account: values.account ?? process.env.CLOUDFLARE_ACCOUNT_ID,
  });
  const [command, ...operands] = positionals;
  if (command === undefined || options.help || options.version) return { command, operands, options };
  if (!Object.hasOwn(OPERANDS, command)) {
    const suggestion = nearest(command, Object.keys(OPERANDS));
    const hint = suggestion ? `did you mean ${suggestion}?` : `there is ${Object.keys(OPERANDS).join(", ")}`;
    throw misuse(`there is no command ${command}; ${hint}`);
  }
  for (const name of Object.keys(values)) {
    if (BELONGS_TO[name] && !BELONGS_TO[name].includes(command)) throw misuse(`${command} has no option --${name}`);
  }
  const [least, most] = OPERANDS[command];
  if (operands.length < least || operands.length > most) {
    throw misuse(`${command} takes ${least === 0 ? "no operands" : "TYPE and ID"}, got ${operands.length}; try --help`);
  }
  if (command === "invalidate") checkInvalidate(operands, options);
  checkPlace(command, values);
  return { command, operands, options };
}

/**
 * @param {string[]} operands
 * @param {Options} options
 */
function checkInvalidate(operands, options) {
  const ways = [operands.length > 0, options.lists !== undefined, options.function !== undefined, options.all];
  if (ways.filter(Boolean).length !== 1 || operands.length === 1) {
    throw misuse("invalidate takes one of TYPE ID..., --lists TYPE, --function NAME and --all; try --help");
  }
}

/**
 * @param {string} command
 * @param {{ redis?: string, account?: string, "kv-namespace"?: string }} given
 */
function checkPlace(command, { redis, account, "kv-namespace": namespace }) {
  if (namespace === undefined) {
    if (account !== undefined) throw misuse("--account belongs to --kv-namespace");
    return;
  }
  if (redis !== undefined) throw misuse("give one of --redis and --kv-namespace");
  if (command === "watch") throw misuse("watch follows the invalidation log, which Workers KV does not keep");
}

/** @param {string[]} words */
function parse(words) {
  try {
    return parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        redis: { type: "string" },
        "kv-namespace": { type: "string" },
        account: { type: "string" },
        prefix: { type: "string", default: "cache:" },
        json: { type: "boolean" },
        version: { type: "boolean", short: "v" },
        help: { type: "boolean", short: "h" },
        "dry-run": { type: "boolean" },
        function: { type: "string" },
        lists: { type: "string" },
        all: { type: "boolean" },
      },
    });
  } catch (/** @type {any} */ error) {
    throw misuse(`${error.message.split(". ")[0]}; try --help`);
  }
}

/** @param {string} message */
function misuse(message) {
  return new ConfigError("ERR_CACHEREF_COMMAND", message);
}
