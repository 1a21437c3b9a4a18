import { counted, equal, ok, refuses } from "../expect.js";

export function syncCases({ EntityCache, MemoryBackend, identity }) {
  const make = (/** @type {string} */ values) => new EntityCache({ backend: new MemoryBackend({ values }) });

  const alike = ["copy", "shared", "frozen"].flatMap((values) => [
    {
      name: `equal calls give one object until it is invalidated (${values})`,
      run() {
        const cache = make(values);
        const load = counted((id) => ({ id }));
        const get = cache.sync("user", { keyPrefix: "get" })(load);
        const first = get(1);
        equal(first, { id: 1 });
        for (let call = 0; call < 4; call += 1) ok(get(1) === first, "a hit is the same object");
        cache.invalidateEntity("user", 1);
        ok(get(1) !== first, "an invalidation takes effect at once");
        equal(load.count, 2, "runs");
      },
    },
    {
      name: `a recursion too deep for the stack costs the cache nothing (${values})`,
      run() {
        const cache = make(values);
        const get = cache.sync("user", { keyPrefix: "get" })((id) => ({ id }));
        const first = get(1);
        const endless = cache.sync("user", { keyPrefix: "endless" })((n) => ({ id: n, rest: endless(n + 1).id }));
        for (let time = 0; time < 3; time += 1) {
          let thrown;
          try {
            endless(0);
          } catch (error) {
            thrown = error;
          }
          ok(thrown !== undefined, "the stack has an end");
        }
        ok(get(1) === first, "what was stored is there");
        const { errors, running } = cache.stats();
        equal({ errors, running }, { errors: 0, running: 0 });
      },
    },
  ]);

  return [
    ...alike,
    {
      name: "objects count by identity",
      run() {
        const load = counted((state) => state.list.length);
        const select = make("shared").sync({ key: identity, keyPrefix: "select" })(load);
        const state = { list: [1] };
        equal([select(state), select(state), select({ ...state })], [1, 1, 1]);
        equal(load.count, 2, "runs");
      },
    },
    {
      name: "a function that returns a promise is refused",
      run() {
        refuses(() => make("copy").sync()(async () => 1), "ERR_CACHEREF_FUNCTION", /is async/);
        refuses(() => make("copy").sync()(() => Promise.resolve(1))(), "ERR_CACHEREF_FUNCTION", /returned a promise/);
      },
    },
  ];
}
