// The rights (ACL) that docs/operations.md gives to a user of Redis suffice, and what happens where INFO is refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { Cluster, Redis } from "ioredis";
import { makeCache } from "../helpers/cache.js";
import { startCluster } from "../helpers/cluster.js";
import { serving } from "../helpers/near.js";
import { until } from "../helpers/until.js";
import { useRedis } from "../helpers/use-redis.js";

const { client, server } = await useRedis();
/** A busy machine is no refusal. */
const PATIENT_MS = 60_000;
/** @type {(() => unknown)[]} */
const ends = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const page = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
const documented = /^ACL SETUSER (.+)$/m.exec(page)?.[1].split(" ") ?? [];
const ofClusters = /^Clients of a Cluster also need `(.+?)`/m.exec(page)?.[1].split(" ") ?? [];

/** @typedef {{ cli: (...words: string[]) => string }} Server */

/** Makes a user on servers. @param {Server[]} servers @param {string[]} words of ACL SETUSER */
function allow(servers, [name, ...rules]) {
  for (const { cli } of servers) {
    cli("acl", "setuser", name, "reset", ...rules);
    cli("acl", "log", "reset");
  }
  const password = rules.find((rule) => rule.startsWith(">"))?.slice(1);
  return { username: name, password };
}

/** A client of a user with these rights. @param {string[]} words */
async function login(words) {
  await client.flushall();
  const limited = new Redis(server.port, { ...allow([server], words), enableReadyCheck: false });
  ends.push(() => limited.disconnect());
  return limited;
}

/** The same in a Cluster of its own. @param {string[]} words */
async function loginToCluster(words) {
  const { servers, nodes, stop } = await startCluster();
  const limited = new Cluster(nodes, { redisOptions: { ...allow(servers, words), maxRetriesPerRequest: 1 } });
  ends.push(stop, () => limited.disconnect());
  return { limited, servers };
}

/** @param {any} limited @param {object} options */
function open(limited, options) {
  const cache = makeCache(limited, options);
  ends.push(() => cache.close());
  return cache;
}

/** What the servers have refused, and what the cache has complained about. @param {Server[]} servers @param {any} cache */
const complaints = (servers, { lines }) => [
  ...servers.map(({ cli }) => cli("acl", "log").trim()).filter((refused) => refused !== ""),
  ...lines.filter((/** @type {string[]} */ [level]) => level === "error" || level === "warn"),
];

/** Whatever a cache can do. @param {any} cache */
async function everything(cache) {
  const options = { ttl: 60, staleWhileRevalidate: 60 };
  const get = cache("user", { keyPrefix: "get", ...options })(async (/** @type {number} */ id) => ({ id }));
  const list = cache("user", { keyPrefix: "list" })(async (/** @type {number} */ n) =>
    Array.from({ length: 300 }, (_, i) => ({ id: n * 300 + i })),
  );
  const total = cache({ keyPrefix: "total", dependsOn: ["user"] })(async () => 1);
  const many = cache.many("user", { keyPrefix: "many" })(async (/** @type {number[]} */ ids) =>
    ids.map((id) => ({ id })),
  );
  const fill = async () => {
    for (let round = 0; round < 2; round++)
      await Promise.all(Array.from({ length: 5 }, (_, n) => [get(n), list(n), total(), many([n, n + 1])]).flat());
  };
  await fill();
  await get.refresh(1);
  await get.peek(1);
  await cache.explain("user", 1);
  for (const invalidate of [
    () => cache.invalidateEntity("user", 1),
    () => cache.invalidateEntity("user", 2, { soft: true }),
    () => cache.invalidateLists("user"),
    () => cache.invalidateType("user"),
    () => cache.invalidateFunction(get),
    () => get.invalidate(3),
    () => cache.invalidateAll(),
  ]) {
    await invalidate();
    await fill();
  }
  return get;
}

for (const [what, options] of /** @type {[string, any][]} */ ([
  ["as it is", {}],
  ["with strict", { strict: true }],
  ["with near", { near: true }],
])) {
  test(`a cache ${what} needs no more rights than the documented ones`, async () => {
    const cache = open(await login(documented), { operationTimeout: PATIENT_MS, ...options });
    if (options.near) await serving(cache);
    const get = await everything(cache);
    assert.deepEqual(complaints([server], cache), []);
    const { hits } = cache.stats();
    await get(1);
    assert.equal(cache.stats().hits, hits + 1);
    if (options.near) assert.ok(cache.stats().near.hits > 0);
  });
}

for (const prefix of ["app:", "{app}:"]) {
  test(`nor does one in a Cluster, with the prefix ${prefix}`, async () => {
    const words = [...documented, ...ofClusters].map((word) => (word === "~app:*" ? `~${prefix}*` : word));
    const { limited, servers } = await loginToCluster(words);
    const cache = open(limited, { prefix, operationTimeout: PATIENT_MS });
    const get = await everything(cache);
    assert.deepEqual(
      complaints(servers, cache).filter((line) => !line.includes("several slots")),
      [],
    );
    const { hits } = cache.stats();
    await get(1);
    assert.equal(cache.stats().hits, hits + 1);
  });
}

test("the documented rights are those of the prefix alone", async () => {
  const limited = await login(documented);
  await assert.rejects(limited.get("other:key"), /NOPERM/);
  await assert.rejects(limited.flushall(), /NOPERM/);
  await assert.rejects(limited.config("GET", "maxmemory"), /NOPERM/);
});

for (const strict of [undefined, false, true]) {
  test(`where INFO is refused and strict is ${strict}, ${strict === undefined ? "one WARNING says" : "nothing says"} that the eviction policy is not known`, async () => {
    const limited = await login([...documented, "-info"]);
    const cache = open(limited, { strict });
    const get = cache("user", { keyPrefix: "get" })(async (/** @type {number} */ id) => ({ id }));
    for (let id = 0; id < 5; id++) {
      await get(id);
      assert.deepEqual(await get(id), { id });
    }
    const warnings = () => cache.lines.filter(([level]) => level === "warn").map(([, line]) => line);
    if (strict !== undefined) return assert.deepEqual(warnings(), []);
    await until(() => warnings().length > 0, "the cache warns");
    assert.equal(warnings().length, 1);
    assert.match(warnings()[0], /maxmemory-policy.*NOPERM.*strict/s);
  });
}
