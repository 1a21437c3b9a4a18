// Values of another realm: what a sandbox (Jest, `node:vm`, a frame) makes has classes of its own.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createContext, runInContext, runInThisContext } from "node:vm";
import { bytesOf, isArrayBuffer, isError, isMap, isSet, unboxed } from "../../../js/boundary/realms.js";
import { MemoryBackend } from "../../../js/entries/node.js";
import { sizeOf } from "../../../js/memory/size.js";
import { decodePayload } from "../../../js/remote/protocol/payload.js";
import { makeCache } from "../../helpers/cache.js";
import { mapBackend } from "../../helpers/map-backend.js";

const realm = createContext({});
/** A value that another realm makes. @param {string} source */
const foreign = (source) => runInContext(`(${source})`, realm);

test("kinds are those of any realm", () => {
  const sources = {
    Map: "new Map([[1, 2]])",
    Set: "new Set([1])",
    Error: "new TypeError('no')",
    ArrayBuffer: "new ArrayBuffer(2)",
    Uint8Array: "new Uint8Array([1, 2])",
    Date: "new Date(0)",
    object: "{}",
    array: "[]",
    null: "null",
    string: "'Map'",
  };
  const kinds = { Map: isMap, Set: isSet, Error: isError, ArrayBuffer: isArrayBuffer };
  for (const [kind, source] of Object.entries(sources)) {
    for (const value of [foreign(source), runInThisContext(`(${source})`)]) {
      for (const [name, is] of Object.entries(kinds)) assert.equal(is(value), name === kind, `${name} of ${kind}`);
      assert.deepEqual(bytesOf(value), kind === "Uint8Array" ? new Uint8Array([1, 2]) : undefined);
    }
  }
  assert.equal(unboxed(foreign("new String('a')")), "a");
  assert.equal(unboxed(foreign("new Number(7)")), 7);
  assert.ok(bytesOf(foreign("new Uint8Array([0, 1, 2]).subarray(1)")) instanceof Uint8Array);
  assert.deepEqual(bytesOf(foreign("new Uint8Array([0, 1, 2]).subarray(1)")), new Uint8Array([1, 2]));
});

const BACKENDS = {
  "in memory": () => new MemoryBackend(),
  "in memory, shared": () => new MemoryBackend({ values: "shared" }),
  "on a backend": mapBackend,
};
for (const [where, makeBackend] of Object.entries(BACKENDS)) {
  describe(`${where}: of another realm`, () => {
    test("the bytes of a serializer are stored, and read", async () => {
      const cache = makeCache(makeBackend(), {
        serializer: (/** @type {any} */ value) =>
          foreign(`new Uint8Array(${JSON.stringify([...JSON.stringify(value)].map((c) => c.charCodeAt(0)))})`),
        deserializer: (/** @type {Uint8Array} */ bytes) => JSON.parse(new TextDecoder().decode(bytes)),
      });
      let runs = 0;
      const getUser = cache("user")(async function getUser(/** @type {number} */ id) {
        runs += 1;
        return { id };
      });
      assert.deepEqual([await getUser(1), await getUser(1), runs], [{ id: 1 }, { id: 1 }, 1]);
    });

    test("a Map of rows is one, and an Error among them fails its id", async () => {
      const cache = makeCache(makeBackend());
      const byMap = cache.many("user")(async function byMap() {
        return foreign("new Map([[1, { id: 1 }]])");
      });
      assert.deepEqual(JSON.parse(JSON.stringify(await byMap([1, 2]))), [{ id: 1 }, null]);

      const byList = cache.many("user")(async function byList() {
        return foreign("[{ id: 1 }, new RangeError('no such user')]");
      });
      const [one, two] = await Promise.allSettled([byList.one(1), byList.one(2)]);
      assert.equal(one.status, "fulfilled");
      assert.equal(two.status === "rejected" && two.reason.message, "no such user");
      assert.equal(await byList.one.peek(2), undefined);
    });

    test("entities in its objects, lists and sets are found", async () => {
      const cache = makeCache(makeBackend());
      const sources = ["{ id: 7 }", "[{ id: 7 }]", "{ id: new String('7') }"];
      for (const [i, source] of sources.entries()) {
        const keyPrefix = `user-${i}`;
        await cache("user", { keyPrefix })(async () => foreign(source))();
        assert.equal(await cache.invalidateEntity("user", 7), 1, source);
      }
    });
  });
}

test("a set of another realm is a list, and its elements hold entities, where values are shared", async () => {
  const cache = makeCache(new MemoryBackend({ values: "shared" }));
  const list = cache("user")(async function list() {
    return foreign("new Set([{ id: 1 }])");
  });
  await list();
  assert.equal(await cache.invalidateLists("user"), 1);
  await list();
  assert.equal(await cache.invalidateEntity("user", 1), 1);
});

test("sizes and payloads are those of any realm", () => {
  for (const source of ["new Map([['a', 'bc']])", "new Set(['abc'])", "new ArrayBuffer(9)", "new Uint8Array(9)"]) {
    assert.equal(sizeOf(foreign(source)), sizeOf(runInThisContext(source)), source);
  }
  assert.deepEqual(decodePayload(foreign("new Uint8Array([255, 1, 2])")), new Uint8Array([1, 2]));
  assert.equal(decodePayload(foreign("new Uint8Array([91, 93])")), "[]");
});
