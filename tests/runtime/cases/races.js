import { counted, equal, gate, MapBackend } from "../expect.js";

/** The ways of invalidating what `load(1)` of a function named "load" holds. */
const WAYS = {
  "its entity": (cache) => cache.invalidateEntity("user", 1),
  "its entity among others": (cache) => cache.invalidateEntity("user", [5, 1]),
  "its function": (cache) => cache.invalidateFunction("load"),
  "its key": (_, load) => load.invalidate(1),
  everything: (cache) => cache.invalidateAll(),
  "a write": (cache) => cache.invalidates("user", { from: "args" })(async () => {})(1),
};

export function raceCases({ EntityCache, MemoryBackend, isMemoryBuild = false }) {
  const places = {
    "in memory": () => ({}),
    "in memory, shared": () => ({ backend: new MemoryBackend({ values: "shared" }) }),
    "in memory, frozen": () => ({ backend: new MemoryBackend({ values: "frozen" }) }),
    ...(isMemoryBuild ? {} : { "on a backend of one's own": () => ({ backend: new MapBackend() }) }),
  };

  const overtaken = Object.entries(places).flatMap(([where, options]) =>
    Object.entries(WAYS).map(([what, invalidate]) => ({
      name: `a run that was under way when ${what} was invalidated is nobody's afterwards, ${where}`,
      async run() {
        const cache = new EntityCache(options());
        const begun = gate();
        const { open, passed } = gate();
        let version = "old";
        const run = counted(async (id) => {
          const read = { id, version };
          begun.open();
          await passed;
          return read;
        });
        const load = cache("user", { keyPrefix: "load" })(run);
        const before = load(1);
        await begun.passed;
        version = "new";
        await invalidate(cache, load);
        const after = load(1);
        open();
        equal(await after, { id: 1, version: "new" }, "a call after the invalidation");
        equal(await before, { id: 1, version: "old" }, "the call before it");
        equal(await load(1), { id: 1, version: "new" }, "a call after both");
        equal(run.count, 2, "runs");
      },
    })),
  );

  return [
    ...overtaken,
    ...Object.entries(places).map(([where, options]) => ({
      name: `what is invalidated elsewhere disturbs no run, ${where}`,
      async run() {
        const cache = new EntityCache(options());
        const begun = gate();
        const { open, passed } = gate();
        const run = counted(async (id) => {
          begun.open();
          await passed;
          return { id };
        });
        const load = cache("user", { keyPrefix: "load" })(run);
        const other = cache("order", { keyPrefix: "other" })(async (id) => ({ id }));
        const before = load(1);
        await begun.passed;
        await cache.invalidateEntity("order", 1);
        await cache.invalidateFunction(other);
        const after = load(1);
        open();
        await Promise.all([before, after]);
        await load(1);
        equal(run.count, 1, "runs");
      },
    })),
    {
      name: "a thousand calls and invalidations in any order never give an old version",
      async run() {
        const cache = new EntityCache();
        const versions = [0, 0, 0, 0];
        const acknowledged = [0, 0, 0, 0];
        let seed = 1;
        const random = (below) => {
          seed = (seed * 48271) % 2147483647;
          return seed % below;
        };
        const pause = async () => {
          for (let i = random(5); i > 0; i--) await Promise.resolve();
        };
        const load = cache("item", { keyPrefix: "load" })(async (ids) => {
          const read = ids.map((id) => ({ id, version: versions[id] }));
          await pause();
          return read;
        });
        let stale = 0;
        const reader = async () => {
          for (let i = 0; i < 100; i++) {
            const ids = [random(4), random(4)];
            const known = ids.map((id) => acknowledged[id]);
            const found = await load(ids);
            stale += found.filter((item, at) => item.version < known[at]).length;
            await pause();
          }
        };
        const writer = async () => {
          for (let i = 0; i < 100; i++) {
            const id = random(4);
            await pause();
            versions[id] += 1;
            const written = versions[id];
            await cache.invalidateEntity("item", id);
            acknowledged[id] = Math.max(acknowledged[id], written);
          }
        };
        await Promise.all([reader(), reader(), writer(), reader(), writer()]);
        equal(stale, 0, "stale reads");
        const last = await load([0, 1, 2, 3]);
        equal(
          last.map((item) => item.version),
          versions,
          "the versions in the end",
        );
      },
    },
  ];
}
