// The optional serializers in a cache, on both kinds of backend: values come back, and entities are found in them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deserialize, serialize } from "node:v8";
import { compressed } from "../../../js/entries/compressed.js";
import { EntityCache } from "../../../js/entries/node.js";
import { rich } from "../../../js/entries/rich.js";
import { recorder } from "../../helpers/cache.js";
import { useRedis } from "../../helpers/use-redis.js";

const { client } = await useRedis();

let caches = 0;
// A machine with much to do compresses slowly.
const PATIENT = { operationTimeout: 20_000 };
const BACKENDS = {
  "in memory": () => PATIENT,
  "on Redis": () => ({ ...PATIENT, backend: client, prefix: `serializers-${++caches}:` }),
};
const bytes = { serializer: serialize, deserializer: deserialize };
const SERIALIZERS = {
  JSON: {},
  "rich values": rich,
  "bytes of node:v8": bytes,
  "compressed JSON": compressed({ minBytes: 0 }),
  "compressed rich values": compressed({ ...rich, minBytes: 64 }),
  "compressed bytes": compressed({ ...bytes, minBytes: 64 }),
};

/** What is wrapped, how, and which entities hold it. @type {Record<string, { options: any, result: any, holds: [string, string][] }>} */
const RESULTS = {
  "an object": { options: ["user"], result: { id: 1, name: "Ada" }, holds: [["user", "1"]] },
  "a list": {
    options: ["user"],
    result: Array.from({ length: 30 }, (_, id) => ({ id, name: `User ${id}` })),
    holds: [
      ["user", "0"],
      ["user", "29"],
    ],
  },
  "a composite id": {
    options: ["member", { idField: ["org", "user"] }],
    result: { org: "a", user: 1 },
    holds: [["member", "a-1"]],
  },
  "several types": {
    options: [{ entities: { order: "id", product: "$.items[*].sku" } }],
    result: { id: "o1", items: [{ sku: "x" }, { sku: "y" }] },
    holds: [
      ["order", "o1"],
      ["product", "x"],
      ["product", "y"],
    ],
  },
  "objects that name their type": {
    options: [{ entities: "auto" }],
    result: { feed: [{ __typename: "Post", id: 7, author: { __typename: "User", id: "u" } }] },
    holds: [
      ["Post", "7"],
      ["User", "u"],
    ],
  },
};

for (const [where, cacheOptions] of Object.entries(BACKENDS)) {
  describe(where, () => {
    for (const [name, pair] of Object.entries(SERIALIZERS)) {
      test(`${name}: a hit equals the result, and entities are found in it`, async () => {
        const cache = new EntityCache({ ...cacheOptions(), ...pair });
        for (const [title, { options, result, holds }] of Object.entries(RESULTS)) {
          let runs = 0;
          const load = cache(...options)(
            {
              async [title]() {
                runs += 1;
                return result;
              },
            }[title],
          );
          for (const [type, id] of holds) {
            await load();
            const hit = await load();
            assert.deepEqual(hit, result, title);
            assert.notEqual(hit, result);
            assert.equal(await cache.invalidateEntity(type, id), 1, `${title}: ${type} ${id}`);
          }
          assert.equal(runs, holds.length, title);
        }
      });
    }

    test("rich values come back from the cache, and the ids among them are found", async () => {
      const result = {
        id: 10n,
        when: new Date(0),
        seats: new Map([[1, new Set(["a"])]]),
        raw: new Uint8Array([1, 2]),
        nothing: undefined,
      };
      for (const pair of [rich, compressed({ ...rich, minBytes: 0 })]) {
        const cache = new EntityCache({ ...cacheOptions(), ...pair });
        const getEvent = cache("event")(async function getEvent() {
          return result;
        });
        await getEvent();
        assert.deepEqual(await getEvent(), result);
        assert.equal(cache.stats().hits, 1);
        assert.equal(await cache.invalidateEntity("event", 10), 1);
      }
    });

    test("undefined is a result like any other to a serializer that knows it", async () => {
      const cache = new EntityCache({ ...cacheOptions(), ...rich });
      const find = cache()(async function find() {
        return undefined;
      });
      await find();
      assert.equal(await find(), undefined);
      assert.equal(cache.stats().hits, 1);
    });

    test("what a serializer refuses is returned, and not stored", async () => {
      const { lines, logger } = recorder();
      const cache = new EntityCache({ ...cacheOptions(), ...compressed(rich), logger });
      const result = { id: 1, run() {} };
      const load = cache("job")(async function load() {
        return result;
      });
      assert.equal(await load(), result);
      assert.equal(await load(), result);
      assert.equal(cache.stats().stores, 0);
      assert.equal(lines.filter(([, line]) => /load.*cannot be serialized/.test(line)).length, 1);
    });
  });
}
