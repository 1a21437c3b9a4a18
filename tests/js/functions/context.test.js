// The clocks of a cache.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { readCacheOptions } from "../../../js/cache/options.js";
import { Context } from "../../../js/functions/context.js";

/** @param {object} options */
const make = (options) => new Context(/** @type {any} */ (undefined), readCacheOptions(options));

test("what is measured by `now` lasts no longer when the system's clock is set back", () => {
  const { clock, now } = make({});
  const [time, start] = [clock(), now()];
  const dateNow = mock.method(Date, "now", () => time - 3_600_000);
  try {
    assert.equal(clock(), time - 3_600_000);
    assert.ok(now() >= start);
  } finally {
    dateNow.mock.restore();
  }
});

test("a clock that the options name is both", () => {
  const { clock, now } = make({ clock: () => 42 });
  assert.deepEqual([clock(), now()], [42, 42]);
});
