// @ts-check
/** The commands of `npx cacheref`: what each asks the cache, and what it prints. */
import { CALL, targetOf } from "../remote/protocol/concerns.js";
import { readEntries, readStream } from "../remote/protocol/log.js";
import { duration } from "./screen.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./arguments.js").Options} Options */
/** @typedef {import("./screen.js").Screen} Screen */
/** @typedef {(session: Session, operands: string[], options: Options, screen: Screen) => Promise<void>} Run */

/** Of a long list people see this many keys. */
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
async function stats({ contents }, _operands, _options, screen) {
  const figures = await contents.figures();
  screen.show(figures, () => {
    const functions = Object.entries(figures.functions);
    const hasBytes = functions.every(([, sum]) => sum.bytes !== undefined);
    screen.table(
      ["function", "entries", ...(hasBytes ? ["bytes"] : [])],
      functions.map(([name, { entries, bytes = 0 }]) => [name, entries, ...(hasBytes ? [bytes] : [])]),
    );
    screen.line("");
    screen.table(
      ["entity type", "entities", "listed calls", "the one with most"],
      Object.entries(figures.types).map(([type, { entities, members, largest, most }]) => [
        type,
        entities,
        members,
        `${largest} (${most})`,
      ]),
    );
    if (figures.log === undefined) return;
    screen.line("");
    screen.line(screen.faint(`${figures.log.entries} entries in the invalidation log`));
    if (figures.near === undefined || figures.near.length === 0) return;
    screen.line("");
    screen.table(
      ["near cache", "lease ends in", "has applied the log up to", "invalidations wait"],
      figures.near.map(({ instance, endsInMs, applied, isAwaited }) => [
        instance,
        duration(endsInMs),
        applied,
        isAwaited ? "yes" : "no",
      ]),
    );
  });
}

/** @type {Run} */
async function keys({ contents }, _operands, options, screen) {
  const found = await collect(contents.entries(options.function));
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
  // The cache retries a failed invalidation while the process lives. This process ends now, so report it.
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
async function concerned({ cache, contents }, [type, ...ids], options) {
  if (options.all || options.function !== undefined) return collect(contents.entries(options.function));
  if (options.lists !== undefined) return (await contents.list(options.lists)).sort();
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
  // Start at the current end. `$` would be another place with each request.
  const [[end] = []] = await connection.request(["xrevrange", [log], ["+", "-", "count", 1]]);
  let last = end === undefined ? "0-0" : String(end);
  process.stderr.write(`following ${log}, interrupt to stop\n`);
  while (!isOver && screen.isRead) {
    const reply = await connection.readStream(["block", BLOCK_MS, "streams"], log, last);
    for (const entry of readEntries(readStream(reply))) {
      last = entry.id;
      // What depends on a type comes with each of its entities: nobody has asked for it by itself.
      const concerns = entry.concerns.filter((concern) => targetOf(concern).kind !== "dependents");
      // An entry without concerns only gives an empty log a position.
      if (concerns.length === 0) continue;
      const at = new Date(Number(entry.id.split("-")[0])).toISOString();
      screen.show({ at, ...entry, concerns }, () =>
        screen.line(`${screen.faint(at)}  ${concerns.map(inWords).join(", ")}`),
      );
    }
  }
}

/** @param {string} concern */
function inWords(concern) {
  const target = targetOf(concern);
  switch (target.kind) {
    case "entity":
      return `${target.type} ${target.ids}`;
    case "list":
      return `lists of ${target.type}`;
    case "type":
      return `everything of type ${target.type}`;
    case "function":
      return `function ${target.name}`;
    case "call":
      return `call ${target.concern.slice(CALL.length)}`;
    default:
      return "everything";
  }
}

/** @param {AsyncIterable<string[]>} pages */
async function collect(pages) {
  /** @type {string[]} */
  const all = [];
  for await (const page of pages) all.push(...page);
  return all.sort();
}

/** @param {number} count */
const calls = (count) => `${count} cached ${count === 1 ? "call" : "calls"}`;
