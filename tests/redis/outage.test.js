// A real server that goes away, stands still, or refuses: calls go on, nothing hangs, and no invalidation is lost.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { makeCache } from "../helpers/cache.js";
import { counted } from "../helpers/functions.js";
import { freePort, startRedis } from "../helpers/redis.js";
import { until } from "../helpers/until.js";

const OPTIONS = { operationTimeout: 60, breaker: { failures: 3, cooldown: 40 } };

let version = 1;
const users = async (/** @type {number} */ id) => [{ id, version }];

/** Calls until the backend has taken what was kept. @param {any} cache @param {() => Promise<unknown>} call */
const untilApplied = (cache, call) =>
  until(async () => {
    if (cache.stats().pending === 0) return true;
    await call();
    return cache.stats().pending === 0;
  }, "every invalidation has been applied");

/** Calls until one is a hit. @param {any} load @param {() => Promise<unknown>} call */
const untilHit = (load, call) =>
  until(async () => {
    const { runs } = load;
    await call();
    return load.runs === runs;
  }, "a call is a hit");

const CLIENTS = {
  ioredis: (/** @type {number} */ port) => {
    const client = new Redis(port, { retryStrategy: () => 10 });
    client.on("error", () => {});
    return { client, stop: () => client.disconnect() };
  },
  "node-redis": async (/** @type {number} */ port) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 10 } });
    client.on("error", () => {});
    await client.connect();
    return { client, stop: () => client.destroy() };
  },
};

for (const [name, connect] of Object.entries(CLIENTS)) {
  describe(`${name}, with its own queue for commands while the server is away`, () => {
    /** @type {Awaited<ReturnType<typeof startRedis>>} */
    let server;
    let port = 0;
    /** @type {(() => void)[]} */
    let stops = [];
    /** @type {any} */
    let a;
    /** @type {any} */
    let b;
    beforeEach(async () => {
      port = await freePort();
      server = await startRedis(["--enable-debug-command", "yes"], port);
      const [here, there] = [await connect(port), await connect(port)];
      stops = [here.stop, there.stop];
      a = makeCache(here.client, OPTIONS);
      b = makeCache(there.client, OPTIONS);
    });
    afterEach(async () => {
      await Promise.all([a.close(), b.close()]);
      for (const stop of stops) stop();
      await server.stop();
    });

    test("a server killed with -9: calls run the function, the breaker opens, and closes when it is back", async () => {
      const load = counted(users);
      const get = a("user", { keyPrefix: "get" })(load);
      await get(1);
      /** @type {string[]} */
      const states = [];
      a.on("breaker", (/** @type {any} */ { state }) => states.push(state));
      await server.stop();
      for (let i = 0; i < 20; i++) assert.deepEqual(await get(1), [{ id: 1, version }]);
      assert.equal(states[0], "open");
      server = await startRedis([], port);
      await untilHit(load, () => get(1));
      assert.deepEqual(states.slice(-2), ["half-open", "closed"]);
    });

    test("a server that stands still: an invalidation is kept, and applied before anything is served again", async () => {
      const load = counted(users);
      const get = a("user", { keyPrefix: "get" })(load);
      const there = b("user", { keyPrefix: "get" })(load);
      await get(1);
      server.process.kill("SIGSTOP");
      version += 1;
      assert.equal(await a.invalidateEntity("user", 1), 0);
      assert.equal(a.stats().pending, 1);
      await a.invalidateEntity("user", 1);
      await a.invalidateEntity("user", [1, 2]);
      assert.equal(a.stats().pending, 2, "each entity once");
      assert.ok(a.lines.some(([level]) => level === "error"));
      assert.deepEqual(await get(1), [{ id: 1, version }]);
      server.process.kill("SIGCONT");
      await untilApplied(a, async () => assert.deepEqual(await get(1), [{ id: 1, version }]));
      assert.deepEqual(await there(1), [{ id: 1, version }]);
      await untilHit(load, () => get(1));
      assert.deepEqual(await get(1), [{ id: 1, version }]);
    });

    test("an outage with invalidations of every kind: all are applied, in every process", async () => {
      const load = counted(users);
      const makers = [a, b].map((cache) =>
        ["e", "l", "f", "k", "x"].map((keyPrefix) => cache("user", { keyPrefix })(load)),
      );
      await Promise.all(makers[0].map((get) => get(1)));
      server.process.kill("SIGSTOP");
      version += 1;
      await Promise.all([
        a.invalidateEntity("user", 1),
        a.invalidateLists("user"),
        a.invalidateFunction("f"),
        a.invalidateKey("k", 1),
      ]);
      assert.equal(a.stats().pending, 4);
      server.process.kill("SIGCONT");
      await untilApplied(a, () => makers[0][0](1));
      for (const get of makers[1]) assert.deepEqual(await get(1), [{ id: 1, version }]);
      server.process.kill("SIGSTOP");
      version += 1;
      await a.invalidateAll();
      server.process.kill("SIGCONT");
      await untilApplied(a, () => makers[0][0](1));
      for (const get of makers[1]) assert.deepEqual(await get(1), [{ id: 1, version }]);
    });

    test("a server that is loading its data: LOADING, and nothing that was invalidated meanwhile comes back", async () => {
      const direct = new Redis(port);
      const load = counted(users);
      const get = a("user", { keyPrefix: "get" })(load);
      const there = b("user", { keyPrefix: "get" })(load);
      await get(1);
      await direct.call("debug", "populate", "20000");
      // It saves what it has and loads it again, slowly, with our connections open.
      for (const [name, value] of Object.entries({
        "key-load-delay": "500",
        "loading-process-events-interval-bytes": "1024",
      }))
        await direct.config("SET", name, value);
      const reload = direct.call("debug", "reload");
      await until(() => server.cli("info", "persistence").includes("\nloading:1"), "the server is loading");
      for (let i = 0; i < 10; i++) {
        version += 1;
        await a.invalidateEntity("user", 1);
        assert.deepEqual(await get(1), [{ id: 1, version }]);
      }
      assert.equal(a.stats().pending, 1);
      assert.match(server.cli("info", "persistence"), /\nloading:1/, "all of that while it was loading");
      assert.ok(a.lines.some(([, line]) => line.includes("LOADING")));
      server.cli("config", "set", "key-load-delay", "0");
      await reload;
      assert.deepEqual(await get(1), [{ id: 1, version }]);
      await untilApplied(a, () => get(1));
      assert.deepEqual(await there(1), [{ id: 1, version }]);
      await untilHit(load, () => get(1));
      direct.disconnect();
    });

    test("CLIENT PAUSE: calls go on within the time-out", async () => {
      const load = counted(users);
      const get = a("user", { keyPrefix: "get" })(load);
      await get(1);
      server.cli("client", "pause", "300", "ALL");
      assert.deepEqual(await get(1), [{ id: 1, version }]);
      assert.equal(load.runs, 2);
      await untilHit(load, () => get(1));
    });

    test("a connection killed in the middle of a call costs nothing but a run", async () => {
      const load = counted(users);
      const get = a("user", { keyPrefix: "get" })(load);
      for (let i = 0; i < 10; i++) {
        const call = get(i);
        server.cli("client", "kill", "type", "normal", "skipme", "yes");
        assert.deepEqual(await call, [{ id: i, version }]);
      }
      assert.ok(load.runs <= 10);
      await untilHit(load, () => get(1));
    });
  });
}

describe("a server that refuses", () => {
  /** @type {Awaited<ReturnType<typeof startRedis>>} */
  let server;
  /** @type {Redis} */
  let client;
  /** @type {ReturnType<typeof makeCache>} */
  let cache;
  before(async () => {
    server = await startRedis();
  });
  after(() => server.stop());
  beforeEach(() => {
    server.cli("flushall");
    client = new Redis(server.port);
    client.on("error", () => {});
    cache = makeCache(client, OPTIONS);
  });
  afterEach(async () => {
    await cache.close();
    client.disconnect();
  });

  /** @param {string} reply that the log must show @param {() => void} begin @param {() => void} end */
  async function survives(reply, begin, end) {
    const load = counted(users);
    const get = cache("user", { keyPrefix: "get" })(load);
    await get(1);
    begin();
    try {
      version += 1;
      await cache.invalidateEntity("user", 1);
      for (let i = 0; i < 5; i++) assert.deepEqual(await get(1), [{ id: 1, version }]);
      assert.deepEqual(await get(2), [{ id: 2, version }]);
    } finally {
      end();
    }
    assert.ok(
      cache.lines.some(([level, line]) => level === "error" && line.includes(reply)),
      `${reply} is told: ${cache.lines.join("\n")}`,
    );
    await untilApplied(cache, () => get(1));
    await untilHit(load, () => get(1));
    assert.deepEqual(await get(1), [{ id: 1, version }]);
  }

  test("because it has become a replica: READONLY", () =>
    survives(
      "READONLY",
      () => server.cli("replicaof", "127.0.0.1", "1"),
      () => server.cli("replicaof", "no", "one"),
    ));

  test("because its memory is full: OOM", () =>
    survives(
      "OOM",
      () => server.cli("config", "set", "maxmemory", "1"),
      () => server.cli("config", "set", "maxmemory", "0"),
    ));

  test("because the user may not: NOPERM", () =>
    survives(
      "permission",
      () => server.cli("acl", "setuser", "default", "-@all", "+acl", "+ping", "+info"),
      () => server.cli("acl", "setuser", "default", "+@all"),
    ));

  test("scripts alone: the same in single commands", async () => {
    server.cli("acl", "setuser", "default", "-eval", "-evalsha", "-script");
    try {
      const load = counted(users);
      const get = cache("user", { keyPrefix: "get" })(load);
      await get(1);
      await get(1);
      await get(1);
      assert.equal(load.runs, 2);
      version += 1;
      assert.ok((await cache.invalidateEntity("user", 1)) >= 1);
      assert.deepEqual(await get(1), [{ id: 1, version }]);
      assert.equal(await cache.invalidateAll(), 1);
      assert.ok(cache.lines.some(([level, line]) => level === "warn" && line.includes("scripts")));
    } finally {
      server.cli("acl", "setuser", "default", "+@all");
    }
  });

  test("because keys lie in several slots: the same in single commands", async () => {
    const node = await startRedis(["--cluster-enabled", "yes", "--cluster-port", String(await freePort())]);
    node.cli("cluster", "addslotsrange", "0", "16383");
    await until(() => node.cli("cluster", "info").includes("cluster_state:ok"), "the Cluster is up");
    const unaware = new Redis(node.port);
    const slotted = makeCache(unaware, OPTIONS);
    const tagged = makeCache(unaware, { ...OPTIONS, prefix: "{app}:" });
    try {
      for (const each of [slotted, tagged]) {
        const load = counted(users);
        const get = each("user", { keyPrefix: "get" })(load);
        await untilHit(load, () => get(1));
        version += 1;
        assert.equal(await each.invalidateEntity("user", 1), 1);
        assert.deepEqual(await get(1), [{ id: 1, version }]);
        assert.equal(await each.invalidateFunction("get"), 1);
        assert.equal(await each.invalidateAll(), 0);
      }
      assert.equal(slotted.lines.filter(([level, line]) => level === "warn" && line.includes("slots")).length, 1);
      assert.deepEqual(
        tagged.lines.filter(([level]) => level === "warn" || level === "error"),
        [],
      );
    } finally {
      await Promise.all([slotted.close(), tagged.close()]);
      unaware.disconnect();
      await node.stop();
    }
  });

  test("because nobody has logged in: NOAUTH", async () => {
    server.cli("config", "set", "requirepass", "secret");
    const stranger = new Redis(server.port);
    stranger.on("error", () => {});
    const refused = makeCache(stranger, OPTIONS);
    try {
      const load = counted(users);
      const get = refused("user", { keyPrefix: "get" })(load);
      assert.deepEqual(await get(1), [{ id: 1, version }]);
      assert.equal(load.runs, 1);
      assert.ok(refused.lines.some(([level, line]) => level === "error" && line.includes("NOAUTH")));
    } finally {
      await refused.close();
      stranger.disconnect();
      server.cli("-a", "secret", "--no-auth-warning", "config", "set", "requirepass", "");
    }
  });
});
