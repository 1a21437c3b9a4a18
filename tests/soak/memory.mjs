// A long life of a memory backend: random calls, ttls, evictions and invalidations. At its end every invariant of the
// store holds, no value is kept that has no entry, and the memory has stopped growing.
//
//     make build-dev && node --expose-gc tests/soak/memory.mjs [operations]
import assert from "node:assert/strict";
import { EntityCache, MemoryBackend } from "../../js/entries/node.js";
import { numbersOf } from "../helpers/random.js";

const operations = Number(process.argv[2] ?? 10_000_000);
const seed = Number(process.env.SEED ?? 1);

/** The same run for the same seed. */
const random = numbersOf(seed);

let now = 1_700_000_000_000;
const backend = new MemoryBackend({ maxEntries: 5_000, maxBytes: 2_400_000 });
const cache = new EntityCache({ backend, clock: () => now, logger: { debug() {}, info() {}, warn() {}, error: fail } });
const { slots } = backend;

function fail(message) {
  throw new Error(message);
}

/** What the functions answer with; a change raises the version of a user. */
const versions = new Uint32Array(5000);
const user = (id) => ({ id, version: versions[id], text: "x".repeat(id % 200) });
const check = ({ id, version }) => {
  if (version !== versions[id]) fail(`user ${id} has version ${version}, not ${versions[id]}`);
};

const ttl = () => 1 + random(600);
const getUser = cache("user", { keyPrefix: "getUser", ttl })(async (id) => user(id));
const getPage = cache("user", { keyPrefix: "getPage", ttl })(async ({ from, size }) =>
  Array.from({ length: size }, (_, index) => user((from + index) % versions.length)),
);
const getMixed = cache({ keyPrefix: "getMixed", ttl, entities: { user: "$.users[*].id", order: "id" } })(
  async (text) => ({ id: text, users: [user(text.length), user(text.length * 7)] }),
);

const megabytes = () => {
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return (heapUsed + external + arrayBuffers) / 1e6;
};

const sizes = [];
const begin = process.hrtime.bigint();
for (let done = 0; done < operations; done += 1) {
  now += random(20);
  const choice = random(100);
  if (choice < 45) check(await getUser(random(versions.length)));
  else if (choice < 70) (await getPage({ from: random(4000), size: random(12) })).forEach(check);
  else if (choice < 85) (await getMixed("x".repeat(random(700)))).users.forEach(check);
  else if (choice < 97) {
    const id = random(versions.length);
    versions[id] += 1;
    await cache.invalidateEntity("user", id);
  } else if (choice < 98) await cache.invalidateKey(getUser, random(versions.length));
  else if (choice < 99) backend.set(`by hand ${random(1000)}`, "x", random(100) + 1);
  else if (random(1000) === 0) await cache.invalidateFunction(getPage);
  if ((done + 1) % Math.ceil(operations / 20) === 0) {
    sizes.push(megabytes());
    console.log(`${done + 1} operations, ${Math.round(sizes.at(-1))} MB, ${JSON.stringify(cache.stats())}`);
  }
}
console.log(`${Number(process.hrtime.bigint() - begin) / 1e9} s`);

const { core } = slots;
assert.equal(typeof core.exports.storeValidate, "function", "needs the core of `make build-dev`");
assert.equal(core.readText(core.exports.storeValidate(slots.handle)), "");
assert.equal(cache.stats().running, 0);
const early = Math.max(...sizes.slice(4, 8));
assert.ok(sizes.at(-1) <= early * 1.1 + 1, `memory grew from ${early} to ${sizes.at(-1)} MB`);
await cache.invalidateAll();
backend.delete(...backend.keys("*"));
// What is left has expired and was not swept yet: keys set by hand, which invalidateAll leaves alone.
assert.ok(cache.stats().entries <= 1000);
assert.equal(cache.stats().entities, 0);
assert.deepEqual(backend.keys("*"), []);
assert.equal(core.readText(core.exports.storeValidate(slots.handle)), "");
console.log("sound");
