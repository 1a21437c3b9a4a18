// A Worker that the tests of worker.test.js talk to. Its caches are made at global scope, as a user would make them.

import { env, waitUntil } from "cloudflare:workers";
import { EntityCache, cache as memory } from "cacheref";
import { backendSuite } from "cacheref/testing";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const kv = new EntityCache({ backend: env.KV, prefix: "kv:", waitUntil, logger: silent });
let runs = 0;
let begun = 0;
/** @type {string[]} */
const events = [];
kv.on("store", () => events.push("store"));

const getUser = kv("user", { keyPrefix: "getUser" })(async (id) => {
  runs += 1;
  return { id, by: env.NAME };
});
const slow = memory("user", { keyPrefix: "slow" })(async (id) => {
  begun += 1;
  await scheduler.wait(300);
  return { id, begun };
});

/** @type {Record<string, (query: URLSearchParams) => Promise<unknown> | unknown>} */
const routes = {
  async "/suite"() {
    class Quiet extends EntityCache {
      /** @param {object} options */
      constructor(options) {
        super({ logger: silent, ...options });
      }
    }
    const failures = [];
    const cases = backendSuite({ EntityCache: Quiet, makeBackend: () => env.KV }).filter(({ name }) =>
      name.startsWith("cache"),
    );
    for (const { name, run } of cases) await run().catch((error) => failures.push(`${name}: ${error.stack}`));
    return { cases: cases.length, failures };
  },
  async "/user"(query) {
    const user = await getUser(Number(query.get("id")));
    events.push("answer");
    return { user, runs, events: events.slice() };
  },
  async "/peek"(query) {
    return (await getUser.peek(Number(query.get("id")))) ?? null;
  },
  "/invalidate": (query) => kv.invalidateEntity("user", Number(query.get("id"))),
  "/slow": (query) => slow(Number(query.get("id"))),
  "/begun": () => begun,
};

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    return Response.json(await routes[pathname](searchParams));
  },
};
