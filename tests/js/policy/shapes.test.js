// The policy of results of any shape: pages, lists, what depends on a type; and what drops them, on every kind of store.
import assert from "node:assert/strict";
import { onEvery } from "./policy.js";

/**
 * A cached function that returns `result`, and whether a call of it is a hit.
 * @param {any} cache
 * @param {string} name
 * @param {unknown} result
 * @param {string | object} [rule] its entity type, or its options
 * @param {object} [options] further options
 */
async function stored(cache, name, result, rule = {}, options = {}) {
  const fn = cache(optionsOf(name, rule, options))(async () => result);
  await fn();
  return { fn, isHit: async () => (await fn.peek()) !== undefined };
}

/**
 * @param {string} keyPrefix
 * @param {string | object} rule
 * @param {object} [options]
 */
const optionsOf = (keyPrefix, rule, options) => ({
  keyPrefix,
  ...(typeof rule === "string" ? { entityType: rule } : rule),
  ...options,
});

/** Whether a log line is a WARNING about a function. @param {[string, string]} line */
const WARNING = ([level, message]) => level === "warn" && message.includes('function "');

for (const [what, page, options] of /** @type {[string, object, object][]} */ ([
  ["a page", { data: [{ id: 1 }], nextCursor: null }, {}],
  ["an empty page", { items: [], total: 0 }, {}],
  ["edges", { edges: [{ node: { id: 1 } }], pageInfo: {} }, {}],
  ["a page by a path", { users: [{ id: 1 }] }, { idField: "$.users[*].id" }],
  ["an empty page by a path", { users: [] }, { idField: "$.users[*].id" }],
  ["what is said to be a list", { id: 1 }, { list: true }],
])) {
  onEvery(`${what} is dropped by a create`, async (cache) => {
    const list = await stored(cache, "list", page, "user", options);
    const one = await stored(cache, "one", { id: 7 }, "user");
    const create = cache.invalidates("user", { created: true })(async () => ({ id: 2 }));
    assert.equal(await list.isHit(), true);
    await create();
    assert.deepEqual([await list.isHit(), await one.isHit()], [false, true]);
    assert.deepEqual(cache.lines.filter(WARNING), []);
  });
}

onEvery("a page is dropped by a change of what it holds, and by no other", async (cache) => {
  const list = await stored(cache, "list", { data: [{ id: 1 }, { id: 2 }] }, "user");
  assert.equal(await cache.invalidateEntity("user", 3), 0);
  assert.equal(await list.isHit(), true);
  assert.equal(await cache.invalidateEntity("user", 2), 1);
  assert.equal(await list.isHit(), false);
});

onEvery("list: false makes no list of an array", async (cache) => {
  const names = await stored(cache, "names", [{ id: 1 }], "user", { list: false });
  assert.equal(await cache.invalidateLists("user"), 0);
  assert.equal(await names.isHit(), true);
});

const ORDERS = [
  ["an entity", (/** @type {any} */ cache) => cache.invalidateEntity("order", 5)],
  ["the lists", (/** @type {any} */ cache) => cache.invalidateLists("order")],
  ["the type", (/** @type {any} */ cache) => cache.invalidateType("order")],
  ["a write", (/** @type {any} */ cache) => cache.invalidates("order")(async () => ({ id: 6 }))()],
  ["several targets", (/** @type {any} */ cache) => cache.invalidate({ user: 8, order: [1, 2] })],
];
for (const [what, invalidate] of /** @type {[string, (cache: any) => Promise<unknown>][]} */ (ORDERS)) {
  onEvery(`what depends on a type is dropped by an invalidation of ${what}`, async (cache) => {
    const total = await stored(cache, "total", { revenue: 7 }, { dependsOn: ["order"] });
    const other = await stored(cache, "other", { revenue: 7 }, { dependsOn: ["user"] });
    await cache.invalidateEntity("product", 5);
    assert.equal(await total.isHit(), true);
    await invalidate(cache);
    assert.equal(await total.isHit(), false);
    assert.equal(await other.isHit(), what !== "several targets");
    assert.deepEqual(cache.lines.filter(WARNING), []);
  });
}

onEvery(
  "invalidateType drops what holds or lists anything of the type or depends on it, and nothing else",
  async (cache) => {
    const concerned = [
      await stored(cache, "one", { id: 1 }, "order"),
      await stored(cache, "all", [{ id: 1 }, { id: 2 }], "order"),
      await stored(cache, "none", [], "order"),
      await stored(cache, "total", { sum: 3 }, { dependsOn: ["order"] }),
      await stored(cache, "found", { __typename: "order", id: 9 }, { entities: "auto" }),
    ];
    const others = [
      await stored(cache, "user", { id: 1 }, "user"),
      await stored(cache, "orders", { id: 1 }, "orders"),
      await stored(cache, "plain", { id: 1 }),
    ];
    assert.equal(await cache.invalidateType("order"), concerned.length);
    for (const { isHit } of concerned) assert.equal(await isHit(), false);
    for (const { isHit } of others) assert.equal(await isHit(), true);
    assert.equal(await cache.invalidateType("order"), 0);
  },
);

for (const [what, result, rule] of /** @type {[string, unknown, string | object][]} */ ([
  ["depends on the type", { sum: 1 }, { dependsOn: ["order"] }],
  ["holds an entity of the type", { id: 1 }, "order"],
  ["is a page of the type", { rows: [] }, "order"],
])) {
  onEvery(`a run under way whose result ${what} stores nothing after invalidateType`, async (cache) => {
    let begun = () => {};
    let end = () => {};
    const hasBegun = new Promise((resolve) => {
      begun = () => resolve(undefined);
    });
    const mayEnd = new Promise((resolve) => {
      end = () => resolve(undefined);
    });
    const fn = cache(optionsOf("slow", rule))(async () => {
      begun();
      await mayEnd;
      return result;
    });
    const running = fn();
    await hasBegun;
    await cache.invalidateType("order");
    end();
    assert.deepEqual(await running, result);
    assert.equal(await fn.peek(), undefined);
  });
}

onEvery("a call that depends on a type joins no run from before an invalidation of the type", async (cache) => {
  let runs = 0;
  /** @type {(() => void)[]} */
  const ends = [];
  const total = cache({ keyPrefix: "total", dependsOn: ["order"] })(async () => {
    runs += 1;
    await new Promise((resolve) => ends.push(() => resolve(undefined)));
    return { runs };
  });
  const first = total();
  while (ends.length < 1) await cache.explain("order", 1);
  await cache.invalidateEntity("order", 1);
  const second = total();
  while (ends.length < 2) await cache.explain("order", 1);
  for (const end of ends) end();
  await Promise.all([first, second]);
  assert.equal(runs, 2);
});

/** Stores a user, the same user with a product, and an empty list of orders. @param {any} cache */
async function storedOfThreeTypes(cache) {
  await stored(cache, "user", { id: 1 }, "user");
  await stored(
    cache,
    "both",
    { user: { id: 1 }, product: { id: 2 } },
    { entities: { user: "$.user.id", product: "$.product.id" } },
  );
  await stored(cache, "orders", [], "order");
}

onEvery("several targets are one invalidation with one count", async (cache) => {
  await storedOfThreeTypes(cache);
  await stored(cache, "stock", { id: 1 }, "stock");
  await stored(cache, "rest", { id: 2 }, "user");
  assert.equal(await cache.invalidate({ user: 1, product: [2, 3] }, { lists: ["order"], types: ["stock"] }), 4);
});

onEvery("with detail each target has the number of calls that it dropped", async (cache, subject) => {
  // A deletion on KV does not say whether there was anything: what another target has dropped counts again.
  const again = subject === "Workers KV" ? 1 : 0;
  await storedOfThreeTypes(cache);
  const detail = await cache.invalidate(
    { user: 1, product: [2, 3] },
    { lists: ["order"], types: ["stock"], detail: true },
  );
  assert.deepEqual(detail, {
    count: 3 + again,
    targets: [
      { kind: "entity", type: "user", id: "1", count: 2 },
      { kind: "entity", type: "product", id: "2", count: again },
      { kind: "entity", type: "product", id: "3", count: 0 },
      { kind: "list", type: "order", count: 1 },
      { kind: "type", type: "stock", count: 0 },
    ],
  });
});

onEvery(
  "with requireIds a result that no invalidation finds is returned and not stored",
  async (cache) => {
    const { skips } = cache.stats();
    const page = await stored(cache, "page", { users: [{ id: 1 }] }, "user");
    assert.equal(await page.isHit(), false);
    assert.equal(cache.stats().skips, skips + 1);
    const good = await stored(cache, "good", { data: [{ id: 1 }] }, "user");
    const plain = await stored(cache, "plain", { sum: 1 });
    assert.deepEqual([await good.isHit(), await plain.isHit()], [true, true]);
    const [first, second, ...more] = cache.lines.filter(WARNING);
    assert.match(first[1], /function "page": its result holds no id of "user".*idField: "\$\.users\[\*\]\.id"/);
    assert.match(second[1], /function "page": .*it is not stored: it holds no id of "user", and requireIds is set/);
    assert.deepEqual(more, []);
  },
  { requireIds: true },
);
