// The questions. Each takes a cache behind the verbs of one-level.mjs or two-level.mjs, and answers with a few words.

const VERSIONS = ["old", "new"];

/** @type {Record<string, (peer: any) => Promise<string>>} */
export const races = {
  "a run began before the invalidation; its value is stored after it, and the next call gets": async ({
    wrap,
    drop,
  }) => {
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
};

/** @typedef {Awaited<ReturnType<typeof import("../../tests/helpers/redis.js").startRedis>>} Server */

/** @type {Record<string, (peer: any, redis: Server) => Promise<string>>} */
export const onRedis = {
  ...races,

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
    return String(await commandsOf(redis, () => rows(1)));
  },

  "the server stops: the next call returns after": async ({ wrap }, redis) => {
    const rows = wrap(async (id) => [{ id, version: 0 }]);
    await rows(1);
    await redis.stop();
    const start = performance.now();
    await rows(2);
    return inWords(performance.now() - start, 100);
  },
};

/**
 * Two processes, of which the reader is on a network that can be cut.
 * @typedef {(task: "read" | "drop" | "hold" | "release", version: number) => Promise<any>} Process
 * @typedef {object} Pair
 * @property {Server} redis
 * @property {{ cut: () => void }} network
 * @property {Process} writer
 * @property {Process} reader
 * @property {() => Promise<unknown>} started when the reader runs its function, which `hold` holds back
 */
/** @type {Record<string, (pair: Pair) => Promise<string>>} */
export const raceBetweenProcesses = {
  "a run began in another process; its value is stored after the invalidation, and the next call there gets": async ({
    writer,
    reader,
    started,
  }) => {
    await reader("hold", 0);
    const hasStarted = started();
    const first = reader("read", 0);
    await hasStarted;
    await writer("drop", 1);
    await aMoment();
    await reader("release", 1);
    await first;
    return VERSIONS[await reader("read", 1)];
  },
};

/** The reader has the row in memory before each question. @type {Record<string, (pair: Pair) => Promise<string>>} */
export const betweenProcesses = {
  "Redis commands of one hit in memory": async ({ redis, reader }) => {
    const counts = [];
    // A renewal or a heartbeat may fall into one of them.
    for (let turn = 0; turn < 5; turn += 1) counts.push(await commandsOf(redis, () => reader("read", 0)));
    return String(Math.min(...counts));
  },

  "another process reads after the invalidation has resolved, and gets": async ({ writer, reader }) => {
    await writer("drop", 1);
    return VERSIONS[await reader("read", 1)];
  },

  "the same while its subscription is cut": async ({ network, writer, reader }) => {
    network.cut();
    await writer("drop", 1);
    return VERSIONS[await reader("read", 1)];
  },

  "a second later, still cut": async ({ network, writer, reader }) => {
    network.cut();
    await writer("drop", 1);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return VERSIONS[await reader("read", 1)];
  },

  "an invalidation takes, while nothing is cut (the fastest of five)": async ({ writer, reader }) => {
    const times = [];
    // The machine may be busy with something else during one of them.
    for (let turn = 0; turn < 5; turn += 1) {
      await reader("read", 0);
      const start = performance.now();
      await writer("drop", 1);
      times.push(performance.now() - start);
    }
    return inWords(Math.min(...times), 20);
  },

  "an invalidation takes, while the subscription is cut": async ({ network, writer }) => {
    network.cut();
    const start = performance.now();
    await writer("drop", 1);
    return inWords(performance.now() - start, 100);
  },
};

/**
 * A span in words. Below the floor it is noise of the machine.
 * @param {number} milliseconds
 * @param {number} floor
 */
function inWords(milliseconds, floor) {
  if (milliseconds >= 950) return `${Math.round(milliseconds / 100) / 10} s`;
  return milliseconds < floor ? `< ${floor} ms` : `${Math.round(milliseconds / 10) * 10} ms`;
}

/** A loader that answers when it is released, with what was true when it was called. */
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

/** How many commands the server runs for a call. @param {Server} redis @param {() => Promise<unknown>} call */
async function commandsOf(redis, call) {
  redis.cli("CONFIG", "RESETSTAT");
  await call();
  const calls = [...redis.cli("INFO", "commandstats").matchAll(/cmdstat_(\S+?):calls=(\d+)/g)];
  return calls.filter(([, name]) => !/^(info|config)/.test(name)).reduce((sum, [, , count]) => sum + Number(count), 0);
}

/** Removes every key that holds no cached result. @param {Server} redis */
function evictIndexes(redis) {
  for (const key of redis.cli("--raw", "KEYS", "*").split("\n").filter(Boolean)) {
    const isValue = redis.cli("TYPE", key) === "string" && redis.cli("GET", key).includes("version");
    if (!isValue) redis.cli("DEL", key);
  }
}

/** How a call ends. Nobody may be waiting for it yet when it fails. @param {Promise<unknown>} call */
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
