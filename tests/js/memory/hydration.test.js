// `cache.dehydrate()` and `cache.hydrate()`: a page begins with what its server has computed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCache, setUp } from "../../helpers/cache.js";
import { counted } from "../../helpers/functions.js";
import { mapBackend } from "../../helpers/map-backend.js";

/** A cache with a function of users, which counts its runs. @param {any} [options] @param {string} [values] */
function side(options, values = "frozen") {
  const set = setUp(options, { values });
  const load = counted((id, name = "Ada") => ({ id, name }));
  return { ...set, load, getUser: set.cache("user", { keyPrefix: "getUser" })(load) };
}

for (const values of ["copy", "shared", "frozen"]) {
  test(`a call of the text is a hit, with its entities, and runs nothing (${values})`, async () => {
    const server = side({ prefix: "server:" }, values);
    await server.getUser(42);
    const text = await server.cache.dehydrate([
      [server.getUser, 42],
      [server.getUser, 7],
    ]);
    const page = side({ prefix: "page:" }, values);
    assert.equal(page.cache.hydrate(text), 1);
    const first = page.getUser(42);
    if (values !== "copy") assert.equal(first.status, "fulfilled");
    assert.deepEqual(await first, { id: 42, name: "Ada" });
    assert.equal(Object.isFrozen(await first), values === "frozen");
    assert.deepEqual([page.load.runs, page.cache.stats().hits, page.cache.stats().misses], [0, 1, 0]);
    assert.equal(await page.cache.invalidateEntity("user", 42), 1);
    await page.getUser(42);
    assert.equal(page.load.runs, 1);
  });
}

test("a call is a hit for the rest of its ttl, and no longer", async () => {
  const server = side({ ttl: 10 });
  await server.getUser(1);
  await server.getUser(2);
  server.clock.advance(4000);
  const text = await server.cache.dehydrate([1, 2].map((id) => [server.getUser, id]));
  const page = side();
  page.cache.hydrate(text);
  page.clock.advance(5000);
  await page.getUser(1);
  assert.equal(page.load.runs, 0);
  page.clock.advance(1000);
  await page.getUser(1);
  await page.getUser(2);
  assert.equal(page.load.runs, 2);
});

test("an invalidation drops the calls that nobody has asked for yet", async () => {
  const server = side();
  await server.getUser(1);
  const text = await server.cache.dehydrate([[server.getUser, 1]]);
  const page = side();
  page.cache.hydrate(text);
  await page.cache.invalidateEntity("user", 1);
  await page.getUser(1);
  assert.equal(page.load.runs, 1);
});

test("the text ends no script, and comes back as it was", async () => {
  const server = side();
  await server.getUser("</script><!--", "<b>");
  const text = await server.cache.dehydrate([[server.getUser, "</script><!--", "<b>"]]);
  assert.ok(!text.includes("<"));
  const page = side();
  page.cache.hydrate(text);
  assert.deepEqual(await page.getUser("</script><!--", "<b>"), { id: "</script><!--", name: "<b>" });
  assert.equal(page.load.runs, 0);
});

test("a text that is none is a WARNING, and the functions run", async () => {
  for (const text of ["", "{", "null", "[]", '{"cacheref":2,"calls":[]}', '{"cacheref":1,"calls":[["a"]]}']) {
    const page = side();
    assert.equal(page.cache.hydrate(text), 0);
    assert.match(page.lines.find(([level]) => level === "warn")?.[1] ?? "", /has not made/);
    await page.getUser(1);
    assert.equal(page.load.runs, 1);
  }
});

test("a value that cannot be read is not taken, and the function runs", async () => {
  const page = side();
  page.cache.hydrate('{"cacheref":1,"calls":[["getUser","[1]","{",null]]}');
  assert.deepEqual(await page.getUser(1), { id: 1, name: "Ada" });
  assert.equal(page.load.runs, 1);
});

test("misuse is refused", async () => {
  const { cache } = side();
  await assert.rejects(cache.dehydrate(/** @type {any} */ (1)), { code: "ERR_CACHEREF_OPTION" });
  await assert.rejects(cache.dehydrate([[() => 1]]), { message: /^a call must be an array of a wrapped function/ });
  assert.throws(() => cache.hydrate(/** @type {any} */ ({})), { code: "ERR_CACHEREF_OPTION" });
  const far = makeCache(mapBackend());
  await assert.rejects(far.dehydrate([]), { code: "ERR_CACHEREF_BACKEND" });
  assert.throws(() => far.hydrate(""), { code: "ERR_CACHEREF_BACKEND" });
});
