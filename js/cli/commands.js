// @ts-check
/** What each command of `npx cacheref` asks the cache, and what it says. */
import { functionOf, isMarkIndex, readMark } from "../protocol/layout.js";
import { readEntries } from "../protocol/log.js";
import { duration } from "./screen.js";

/** @typedef {import("./client.js").Session} Session */
/** @typedef {import("./arguments.js").Options} Options */
/** @typedef {import("./screen.js").Screen} Screen */
/** @typedef {(session: Session, operands: string[], options: Options, screen: Screen) => Promise<void>} Run */

/** How many keys a person is shown of a long list. */
const SHOWN = 20;
/** How long `watch` waits for an entry before it asks again. */
const BLOCK_MS = 1000;

/** @type {Record<string, { run: Run }>} */
export const commands = {
  stats: { run: stats },
  keys: { run: keys },
  explain: { run: explain },
  invalidate: { run: invalidate },
  watch: { run: watch },
};

/** @type {Run} */
async function stats({ backend, prefix }, _operands, _options, screen) {
  /** @type {Map<string, { entries: number, bytes: number }>} */
  const functions = new Map();
  for await (const page of entries(backend, prefix)) {
    const lengths = await backend.connection.send(page.map((key) => ["strlen", [key]]));
    for (const [index, key] of page.entries()) {
      const name = functionOf(key.slice(prefix.length));
      const sum = functions.get(name) ?? { entries: 0, bytes: 0 };
      functions.set(name, { entries: sum.entries + 1, bytes: sum.bytes + Number(lengths[index]) });
    }
  }
  /** @type {Map<string, { entities: number, members: number, largest: string, most: number }>} */
  const types = new Map();
  for await (const page of unique(backend.connection.scan(`${escapeGlob(prefix)}e:*`))) {
    const sizes = await backend.connection.send(page.map((key) => ["scard", [key]]));
    for (const [index, key] of page.entries()) {
      const entity = key.slice(prefix.length + 2);
      const type = entity.slice(0, entity.indexOf(":"));
      const sum = types.get(type) ?? { entities: 0, members: 0, largest: "", most: 0 };
      const size = Number(sizes[index]);
      sum.entities += 1;
      sum.members += size;
      if (size > sum.most) Object.assign(sum, { largest: entity.slice(type.length + 1), most: size });
      types.set(type, sum);
    }
  }
  const [length] = await backend.connection.send([["xlen", [`${prefix}log`]]]);
  const result = {
    functions: byName(functions),
    types: byName(types),
    log: { entries: Number(length) },
  };
  screen.show(result, () => {
    screen.table(
      ["function", "entries", "bytes"],
      Object.entries(result.functions).map(([name, sum]) => [name, sum.entries, sum.bytes]),
    );
    screen.line("");
    screen.table(
      ["entity type", "entities", "listed calls", "the one with most"],
      Object.entries(result.types).map(([type, sum]) => [
        type,
        sum.entities,
        sum.members,
        `${sum.largest} (${sum.most})`,
      ]),
    );
    screen.line("");
    screen.line(screen.faint(`${result.log.entries} entries in the invalidation log`));
  });
}

/** @type {Run} */
async function keys({ backend, prefix }, _operands, options, screen) {
  const found = await collect(entries(backend, prefix, options.function));
  screen.show(found, () => {
    for (const key of found) screen.line(key);
  });
}

/** @type {Run} */
async function explain({ cache }, [type, id], _options, screen) {
  /** @type {any[]} */
  const held = await cache.explain(type, id);
  screen.show(held, () => {
    if (held.length === 0) screen.line(`no cached call holds ${type} ${id}`);
    else
      screen.table(
        ["function", "ends in", "key"],
        held.map(({ key, function: name, ttlMs }) => [name, ttlMs === undefined ? "no expiry" : duration(ttlMs), key]),
      );
  });
}

/** @type {Run} */
async function invalidate(session, operands, options, screen) {
  if (options["dry-run"]) {
    const found = await concerned(session, operands, options);
    screen.show({ wouldDrop: found.length, keys: found }, () => {
      for (const key of found.slice(0, SHOWN)) screen.line(key);
      if (found.length > SHOWN) screen.line(screen.faint(`and ${found.length - SHOWN} more`));
      screen.line(`${calls(found.length)} would be dropped`);
    });
    return;
  }
  const dropped = await drop(session, operands, options);
  // What failed is retried for as long as the process lives, which is not long here.
  const { pending } = /** @type {any} */ (session.cache.stats());
  if (pending > 0) throw new Error("the invalidation did not reach the server");
  screen.show({ dropped }, () => screen.line(`${calls(dropped)} dropped`));
}

/**
 * @param {Session} session
 * @param {string[]} operands
 * @param {Options} options
 */
function drop({ cache }, [type, ...ids], options) {
  if (options.all) return cache.invalidateAll();
  if (options.lists !== undefined) return cache.invalidateLists(options.lists);
  if (options.function !== undefined) return cache.invalidateFunction(options.function);
  return cache.invalidateEntity(type, ids);
}

/**
 * The keys of the calls that an invalidation would drop.
 * @param {Session} session
 * @param {string[]} operands
 * @param {Options} options
 */
async function concerned({ cache, backend, prefix }, [type, ...ids], options) {
  if (options.all || options.function !== undefined) return collect(entries(backend, prefix, options.function));
  if (options.lists !== undefined) {
    const members = await backend.smembers(`${prefix}l:${options.lists}`);
    const there = await backend.connection.send(members.map((key) => ["exists", [key]]));
    return members.filter((key, index) => isEntry(key) && Number(there[index]) === 1).sort();
  }
  /** @type {any[]} */
  const held = (await Promise.all(ids.map((id) => cache.explain(type, id)))).flat();
  return [...new Set(held.map(({ key }) => key))].sort();
}

/** @type {Run} */
async function watch({ backend, prefix }, _operands, _options, screen) {
  const log = `${prefix}log`;
  const { connection } = backend;
  let isOver = false;
  process.once("SIGINT", () => {
    isOver = true;
  });
  // The end as it is now, and not `$`, which is another place each time it is asked for.
  const [[end] = []] = await connection.request(["xrevrange", [log], ["+", "-", "count", 1]]);
  let last = end === undefined ? "0-0" : String(end);
  process.stderr.write(`following ${log}, interrupt to stop\n`);
  while (!isOver) {
    const reply = await connection.request(["xread", [], ["block", BLOCK_MS, "streams", log, last]]);
    for (const entry of readEntries(streamOf(reply))) {
      last = entry.id;
      // An entry that names nothing was made to have a position in an empty log.
      if (entry.concerns.length === 0) continue;
      const at = new Date(Number(entry.id.split("-")[0])).toISOString();
      screen.show({ at, ...entry }, () =>
        screen.line(`${screen.faint(at)}  ${entry.concerns.map(inWords).join(", ")}`),
      );
    }
  }
}

/**
 * The entries of the one stream in a reply of XREAD, in the old protocol and in the new; none if nothing came.
 * @param {any} reply
 */
function streamOf(reply) {
  if (!reply) return [];
  return Array.isArray(reply) ? (Array.isArray(reply[0]) ? reply[0][1] : reply[1]) : Object.values(reply)[0];
}

/** @param {string} concern */
function inWords(concern) {
  const name = concern.slice(2);
  switch (concern[0]) {
    case "e":
      return name.replace(":", " ");
    case "l":
      return `lists of ${name}`;
    case "f":
      return `function ${name}`;
    case "c":
      return `call ${name}`;
    default:
      return "everything";
  }
}

/**
 * The cache keys under a prefix, page by page, each once.
 * @param {import("../index.node.js").RedisBackend} backend
 * @param {string} prefix
 * @param {string} [name] of one function
 */
async function* entries(backend, prefix, name) {
  const pattern = `${escapeGlob(prefix)}c:${name === undefined ? "" : `${escapeGlob(name)}:`}*`;
  for await (const page of unique(backend.connection.scan(pattern))) {
    yield page.filter((key) => isEntry(key) && (name === undefined || functionOf(key.slice(prefix.length)) === name));
  }
}

/** Not what a store under way keeps beside an entry. @param {string} key */
const isEntry = (key) => readMark(key) === undefined && !isMarkIndex(key);

/**
 * A scan may give a key twice.
 * @param {AsyncIterable<string[]>} pages
 */
async function* unique(pages) {
  const seen = new Set();
  for await (const page of pages) {
    const fresh = [...new Set(page)].filter((key) => !seen.has(key));
    for (const key of fresh) seen.add(key);
    yield fresh;
  }
}

/** @param {AsyncIterable<string[]>} pages */
async function collect(pages) {
  /** @type {string[]} */
  const all = [];
  for await (const page of pages) all.push(...page);
  return all.sort();
}

/** @param {string} text */
const escapeGlob = (text) => text.replace(/[*?[\]\\]/g, "\\$&");

/** @param {number} count */
const calls = (count) => `${count} cached ${count === 1 ? "call" : "calls"}`;

/**
 * @template T
 * @param {Map<string, T>} map
 * @returns {Record<string, T>}
 */
const byName = (map) => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
