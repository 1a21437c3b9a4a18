// What is kept, for how long and under which entities, on every kind of store.
import assert from "node:assert/strict";
import { onEvery } from "./policy.js";

onEvery("a result that is a text is the id that it names, whatever it looks like", async (cache) => {
  for (const [at, text] of ["ada", '{"id":5}', "[1,2]", '"quoted"'].entries()) {
    let runs = 0;
    const get = cache("user", { keyPrefix: `get-${at}` })(async () => {
      runs += 1;
      return text;
    });
    assert.deepEqual([await get(), await get(), runs], [text, text, 1]);
    assert.equal(await cache.invalidateEntity("user", 5), 0);
    assert.equal(await cache.invalidateLists("user"), 0);
    assert.equal(await cache.invalidateEntity("user", text), 1, text);
    assert.deepEqual([await get(), runs], [text, 2]);
  }
});

onEvery("a list whose types only its objects name is dropped by a create", async (cache) => {
  const posts = [{ __typename: "Post", id: 1 }];
  const feed = cache({ entities: "auto", keyPrefix: "feed" })(async () => [...posts]);
  const create = cache.invalidates({ entities: "auto", created: true })(async () => {
    posts.push({ __typename: "Post", id: 2 });
    return posts[1];
  });
  assert.equal((await feed()).length, 1);
  await create();
  assert.equal((await feed()).length, 2);
});

for (const [what, times] of Object.entries({
  "a stale window without end": { ttl: 60, staleWhileRevalidate: Number.POSITIVE_INFINITY },
  "staleIfError without end": { ttl: 60, staleIfError: Number.POSITIVE_INFINITY },
  "a ttl without end": { ttl: Number.POSITIVE_INFINITY },
  "a ttl that no backend takes": { ttl: Number.MAX_SAFE_INTEGER },
  "a ttl and a window of ten years": { ttl: "3650d", staleWhileRevalidate: "3650d" },
})) {
  onEvery(`${what} is kept, and dropped by an invalidation`, async (cache) => {
    const { errors } = cache.stats();
    let runs = 0;
    const get = cache("user", { keyPrefix: "get", ...times })(async (/** @type {number} */ id) => {
      runs += 1;
      return { id };
    });
    await get(1);
    await get(1);
    assert.deepEqual([runs, cache.stats().errors], [1, errors]);
    assert.equal(await cache.invalidateEntity("user", 1), 1);
    await get(1);
    assert.equal(runs, 2);
  });
}

onEvery("an argument with a member that is undefined has an entry of its own", async (cache) => {
  const get = cache({ keyPrefix: "get" })(async (/** @type {object} */ argument) => Object.keys(argument).length);
  assert.deepEqual([await get({}), await get({ cursor: undefined })], [0, 1]);
  assert.deepEqual([await get({}), await get({ cursor: undefined })], [0, 1]);
});

onEvery("the key of one row of a batch is made without a wrapper as its this", async (cache) => {
  /** @type {unknown[]} */
  const seen = [];
  const getUsers = cache.many("user", {
    keyPrefix: "many",
    key(/** @type {unknown} */ id) {
      seen.push(this);
      return id;
    },
  })(async (/** @type {unknown[]} */ ids) => ids.map((id) => ({ id })));
  getUsers.one.key(1);
  await getUsers.one.peek(1);
  await getUsers.one(1);
  assert.deepEqual(new Set(seen), new Set([undefined]));
});
