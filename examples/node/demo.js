/**
 * What a cache that knows its entities does, on real data: nine questions that overlap, a write, and what it drops.
 *
 *     node demo.js                                      in memory
 *     REDIS_URL=redis://localhost:6379 node demo.js     on Redis, with a second process
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeAtlas } from "./atlas.js";
import { openCache, stop } from "./backend.js";
import { Database } from "./database.js";
import { duration, heading, paint, row, shorten } from "./screen.js";

const HELP = `Usage: node demo.js [--no-color] [--help]

Asks a SQLite database of all countries nine questions through cacheref, changes one country, and shows which
cached answers that dropped and which stayed.

Environment:
  REDIS_URL   run on this Redis instead of in memory, for example redis://localhost:6379 (keys below "app:")
  NO_COLOR    no colours`;

const options = readOptions();
if (options.help) {
  console.log(HELP);
  process.exit();
}

const { cache, where, isShared, close } = await openCache(process.env.REDIS_URL);
const db = new Database();
const atlas = makeAtlas(cache, db);

// Indonesia is in some of the answers: as itself, as a neighbour, in lists.
const questions = [
  [atlas.country, "IDN"],
  [atlas.country, "MYS"],
  [atlas.country, "CHE"],
  [atlas.region, "Asia"],
  [atlas.region, "Europe"],
  [atlas.search, "nesia"],
  [atlas.speaking, "msa"],
  [atlas.largest, 20],
  [atlas.regions],
].map(([ask, ...args]) => ({ ask, args, title: `${ask.name}(${args.map((arg) => JSON.stringify(arg)).join(", ")})` }));

if (options.second) {
  await secondProcess();
} else {
  await firstProcess();
}
await close();

async function firstProcess() {
  console.log(`${paint("bold", "cacheref")}, the countries of the world in SQLite, cached ${where}`);
  await cache.invalidateAll();
  await db.all("SELECT 1"); // opens it, so that the first question is not the slower for it

  heading("1. Nine questions", "nothing is cached yet");
  for (const question of questions) await askOnce(question);

  heading("2. The same nine again", "medians: 20 calls of the bare function, 200 hits");
  await compare();

  heading("3. Which answers hold Indonesia?", 'cache.explain("country", "IDN")');
  const held = new Set((await cache.explain("country", "IDN")).map(({ key }) => key));
  for (const { ask, args, title } of questions) {
    const key = ask.key(...args);
    if (held.has(key)) row([title, 19], [key, 0, "dim"]);
  }

  heading("4. Indonesia moves its capital", 'moveCapital("IDN", "Nusantara")');
  await atlas.moveCapital("IDN", "Nusantara");
  await whatStayed();

  heading("5. The nine once more", "what was dropped is asked again");
  for (const question of questions) await askOnce(question);

  if (isShared) {
    heading("6. A second process, the same Redis");
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "--second", ...process.argv.slice(2)], {
      stdio: "inherit",
    });
    const [code] = await once(child, "exit");
    if (code !== 0) stop(`the second process ended with exit code ${code}`);

    heading("7. Back in the first process", 'the second has called cache.invalidateEntity("country", "CHE")');
    await whatStayed();
  }
  console.log();
}

/** The second process has a database of its own, which it need not open: the first has cached every answer. */
async function secondProcess() {
  for (const question of questions) await askOnce(question);
  row([`${db.isOpen ? "its database was opened" : "its database was never opened"}`, 0, "dim"]);
  await cache.invalidateEntity("country", "CHE");
}

async function askOnce(question) {
  const { answer, took, isHit } = await time(question.ask, question.args);
  show(question, summary(answer), isHit, took);
}

/** The functions themselves against the cache, each question many times. */
async function compare() {
  for (const question of questions) question.bare = await repeat(20, question.ask.original, question.args);
  const before = db.statements;
  for (const question of questions) {
    const { took, isHit } = await repeat(200, question.ask, question.args);
    const ratio = question.bare.took / took;
    const remark = `uncached ${duration(question.bare.took)}, cached ${ratio.toFixed(ratio < 10 ? 1 : 0)} times as fast`;
    show(question, remark, isHit, took);
  }
  row([`${db.statements - before} SQL statements for ${questions.length * 200} answers`, 0, "dim"]);
}

/** `peek` looks without running anything. */
async function whatStayed() {
  let dropped = 0;
  for (const { ask, args, title } of questions) {
    const isThere = (await ask.peek(...args)) !== undefined;
    if (!isThere) dropped += 1;
    row([title, 19], isThere ? ["stayed", 7, "green"] : ["dropped", 7, "yellow"]);
  }
  row([`${dropped} of ${questions.length} cached answers dropped`, 0, "dim"]);
}

/** One call: its answer, how long it took, and whether it came from the cache. */
async function time(ask, args) {
  const { hits } = cache.stats();
  const start = performance.now();
  const answer = await ask(...args);
  return { answer, took: performance.now() - start, isHit: cache.stats().hits > hits };
}

/** The same call many times: the median of the times, and whether all were hits. */
async function repeat(count, ask, args) {
  const calls = [];
  while (calls.length < count) calls.push(await time(ask, args));
  const times = calls.map((call) => call.took).sort((a, b) => a - b);
  return { took: times[count >> 1], isHit: calls.every((call) => call.isHit) };
}

function show({ title }, remark, isHit, took) {
  row([title, 19], [remark, 44, "dim"], isHit ? ["hit", 4, "green"] : ["miss", 4, "yellow"], [duration(took), -8]);
}

function summary(answer) {
  if (Array.isArray(answer)) return shorten(answer.map((item) => item.name ?? item.region));
  return `${answer.name}, capital ${answer.capital}, ${answer.neighbours.length} neighbours`;
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: "boolean", short: "h" },
        "no-color": { type: "boolean" },
        second: { type: "boolean" }, // for the demo itself
      },
    });
    return values;
  } catch (error) {
    stop(`${error.message}; try --help`);
  }
}
