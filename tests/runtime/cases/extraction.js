import { equal, MapBackend } from "../expect.js";

const ORDER = {
  id: "o-1",
  customer: { id: 7 },
  items: [{ product_id: 1 }, { product_id: 2, gift: null }, { note: "none" }],
};
const GRAPH = {
  __typename: "Post",
  id: "p1",
  author: { __typename: "User", id: 1, name: "Ada" },
  comments: [{ __typename: "Comment", id: 10, author: { __typename: "User", id: 2 } }, { id: 3 }],
};

/** What is wrapped with which options, what it answers with, and the entities that this holds. */
const TABLE = [
  ["an object", { entityType: "user" }, { id: 42, name: "Ada" }, { user: [42] }],
  ["an array", { entityType: "user" }, [{ id: 1 }, { id: "2" }, { name: "none" }, null], { user: [1, 2] }],
  ["an id", { entityType: "user" }, 42, { user: [42] }],
  ["an array of ids", { entityType: "user" }, ["a", 2, null, true], { user: ["a", 2] }],
  ["no id", { entityType: "user" }, { id: null, name: "" }, {}],
  ["null", { entityType: "user" }, null, {}],
  ["an id that is text with escapes", { entityType: "user" }, { id: 'ü"\\\n🙂' }, { user: ['ü"\\\n🙂'] }],
  ["an id field", { entityType: "customer", idField: "customer_id" }, { customer_id: 5, id: 6 }, { customer: [5] }],
  [
    "a composite id",
    { entityType: "member", idField: ["org", "user"] },
    [{ org: 1, user: 2 }, { org: 1 }],
    { member: ["1-2"] },
  ],
  [
    "a path",
    { entityType: "user", idField: "$.data[*].id" },
    { data: [{ id: 1 }, { id: 2 }], id: 3 },
    { user: [1, 2] },
  ],
  [
    "several types",
    { entities: { order: "id", product: "$.items[*].product_id", user: "$.customer.id" } },
    ORDER,
    { order: ["o-1"], product: [1, 2], user: [7] },
  ],
  ["descendants", { entities: { any: "$..product_id" } }, ORDER, { any: [1, 2] }],
  [
    "an index and a slice",
    { entities: { a: "$.items[-2].product_id", b: "$.items[0:1].product_id" } },
    ORDER,
    { a: [2], b: [1] },
  ],
  [
    "a function of the result",
    { entities: { product: (order, [first]) => [...order.items.map((item) => item.product_id), first] } },
    ORDER,
    { product: [1, 2, "argument"] },
  ],
  ["types named in the result", { entities: "auto" }, GRAPH, { Post: ["p1"], User: [1, 2], Comment: [10] }],
  [
    "types named otherwise",
    { entities: "auto", typeField: "kind", idField: "key" },
    [{ kind: "a", key: 1 }],
    { a: [1] },
  ],
  [
    "an extractor of the user's",
    { entityType: "user", extractEntityIds: (result) => result.members.map((member) => member.n) },
    { members: [{ n: 1 }, { n: 2 }] },
    { user: [1, 2] },
  ],
  ["a deep result", { entities: { leaf: "$..leaf" } }, deep(90), { leaf: [90] }],
];

function deep(levels) {
  let value = { leaf: levels };
  for (let i = 0; i < levels; i++) value = { down: [value] };
  return value;
}

/** Ids that no result of the table holds. */
const FOREIGN = ["", 0, 3, 6, "1-2-3", "none", "p2"];

export function extractionCases({ EntityCache, MemoryBackend, isMemoryBuild = false }) {
  const caches = {
    "in memory, copied": () => new EntityCache(),
    "in memory, shared": () => new EntityCache({ backend: new MemoryBackend({ values: "shared" }) }),
    "with a serializer of one's own": () =>
      new EntityCache({
        serializer: (value) => `!${JSON.stringify(value)}`,
        deserializer: (text) => JSON.parse(text.slice(1)),
      }),
    ...(isMemoryBuild ? {} : { "on a backend of one's own": () => new EntityCache({ backend: new MapBackend() }) }),
  };

  const tables = Object.entries(caches).flatMap(([where, makeCache]) =>
    TABLE.map(([name, options, result, entities]) => ({
      name: `${name}, ${where}`,
      async run() {
        const cache = makeCache();
        const get = cache({ ...options, keyPrefix: "get" })(async () => result);
        for (const [type, ids] of Object.entries(entities)) {
          for (const id of FOREIGN) {
            if (ids.some((known) => String(known) === String(id))) continue;
            await get("argument");
            equal(await cache.invalidateEntity(type, id), 0, `dropped by ${type} ${id}`);
          }
          for (const id of ids) {
            await get("argument");
            equal(await cache.invalidateEntity(type, id), 1, `dropped by ${type} ${id}`);
          }
        }
        await get("argument");
        equal(await cache.invalidateEntity("another", 42), 0, "dropped by another type");
      },
    })),
  );

  return [
    ...tables,
    {
      name: "an id is the same as a number, a text and a bigint, and no prefix of another",
      async run() {
        const cache = new EntityCache();
        const get = cache("user", { keyPrefix: "get" })(async () => ({ id: 42 }));
        for (const id of [42, "42", 42n]) {
          await get();
          equal(await cache.invalidateEntity("user", id), 1, typeof id);
        }
        await get();
        equal(await cache.invalidateEntity("user", [4, 2, 420, "042", "42.0"]), 0, "others");
      },
    },
    {
      name: "10,001 entities in one result are all found",
      async run() {
        const cache = new EntityCache();
        const get = cache("user", { keyPrefix: "get" })(async () =>
          Array.from({ length: 10_001 }, (_, id) => ({ id })),
        );
        for (const id of [0, 5000, 10_000]) {
          await get();
          equal(await cache.invalidateEntity("user", id), 1, `id ${id}`);
        }
      },
    },
    {
      name: "a subclass extracts in its own way, on top of the rules",
      async run() {
        class OrderCache extends EntityCache {
          extractEntityIds(result, idField) {
            const ids = super.extractEntityIds(result, idField);
            for (const item of result.items) if (item.product_id) ids.add(`product:${item.product_id}`);
            return ids;
          }
        }
        const cache = new OrderCache();
        const get = cache("order", { keyPrefix: "get" })(async () => ORDER);
        for (const [type, id] of [
          ["order", "o-1"],
          ["product", 2],
        ]) {
          await get();
          equal(await cache.invalidateEntity(type, id), 1, `${type} ${id}`);
        }
      },
    },
  ];
}
