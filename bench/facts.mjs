// What happens in situations that a cache with invalidation meets, asked of each library by running it, on real servers.
// Writes the tables of docs/compared.md; with names of libraries it prints their columns:
//
//     make facts
//     node bench/facts.mjs bentocache ocache
import { fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { Redis } from "ioredis";
import { startRedis } from "../tests/helpers/redis.js";
import { inMemory } from "./facts/in-memory.mjs";
import { next } from "./facts/next.mjs";
import { peers } from "./facts/one-level.mjs";
import { betweenProcesses, onRedis, raceBetweenProcesses, races } from "./facts/situations.mjs";
import { slowNetwork } from "./facts/slow-network.mjs";
import { twoLevel } from "./facts/two-level.mjs";

/** What takes longer never comes. */
const PATIENCE_MS = 3000;
/** The longest is the wait for a lease of two seconds. */
const PATIENCE_BETWEEN_MS = 8000;
/** How long a message is under way to the reader. */
const NETWORK_MS = 50;
const PAGE = new URL("../docs/compared.md", import.meta.url);

const chosen = process.argv.slice(2);
const isChosen = (name) => chosen.length === 0 || chosen.includes(name);

const tables = {
  shared: await table(peers, { ...raceBetweenProcesses, ...onRedis }, (make, ask, name) =>
    Object.values(raceBetweenProcesses).includes(ask) ? askPair(name, 1, ask) : askOnRedis(make, ask),
  ),
  memory: await table({ ...inMemory, "Next `use cache`": next }, races, askInMemory),
  near: await table(twoLevel, betweenProcesses, (_make, ask, name) => askPair(name, 2, ask)),
};
if (chosen.length === 0) {
  let page = readFileSync(PAGE, "utf8");
  for (const [name, rows] of Object.entries(tables)) {
    page = page.replace(
      new RegExp(`(<!-- facts: ${name} -->\n)[^]*?(\n<!-- end -->)`),
      (_, begin, end) => `${begin}\n${rows}${end}`,
    );
  }
  writeFileSync(PAGE, page);
}
process.exit();

/**
 * What each library does in each situation.
 * @template Peer, Situation
 * @param {Record<string, Peer>} all
 * @param {Record<string, Situation>} situations
 * @param {(peer: Peer, ask: Situation, name: string) => Promise<string>} answer
 */
async function table(all, situations, answer) {
  const names = Object.keys(all).filter(isChosen);
  if (names.length === 0) return "";
  const lines = [`| | ${names.join(" | ")} |`, `|---|${":-:|".repeat(names.length)}`];
  for (const [situation, ask] of Object.entries(situations)) {
    const answers = [];
    for (const name of names) answers.push(await answer(all[name], ask, name));
    lines.push(`| ${situation} | ${answers.join(" | ")} |`);
  }
  const text = `${lines.join("\n")}\n`;
  console.log(text);
  return text;
}

/** One library, one situation, a Redis of its own. */
async function askOnRedis(make, ask) {
  const redis = await startRedis();
  const client = new Redis(redis.url).on("error", () => {});
  const peer = make(client, redis.url);
  try {
    return await inTime(ask(peer, redis), PATIENCE_MS);
  } finally {
    client.disconnect();
    await redis.stop();
  }
}

async function askInMemory(make, ask) {
  const peer = await make();
  try {
    return await inTime(ask(peer), PATIENCE_MS);
  } finally {
    await peer.close?.();
  }
}

/**
 * Two processes over one Redis, of which the one that reads is on a slow network.
 * @param {string} name
 * @param {1 | 2} levels
 */
async function askPair(name, levels, ask) {
  const redis = await startRedis();
  const network = await slowNetwork(redis.port, NETWORK_MS);
  const writer = await startProcess(name, levels, redis.url);
  const reader = await startProcess(name, levels, network.url);
  try {
    if (levels === 2) await untilInMemory(reader.send);
    const pair = { redis, network, writer: writer.send, reader: reader.send, started: () => reader.answer("started") };
    return await inTime(ask(pair), PATIENCE_BETWEEN_MS);
  } finally {
    for (const { child } of [writer, reader]) child.kill("SIGKILL");
    network.stop();
    await redis.stop();
  }
}

async function startProcess(name, levels, url) {
  const child = fork(new URL("facts/process.mjs", import.meta.url), [name, String(levels), url]);
  /** The next answer to a task. */
  const answer = (task) =>
    new Promise((resolve, reject) => {
      const fail = () => reject(new Error("the process ends by itself"));
      const listen = (sent) => {
        if (sent.task !== task) return;
        child.off("message", listen).off("exit", fail);
        resolve(sent.result);
      };
      child.on("message", listen).on("exit", fail);
    });
  await answer("ready");
  return {
    child,
    answer,
    send(task, version) {
      const answered = answer(task);
      child.send({ task, version });
      return answered;
    },
  };
}

/** Reads until a read takes less time than a reply on the slow network: its subscription stands by then. */
async function untilInMemory(read) {
  for (let tries = 0; tries < 100; tries += 1) {
    const start = performance.now();
    await read("read", 0);
    if (performance.now() - start < NETWORK_MS && tries > 10) return;
    await new Promise((resolve) => setTimeout(resolve, NETWORK_MS));
  }
  throw new Error("it never reads from memory");
}

/** The answer, or why there is none. */
async function inTime(answer, patience) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, patience, `nothing in ${patience / 1000} s`);
  });
  return Promise.race([answer, late])
    .catch((error) => (/process/.test(error.message) ? error.message : `throws ${error.code ?? error.name}`))
    .finally(() => clearTimeout(timer));
}
