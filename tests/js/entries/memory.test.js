// cacheref/memory: what code for servers finds in a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EntityCache, RedisBackend, WorkersKVBackend } from "../../../js/entries/memory.js";

test("the options of shared backends are taken and have no effect, so that one module runs on both sides", async () => {
  const cache = new EntityCache({ near: false, strict: true, breaker: { failures: 3 }, operationTimeout: 200 });
  const getUser = cache("user")(async function getUser(id) {
    return { id };
  });
  await getUser(1);
  await getUser(1);
  assert.equal(cache.stats().hits, 1);
});

test("values in front of a server are refused where there is none", () => {
  assert.throws(() => new EntityCache({ near: true }), { code: "ERR_CACHEREF_OPTION", message: /in front of Redis/ });
});

test("a misspelt option of a server is refused with the name that was meant", () => {
  const message = /has no option "breakr"; did you mean "breaker"\?/;
  assert.throws(() => new EntityCache(/** @type {any} */ ({ breakr: {} })), { code: "ERR_CACHEREF_OPTION", message });
});

for (const Backend of [RedisBackend, WorkersKVBackend]) {
  test(`a ${Backend.name} says that it is not in the browser build`, () => {
    assert.throws(() => new Backend(/** @type {any} */ ({})), {
      code: "ERR_CACHEREF_BACKEND",
      message: new RegExp(`^${Backend.name} is not in the browser build`),
    });
  });
}

test("a client as the option backend is refused", () => {
  assert.throws(() => new EntityCache({ backend: /** @type {any} */ ({ get() {} }) }), {
    code: "ERR_CACHEREF_BACKEND",
    message: /clients of servers are not in the browser build/,
  });
});
