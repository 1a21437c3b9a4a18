// What happens in situations that a cache with invalidation meets, asked of each library, on a real Redis where it has
// an index or tags of its own:
//
//     make facts
import { Redis } from "ioredis";
import { startRedis } from "../tests/helpers/redis.js";
import { byKey, peers } from "./peers.mjs";

/** What never comes is told after this long. */
const PATIENCE_MS = 3000;
const VERSIONS = ["old", "new"];

const situations = {
  "a run that began before the invalidation stores its value; the next call gets": async ({ wrap, drop }) => {
    const source = controlled();
    const rows = wrap(source.load);
    const first = outcome(rows(1));
    await source.started();
    await drop(1);
    await aMoment();
    source.release();
    const { isError } = await first;
    return `${VERSIONS[(await rows(1))[0].version]}${isError ? ", and the run's own caller an error" : ""}`;
  },

  "a call made after the invalidation, while that run is still busy, gets": async ({ wrap, drop }) => {
    const source = controlled();
    const rows = wrap(source.load);
    const first = outcome(rows(1));
    await source.started();
    await drop(1);
    const second = rows(1);
    await aMoment();
    source.release();
    await first;
    return VERSIONS[(await second)[0].version];
  },

  "the row is invalidated, and its index (or tag) is evicted before and after; the next call gets": async (
    { wrap, drop },
    redis,
  ) => {
    let version = 0;
    const rows = wrap(async (id) => [{ id, version: version++ }]);
    await rows(1);
    evictIndexes(redis);
    await drop(1);
    evictIndexes(redis);
    return VERSIONS[Math.min((await rows(1))[0].version, 1)];
  },

  "Redis commands of one hit, a list of 20 rows": async ({ wrap }, redis) => {
    const rows = wrap(async () => Array.from({ length: 20 }, (_, id) => ({ id, version: 0 })));
    await rows(1);
    await rows(1);
    redis.cli("CONFIG", "RESETSTAT");
    await rows(1);
    const calls = [...redis.cli("INFO", "commandstats").matchAll(/cmdstat_(\S+?):calls=(\d+)/g)];
    return String(
      calls.filter(([, name]) => !/^(info|config)/.test(name)).reduce((sum, [, , count]) => sum + Number(count), 0),
    );
  },

  "the server stops: the next call returns after": async ({ wrap }, redis) => {
    const rows = wrap(async (id) => [{ id, version: 0 }]);
    await rows(1);
    await redis.stop();
    const start = performance.now();
    await rows(2);
    return `${Math.round((performance.now() - start) / 100) / 10} s`;
  },
};

const chosen = process.argv.slice(2);
const isChosen = (name) => chosen.length === 0 || chosen.includes(name);

await show(Object.keys(peers).filter(isChosen), Object.entries(situations), onRedis);
await show(Object.keys(byKey).filter(isChosen), Object.entries(situations).slice(0, 2), (name, ask) =>
  inTime(ask(byKey[name]())),
);
process.exit();

/** A table of what each library does in each situation. */
async function show(names, situations, answer) {
  if (names.length === 0) return;
  console.log(`\n| | ${names.join(" | ")} |\n|---|${":-:|".repeat(names.length)}`);
  for (const [situation, ask] of situations) {
    const answers = [];
    for (const name of names) answers.push(await answer(name, ask));
    console.log(`| ${situation} | ${answers.join(" | ")} |`);
  }
}

/** One library, one situation, a Redis of its own. */
async function onRedis(name, ask) {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  client.on("error", () => {});
  try {
    return await inTime(ask(peers[name](client, redis.url), redis));
  } finally {
    client.disconnect();
    await redis.stop();
  }
}

/** The answer, or why there is none. */
async function inTime(answer) {
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, `nothing in ${PATIENCE_MS / 1000} s`));
  return Promise.race([answer, patience]).catch((error) => `throws ${error.code ?? error.name}`);
}

/** A loader that answers when it is told to, with what was true when it was asked. */
function controlled() {
  let version = 0;
  let release = () => {};
  let hasStarted = () => {};
  const started = new Promise((resolve) => {
    hasStarted = resolve;
  });
  return {
    async load(id) {
      const rows = [{ id: Number(id), version: Math.min(version++, 1) }];
      if (version === 1) {
        hasStarted();
        await new Promise((resolve) => {
          release = resolve;
        });
      }
      return rows;
    },
    started: () => started,
    release: () => release(),
  };
}

/** Removes every key that holds no cached result. */
function evictIndexes(redis) {
  for (const key of redis.cli("--raw", "KEYS", "*").split("\n").filter(Boolean)) {
    const isValue = redis.cli("TYPE", key) === "string" && redis.cli("GET", key).includes("version");
    if (!isValue) redis.cli("DEL", key);
  }
}

/** What became of a call; it may be told of before somebody waits for it. */
function outcome(call) {
  return call.then(
    () => ({ isError: false }),
    () => ({ isError: true }),
  );
}

/** Some milliseconds: some of the libraries tell earlier from later by the clock. */
function aMoment() {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
