// Where values are shared a result that is a string is a value, and never the JSON text of one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp } from "../../helpers/cache.js";

for (const values of ["copy", "shared"]) {
  test(`a string is the id of an entity (${values})`, async () => {
    const { cache } = setUp({}, { values });
    let owner = "ada";
    const getOwner = cache("user", { keyPrefix: "getOwner" })(async () => owner);
    await getOwner();
    owner = "bob";
    assert.equal(await cache.invalidateEntity("user", "ada"), 1);
    assert.equal(await getOwner(), "bob");
  });

  test(`a string that looks like JSON is not read as JSON (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const getText = cache("user", { keyPrefix: "getText" })(async (text) => text);
    await getText('{"id":5}');
    await getText("[1,2]");
    assert.equal(await cache.invalidateEntity("user", 5), 0);
    assert.equal(await cache.invalidateEntity("user", 1), 0);
    assert.equal(await cache.invalidateLists("user"), 0);
    assert.equal(await cache.invalidateEntity("user", "[1,2]"), 1);
    assert.equal(cache.stats().entries, 1);
  });

  test(`a write whose result is a string drops the calls that hold it (${values})`, async () => {
    const { cache } = setUp({}, { values });
    const getOwner = cache("user", { keyPrefix: "getOwner" })(async () => "ada");
    const rename = cache.invalidates("user")(async function rename() {
      return "ada";
    });
    await getOwner();
    await rename();
    assert.equal(await getOwner.peek(), undefined);
  });

  test(`the backend gives a cached call as JSON text, and what is set by hand as it is (${values})`, async () => {
    const { cache, backend } = setUp({}, { values });
    const get = cache({ keyPrefix: "get" })(async (value) => value);
    for (const value of ["text", "", 5, null, { id: 1 }]) {
      await get(value);
      assert.equal(backend.get(get.key(value)), JSON.stringify(value));
    }
    backend.set("by hand", "text");
    assert.equal(backend.get("by hand"), "text");
  });
}

test("a shared result that is a Set is no set of the backend, and stays as it is", async () => {
  const { cache, backend } = setUp({}, { values: "shared" });
  const result = new Set(["a"]);
  const get = cache({ keyPrefix: "get" })(async () => result);
  await get();
  assert.throws(() => backend.sadd(get.key(), "b"), /WRONGTYPE/);
  assert.deepEqual([...(await get())], ["a"]);
  assert.equal(backend.get(get.key()), "{}");
});
