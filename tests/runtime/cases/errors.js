import { counted, equal, MapBackend, ok, recorder, refuses } from "../expect.js";

const METHODS = ["get", "set", "setex", "delete", "keys", "sadd", "smembers", "expire", "*"];
const FAILURES = ["throw", "reject", "hang", "late", "lost", "garbage", "type", "bytes"];

export function errorCases({ cache, ConfigError, CacheRefError, EntityCache, MemoryBackend, chaosBackend }) {
  const silent = recorder().logger;

  /** @type {[string, () => unknown, string, RegExp][]} */
  const misuses = [
    ["an unknown option", () => new EntityCache({ tll: 1 }), "ERR_CACHEREF_OPTION", /did you mean "ttl"/],
    ["an option of another type", () => new EntityCache({ prefix: 1 }), "ERR_CACHEREF_OPTION", /prefix must be/],
    [
      "a duration without a unit",
      () => cache("user", { ttl: "5 weeks" }),
      "ERR_CACHEREF_OPTION",
      /ttl must be .*"90s"/,
    ],
    ["something that is no function", () => cache("user")(42), "ERR_CACHEREF_FUNCTION", /wraps a function, got 42/],
    ["a class", () => cache("user")(class User {}), "ERR_CACHEREF_FUNCTION", /got the class User/],
    [
      "a class as a write",
      () => cache.invalidates("user")(class User {}),
      "ERR_CACHEREF_FUNCTION",
      /invalidates\(\) wraps a function, got the class User/,
    ],
    ["no options at all", () => cache("user", null), "ERR_CACHEREF_OPTION", /an object of options, got null/],
    ["a version that is no number", () => cache("user", { version: NaN }), "ERR_CACHEREF_OPTION", /version must be/],
    ["an empty field name", () => cache("user", { idField: "" })(() => 1), "ERR_CACHEREF_OPTION", /idField must be/],
    [
      "a path among the fields of an id",
      () => cache("user", { idField: ["$.org.id", "id"] })(() => 1),
      "ERR_CACHEREF_OPTION",
      /a path stands by itself, got "\$\.org\.id"/,
    ],
    ["an entity type with a colon", () => cache("a:b")(() => 1), "ERR_CACHEREF_ENTITY_TYPE", /"a:b"/],
    ["an invalid path", () => cache("user", { idField: "$.a[" })(() => 1), "ERR_CACHEREF_PATH", /\d/],
    [
      "a backend that is none",
      () => new EntityCache({ backend: {} }),
      "ERR_CACHEREF_BACKEND",
      /methods|must be a MemoryBackend/,
    ],
    ["an event that is none", () => cache.on("hits", () => {}), "ERR_CACHEREF_EVENT", /"hits"/],
    ["a logger without levels", () => new EntityCache({ logger: {} }), "ERR_CACHEREF_OPTION", /has no debug/],
  ];

  return [
    ...misuses.map(([name, act, code, message]) => ({
      name: `${name} is a ConfigError at once`,
      run: () => refuses(act, code, message),
    })),
    {
      name: "an id that cannot be one is a ConfigError",
      async run() {
        const error = await cache.invalidateEntity("user", {}).catch((caught) => caught);
        ok(error instanceof ConfigError && error instanceof CacheRefError && error instanceof Error, "its class");
        equal(error.code, "ERR_CACHEREF_ENTITY_ID");
      },
    },
    {
      name: "an option of an invalidation that is none is a ConfigError, and nothing is dropped",
      async run() {
        const own = new EntityCache();
        const get = own("user", { keyPrefix: "get" })(async (id) => ({ id }));
        await get(5);
        for (const options of [{ sft: true }, 7, null]) {
          const error = await own.invalidateEntity("user", 5, options).catch((caught) => caught);
          equal(error.code, "ERR_CACHEREF_OPTION");
        }
        equal(own.stats().entries, 1);
      },
    },
    {
      name: "a serializer, a ttl, an extractor, a key or a skip that throws spoils no call",
      async run() {
        const fail = () => {
          throw new Error("broken");
        };
        for (const options of [
          { serializer: fail, deserializer: fail },
          { deserializer: fail, serializer: JSON.stringify },
          { ttl: fail },
          { extractEntityIds: fail, entityType: "user" },
          { entities: { user: fail } },
          { key: fail },
          { skip: fail },
        ]) {
          const { lines, logger } = recorder();
          const load = counted(async () => ({ id: 1 }));
          const get = new EntityCache({ logger })({ ...options, keyPrefix: "get" })(load);
          const name = Object.keys(options)[0];
          equal([await get(), await get()], [{ id: 1 }, { id: 1 }], name);
          ok(load.count <= 2, `${name}: the function ran at most once per call`);
          ok(lines.warn.length + lines.error.length > 0, `${name} is told`);
        }
      },
    },
    {
      name: "a logger and a listener that throw harm nobody",
      async run() {
        const fail = () => {
          throw new Error("broken");
        };
        const loud = new EntityCache({ debug: true, logger: { debug: fail, info: fail, warn: fail, error: fail } });
        loud.on("miss", fail);
        const get = loud("user", { keyPrefix: "get" })(async (id) => ({ id }));
        equal([await get(1), await get(1)], [{ id: 1 }, { id: 1 }]);
        equal(await loud.invalidateEntity("user", 1), 1);
      },
    },
    {
      name: "what is thrown that is no error is passed on as it is",
      async run() {
        for (const thrown of [undefined, null, "text", 0, {}]) {
          const get = new EntityCache()()(async () => {
            throw thrown;
          });
          const caught = await get().then(
            () => "nothing",
            (error) => error,
          );
          ok(caught === thrown, `${String(thrown)} is passed on`);
        }
      },
    },
    ...FAILURES.flatMap((failure) =>
      METHODS.map((method) => ({
        name: `a backend whose ${method === "*" ? "every method" : method} fails (${failure}) spoils no call`,
        usesOwnBackend: true,
        async run() {
          const backend = chaosBackend(new MapBackend());
          const cache = new EntityCache({ backend, logger: silent, operationTimeout: 5 });
          const load = counted(async (id) => ({ id }));
          const get = cache("user", { keyPrefix: "get" })(load);
          backend.chaos.fail(method, failure);
          equal(await get(1), { id: 1 }, "the first call");
          equal(load.count, 1, "runs");
          equal(await get(1), { id: 1 }, "the second call");
          ok(load.count <= 2, "the function ran at most once per call");
          equal(typeof (await cache.invalidateEntity("user", 1)), "number", "an invalidation");
          backend.chaos.heal();
          backend.chaos.release();
          await cache.close();
        },
      })),
    ),
    {
      name: "the backends of the package are told apart from what is none",
      usesOwnBackend: true,
      run() {
        ok(new EntityCache({ backend: new MemoryBackend() }) instanceof EntityCache, "our own");
        ok(new EntityCache({ backend: new MapBackend(), logger: silent }) instanceof EntityCache, "one's own");
      },
    },
  ];
}
