import { counted, equal, MapBackend } from "../expect.js";

export function invalidationCases({ EntityCache, isMemoryBuild = false }) {
  const places = {
    "in memory": () => ({}),
    ...(isMemoryBuild ? {} : { "on a backend of one's own": () => ({ backend: new MapBackend() }) }),
  };

  return Object.entries(places).flatMap(([where, options]) => {
    const setUp = () => {
      const cache = new EntityCache(options());
      const load = counted(async (id) => ({ id }));
      return { cache, load, getUser: cache("user", { keyPrefix: "getUser" })(load) };
    };
    const cases = {
      async "an entity drops the calls that hold it and leaves the others"() {
        const { cache, load, getUser } = setUp();
        const list = cache("user", { keyPrefix: "list" })(counted(async (ids) => ids.map((id) => ({ id }))));
        const order = cache({ keyPrefix: "order", entities: { user: "$.buyer.id", order: "id" } })(async (id) => ({
          id,
          buyer: { id: 1 },
        }));
        await Promise.all([getUser(1), getUser(2), list([1, 2]), list([2]), order("a")]);
        equal(await cache.invalidateEntity("user", 1), 3, "dropped");
        equal(await Promise.all([getUser.peek(1), getUser.peek(2)]), [undefined, { id: 2 }], "single users");
        equal(await Promise.all([list.peek([1, 2]), list.peek([2])]), [undefined, [{ id: 2 }]], "lists");
        equal(await order.peek("a"), undefined, "the order");
        equal(await cache.invalidateEntity("user", [1, 2, 3]), 2, "dropped by several ids");
        load.count = 0;
        await getUser(1);
        equal(load.count, 1, "runs");
      },
      async "lists are dropped after a create"() {
        const { cache, getUser } = setUp();
        const search = cache("user", { keyPrefix: "search" })(async (result) => result);
        for (const result of [[], null, [{ id: 1 }], { id: 1 }]) await search(result);
        await getUser(1);
        equal(await cache.invalidateLists("user"), 3, "dropped");
        equal(await getUser.peek(1), { id: 1 }, "a single user");
      },
      async "a function, by itself or by its name"() {
        const { cache, load, getUser } = setUp();
        const getMore = cache("user", { keyPrefix: "getUser2" })(load);
        await Promise.all([getUser(1), getUser("x".repeat(200)), getMore(1)]);
        equal(await cache.invalidateFunction(getUser), 2, "dropped");
        await getUser(1);
        equal(await cache.invalidateFunction("getUser"), 1, "dropped by name");
        equal(await getMore.peek(1), { id: 1 }, "another function");
      },
      async "one call, by its arguments in any order of their keys"() {
        const { cache, load } = setUp();
        const find = cache("user", { keyPrefix: "find" })(load);
        await find({ a: 1, b: 2 });
        equal(await cache.invalidateKey(find, { b: 2, a: 1 }), true);
        equal(await cache.invalidateKey("find", { a: 1, b: 2 }), false);
      },
      async "everything under a prefix, whatever characters it has"() {
        const backend = options().backend;
        const prefixes = ["a*:", "ab:", "[a]:", "a:"];
        const caches = prefixes.map((prefix) => new EntityCache({ prefix, ...(backend && { backend }) }));
        const getters = caches.map((cache) => cache("user", { keyPrefix: "get" })(async (id) => ({ id })));
        for (const get of getters) await get(1);
        equal(await caches[0].invalidateAll(), 1, "dropped");
        equal(await Promise.all(getters.map((get) => get.peek(1))), [undefined, { id: 1 }, { id: 1 }, { id: 1 }]);
      },
      async "a write that is wrapped, by its result, its argument or a function"() {
        const { cache, getUser } = setUp();
        const search = cache("user", { keyPrefix: "search" })(async () => []);
        const writes = [
          cache.invalidates("user")(async (id) => ({ id, name: "new" })),
          cache.invalidates("user", { from: "args" })(async () => "done"),
          cache.invalidates("user", { from: (_, [id]) => [id] })(async () => "done"),
          cache.invalidates("user", { from: async (_, [id]) => new Set([id]) })(async () => "done"),
        ];
        for (const write of writes) {
          await getUser(1);
          await getUser(2);
          await write(1);
          equal([await getUser.peek(1), await getUser.peek(2)], [undefined, { id: 2 }]);
        }
        await search();
        await cache.invalidates("user", { created: true })(async () => ({ id: 9 }))();
        equal(await search.peek(), undefined, "lists after a create");
      },
      async "a write that fails invalidates nothing"() {
        const { cache, getUser } = setUp();
        const error = new Error("no");
        await getUser(1);
        const write = cache.invalidates("user", { from: "args" })(async () => {
          throw error;
        });
        equal(await write(1).catch((caught) => caught === error), true, "the very error");
        equal(await getUser.peek(1), { id: 1 });
      },
      async "what holds an entity can be asked for"() {
        const { cache, getUser } = setUp();
        await getUser(1);
        await getUser(2);
        const held = await cache.explain("user", 1);
        equal(
          held.map((entry) => [entry.function, entry.key]),
          [["getUser", getUser.key(1)]],
        );
      },
    };
    return Object.entries(cases).map(([name, run]) => ({ name: `${name}, ${where}`, run }));
  });
}
