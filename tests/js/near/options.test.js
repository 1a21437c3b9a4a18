// Bad input of the option `near`: a ConfigError that says what to do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readCacheOptions } from "../../../js/cache/options.js";
import { serverChecks } from "../../../js/cache/server-options.js";
import { EntityCache, MemoryBackend } from "../../../js/entries/node.js";

/** @param {any} near */
const read = (near) => readCacheOptions({ near }, serverChecks).near;

test("near has defaults, and durations in milliseconds", () => {
  const defaults = { leaseMs: 2000, maxTtlMs: 300_000, maxStalenessMs: undefined, limits: {} };
  assert.deepEqual(read(true), defaults);
  assert.deepEqual(read({}), defaults);
  assert.equal(read(false), undefined);
  assert.deepEqual(read({ lease: undefined, maxTtl: undefined, coherence: undefined }), defaults);
  assert.deepEqual(read({ lease: "1s", maxTtl: 60, coherence: { maxStaleness: "300ms" }, maxEntries: 5 }), {
    leaseMs: 1000,
    maxTtlMs: 60_000,
    maxStalenessMs: 300,
    limits: { maxEntries: 5 },
  });
});

for (const [near, message] of /** @type {[any, RegExp][]} */ ([
  ["yes", /near must be true, false, or an object of options, got "yes"/],
  [[], /near must be true, false, or an object of options/],
  [{ leese: 1 }, /near has no option "leese"; did you mean "lease"/],
  [{ lease: "99ms" }, /near.lease must be from 100 ms to a minute.*got "99ms"/],
  [{ lease: "2m" }, /near.lease must be from 100 ms to a minute/],
  [{ maxTtl: 0 }, /near.maxTtl must be longer than 0/],
  [{ coherence: "eventual" }, /near.coherence must be "exact" or \{ maxStaleness \}, got "eventual"/],
  [{ coherence: { maxStaleness: "499ms" } }, /near.coherence.maxStaleness must be at least 500 ms.*got "499ms"/],
  [{ coherence: { maxStale: 1 } }, /near.coherence must be "exact" or/],
])) {
  test(`near: ${JSON.stringify(near)} is refused`, () => {
    assert.throws(() => read(near), { name: "ConfigError", code: "ERR_CACHEREF_OPTION", message });
  });
}

test("near is refused where everything is in memory already", () => {
  assert.throws(() => new EntityCache({ backend: new MemoryBackend(), near: true }), {
    code: "ERR_CACHEREF_OPTION",
    message: /a MemoryBackend needs none/,
  });
});

test("the limits of the memory are those of MemoryBackend", () => {
  const backend = { call() {}, pipeline() {}, once() {}, duplicate() {} };
  for (const maxEntries of [0, 1.5])
    assert.throws(() => new EntityCache({ backend: /** @type {any} */ (backend), near: { maxEntries } }), {
      code: "ERR_CACHEREF_OPTION",
      message: new RegExp(`maxEntries must be a whole number >= 1, or Infinity, got ${maxEntries}`),
    });
});
