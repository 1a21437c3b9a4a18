// Every command boundary of a store and of an invalidation, each in turn held back, cut off or swallowed, while another
// process does the opposite in full. After an acknowledged invalidation nobody may read what began before it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connectTo, makeProcess } from "../helpers/protocol.js";
import { startProxy } from "../helpers/proxy.js";
import { startRedis } from "../helpers/redis.js";

/** @typedef {import("../helpers/protocol.js").Form} Form */
/** @typedef {import("../helpers/proxy.js").Fate} Fate */

/** @type {Form[]} */
const FORMS = ["script", "plain", "scriptless"];
/** @type {Fate[]} */
const FATES = ["hold", "hold-reply", "cut", "cut-reply", "drop", "drop-reply"];
const WAYS = { entity: ["e:user:1"], list: ["l:user"], key: ["c:get:[1]"], function: ["f:get"], all: ["a:*"] };

/** @type {Awaited<ReturnType<typeof startRedis>>} */
let server;
/** @type {Awaited<ReturnType<typeof startProxy>>} */
let proxy;
/** @type {import("ioredis").Redis} */
let direct;

before(async () => {
  server = await startRedis();
  proxy = await startProxy(server.port);
  direct = connectTo(server.port);
});
after(async () => {
  direct.disconnect();
  await proxy.stop();
  await server.stop();
});

/** Settles a promise that may fail, or never end. @param {Promise<unknown>} work */
const settle = (work) =>
  work.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );

/**
 * Runs `act` with the k-th command meeting its fate, for k = 0, 1, … until there are no more, and says how many there were.
 * @param {Form} form
 * @param {Fate} fate
 * @param {(faulty: ReturnType<typeof makeProcess>, meet: () => Promise<void>) => Promise<void>} act
 */
async function atEachBoundary(form, fate, act) {
  for (let k = 0; ; k++) {
    await direct.flushall();
    const client = connectTo(proxy.port, {
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      autoResendUnfulfilledCommands: false,
    });
    client.on("error", () => {});
    await client.ping();
    const faulty = makeProcess(client, form);
    // Scripts are loaded and the log has a first entry, so that only the operation itself is seen.
    await faulty.store(await faulty.protocol.position(), { id: 99 });
    await faulty.protocol.invalidate(["e:user:99", "c:get:[99]"]);
    await faulty.settled();
    proxy.reset();
    let hasMet = false;
    /** @type {() => void} */
    let tell = () => {};
    const met = new Promise((resolve) => {
      tell = () => resolve(undefined);
    });
    const meet = async () => {
      proxy.decide = (_words, index) => {
        if (index !== k || hasMet) return "pass";
        hasMet = true;
        // Once the proxy has acted, and the server, if it got the command, has carried it out.
        setImmediate(() =>
          direct
            .ping()
            .then(() => direct.ping())
            .then(tell),
        );
        return fate;
      };
    };
    Object.assign(meet, { met });
    await act(faulty, /** @type {any} */ (meet));
    client.disconnect();
    proxy.release();
    if (!hasMet) return k;
  }
}

for (const form of FORMS) {
  for (const fate of FATES) {
    test(`${form} form, a store with a command that meets "${fate}": nothing stale after any invalidation`, async () => {
      for (const [way, concerns] of Object.entries(WAYS)) {
        const boundaries = await atEachBoundary(form, fate, async (writer, meet) => {
          const other = makeProcess(direct, form);
          const position = await writer.protocol.position();
          proxy.reset();
          await meet();
          const storing = settle(writer.store(position));
          await Promise.race([/** @type {any} */ (meet).met, storing.then(() => writer.settled())]);
          await other.protocol.invalidate(concerns);
          assert.equal(await other.get(), null, `by ${way}: right after the invalidation`);
          proxy.release();
          if (!fate.startsWith("drop")) await storing;
          if (!fate.startsWith("drop")) await writer.settled();
          assert.equal(await other.get(), null, `by ${way}: after the writer went on`);
          await other.settled();
        });
        assert.ok(boundaries > 0);
      }
    });

    test(`${form} form, an invalidation with a command that meets "${fate}": acknowledged means gone`, async () => {
      for (const [way, concerns] of Object.entries(WAYS)) {
        const boundaries = await atEachBoundary(form, fate, async (invalidator, meet) => {
          const writer = makeProcess(direct, form);
          const position = await writer.protocol.position();
          await writer.store(position);
          await writer.settled();
          proxy.reset();
          await meet();
          let isAcknowledged = false;
          const invalidating = invalidator.protocol.invalidate(concerns).then(
            () => {
              isAcknowledged = true;
            },
            () => {},
          );
          await Promise.race([/** @type {any} */ (meet).met, invalidating]);
          // A run that began before the invalidation was asked for stores while that is under way.
          await writer.store(position);
          await writer.settled();
          proxy.release();
          if (!fate.startsWith("drop")) await invalidating;
          if (isAcknowledged) assert.equal(await writer.get(), null, `by ${way}: acknowledged`);
          else await makeProcess(direct, form).protocol.invalidate(concerns);
          assert.equal(await writer.get(), null, `by ${way}: in the end`);
          // And something fresh can be stored again, and found again.
          assert.equal(await writer.store(await writer.protocol.position()), "stored");
          await writer.settled();
          assert.notEqual(await writer.get(), null);
          assert.ok((await makeProcess(direct, form).protocol.invalidate(concerns)) > 0);
          assert.equal(await writer.get(), null);
        });
        assert.ok(boundaries > 0);
      }
    });
  }
}
