// Every command boundary of a store and of an invalidation, each in turn held back, cut off or swallowed, while another
// process does the opposite in full. After an acknowledged invalidation nobody may read what began before it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster } from "ioredis";
import { startCluster } from "../helpers/cluster.js";
import { connectTo, makeProcess } from "../helpers/protocol.js";
import { startProxy } from "../helpers/proxy.js";
import { startRedis } from "../helpers/redis.js";

/** @typedef {import("../helpers/protocol.js").Form} Form */
/** @typedef {import("../helpers/proxy.js").Fate} Fate */

/** @type {{ form: Form, where: "server" | "cluster", fates: Fate[] }[]} */
const SETTINGS = [
  { form: "script", where: "server", fates: ["hold", "hold-reply", "cut", "cut-reply", "drop", "drop-reply"] },
  { form: "plain", where: "server", fates: ["hold", "hold-reply"] },
  { form: "scriptless", where: "server", fates: ["hold", "hold-reply", "cut", "cut-reply", "drop", "drop-reply"] },
  { form: "plain", where: "cluster", fates: ["hold", "hold-reply", "cut-reply"] },
];
/** Nothing is sent again of its own accord. */
const FRAGILE = { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false };
const WAYS = { entity: ["e:user:1"], list: ["l:user"], key: ["c:get:[1]"], function: ["f:get"], all: ["a:*"] };

/**
 * Where the server or the Cluster is, with proxies before it.
 * @typedef {object} Place
 * @property {any} direct a client that goes past the proxies
 * @property {() => any} connect a client that goes through them, and gives up what a cut connection loses
 * @property {Awaited<ReturnType<typeof startProxy>>[]} proxies
 * @property {() => Promise<unknown>} flush
 * @property {() => Promise<unknown>} stop
 */

/** @type {Record<string, () => Promise<Place>>} */
const PLACES = {
  async server() {
    const server = await startRedis();
    const proxy = await startProxy(server.port);
    const direct = connectTo(server.port);
    return {
      direct,
      connect: () => connectTo(proxy.port, { ...FRAGILE, retryStrategy: () => null }),
      proxies: [proxy],
      flush: () => direct.flushall(),
      async stop() {
        direct.disconnect();
        await proxy.stop();
        await server.stop();
      },
    };
  },
  async cluster() {
    const cluster = await startCluster();
    const proxies = await Promise.all(cluster.nodes.map(({ port }) => startProxy(port)));
    const natMap = Object.fromEntries(
      cluster.nodes.map(({ host, port }, i) => [`${host}:${port}`, { host, port: proxies[i].port }]),
    );
    const direct = new Cluster(cluster.nodes);
    return {
      direct,
      connect: () =>
        new Cluster(cluster.nodes, {
          natMap,
          redisOptions: FRAGILE,
          retryDelayOnFailover: 0,
          maxRedirections: 0,
          clusterRetryStrategy: () => null,
        }),
      proxies,
      flush: () => Promise.all(direct.nodes("master").map((node) => node.flushall())),
      async stop() {
        direct.disconnect();
        await Promise.all(proxies.map((proxy) => proxy.stop()));
        await cluster.stop();
      },
    };
  },
};

/** @type {Map<string, Place>} */
const places = new Map();
before(async () => {
  for (const [name, start] of Object.entries(PLACES)) places.set(name, await start());
});
after(() => Promise.all([...places.values()].map((place) => place.stop())));

/** Settles a promise that may fail, or never end. @param {Promise<unknown>} work */
const settle = (work) =>
  work.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );

/**
 * One command to be met: `arm` begins to count, `met` resolves once the fate has befallen it.
 * @typedef {{ arm: () => void, met: Promise<void> }} Meeting
 */

/**
 * Runs `act` with the k-th command meeting its fate, for k = 0, 1, … until there are no more.
 * @param {Place} place
 * @param {Form} form
 * @param {Fate} fate
 * @param {(faulty: ReturnType<typeof makeProcess>, meeting: Meeting) => Promise<void>} act
 */
async function atEachBoundary({ direct, connect, proxies, flush }, form, fate, act) {
  for (let k = 0; ; k++) {
    await flush();
    const client = connect();
    client.on("error", () => {});
    await client.ping();
    const faulty = makeProcess(client, form);
    // Connected everywhere, and the log has a first entry: only the operation itself is to be seen.
    await faulty.store(await faulty.log.position(), { id: 99 });
    await faulty.protocol.invalidate(["e:user:99", "c:get:[99]"]);
    await faulty.settled();
    let commands = 0;
    let hasMet = false;
    /** @type {() => void} */
    let tell;
    /** @type {Promise<void>} */
    const met = new Promise((resolve) => {
      tell = resolve;
    });
    const arm = () => {
      for (const proxy of proxies) {
        proxy.decide = () => {
          if (hasMet || commands++ !== k) return "pass";
          hasMet = true;
          // Once the proxy has acted and the servers, if they got the command, have carried it out.
          setImmediate(() => ping().then(ping).then(tell));
          return fate;
        };
      }
    };
    const ping = () => Promise.all((direct.isCluster ? direct.nodes("master") : [direct]).map((node) => node.ping()));
    await act(faulty, { arm, met });
    client.disconnect();
    for (const proxy of proxies) proxy.release();
    if (!hasMet) {
      assert.ok(k > 0);
      return;
    }
  }
}

for (const { form, where, fates } of SETTINGS) {
  for (const fate of fates) {
    const isLost = fate.startsWith("drop");

    test(`${form} form on a ${where}, a store with a command that meets "${fate}": nothing stale after an invalidation`, async () => {
      const place = /** @type {Place} */ (places.get(where));
      for (const [way, concerns] of Object.entries(WAYS)) {
        await atEachBoundary(place, form, fate, async (writer, meeting) => {
          const other = makeProcess(place.direct, form);
          const position = await writer.log.position();
          meeting.arm();
          const storing = settle(writer.store(position));
          await Promise.race([meeting.met, storing.then(() => writer.settled())]);
          await other.protocol.invalidate(concerns);
          assert.equal(await other.get(), null, `by ${way}: right after the invalidation`);
          for (const proxy of place.proxies) proxy.release();
          if (!isLost) {
            await storing;
            await writer.settled();
          }
          assert.equal(await other.get(), null, `by ${way}: after the writer went on`);
          await other.settled();
        });
      }
    });

    test(`${form} form on a ${where}, an invalidation with a command that meets "${fate}": acknowledged means gone`, async () => {
      const place = /** @type {Place} */ (places.get(where));
      for (const [way, concerns] of Object.entries(WAYS)) {
        await atEachBoundary(place, form, fate, async (invalidator, meeting) => {
          const writer = makeProcess(place.direct, form);
          const position = await writer.log.position();
          await writer.store(position);
          await writer.settled();
          meeting.arm();
          const invalidating = settle(invalidator.protocol.invalidate(concerns));
          await Promise.race([meeting.met, invalidating]);
          // A run that began before the invalidation was asked for stores while that is under way.
          await writer.store(position);
          await writer.settled();
          for (const proxy of place.proxies) proxy.release();
          const outcome = isLost ? { error: "no answer" } : await invalidating;
          if ("value" in outcome) assert.equal(await writer.get(), null, `by ${way}: acknowledged`);
          else await makeProcess(place.direct, form).protocol.invalidate(concerns);
          assert.equal(await writer.get(), null, `by ${way}: in the end`);
          // And something fresh can be stored again, and is found again.
          assert.equal(await writer.store(await writer.log.position()), "stored");
          await writer.settled();
          assert.notEqual(await writer.get(), null);
          assert.ok((await makeProcess(place.direct, form).protocol.invalidate(concerns)) > 0);
          assert.equal(await writer.get(), null);
        });
      }
    });
  }
}
