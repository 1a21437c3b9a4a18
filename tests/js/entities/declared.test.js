// Compiled rules against the table that the tests of the core are held to as well.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileEntities, isTrackedAlways } from "../../../js/entities/declared.js";

const { default: cases } = await import("../../vectors/compiled.json", { with: { type: "json" } });

/**
 * The values of objects as the core reads them: by position.
 * @param {any} value
 * @returns {unknown}
 */
const positions = (value) =>
  typeof value === "object" && value !== null ? Object.values(value).map(positions) : (value ?? null);

test("the compiled rules are those of the shared table", () => {
  for (const { entities, shape, declared, table, refusal } of cases) {
    const config = JSON.stringify({ entities, shape });
    if (refusal !== undefined) {
      assert.throws(
        () => compileEntities({ entities, shape }),
        { code: "ERR_CACHEREF_PATH", message: refusal },
        config,
      );
      continue;
    }
    const compiled = compileEntities({ entities, shape });
    assert.deepEqual(positions(compiled.declared), declared, config);
    assert.deepEqual(positions(compiled.table), table, config);
  }
});

test("a tuple needs a state for each place and not for each subset", () => {
  const path = (/** @type {number} */ index) => ({ entityType: "t", id: { path: `$[${index}].id` } });
  const { table } = compileEntities({ entities: { rules: Array.from({ length: 30 }, (_, index) => path(index)) } });
  assert.ok(table.rules.states.length < 40);
});

for (const [path, why] of [
  [`$..a${".*".repeat(20)}`, "states that double with each step"],
  [`$[${Array.from({ length: 33 }, (_, index) => index).join()}]`, "more slices than a set has bits"],
  [`$[${Array.from({ length: 12 }, (_, index) => `${index}:`).join()}]`, "slices of which any set can meet"],
]) {
  test(`rules are refused for ${why}`, () => {
    const entities = { rules: [{ entityType: "t", id: { path } }] };
    assert.throws(() => compileEntities({ entities }), { code: "ERR_CACHEREF_PATH", message: /more than 1024 states/ });
  });
}

test("an invalidation finds every result that is a list or depends on a type", () => {
  const always = (/** @type {object} */ shape, path = "$.id") =>
    isTrackedAlways(compileEntities({ entities: { rules: [{ entityType: "t", id: { path } }] }, shape }).declared);
  assert.equal(always({}), false);
  assert.equal(always({ list: true }), true);
  assert.equal(always({ dependsOn: ["u"] }), true);
  assert.equal(always({}, "$[*].id"), true);
  assert.equal(always({ list: false }, "$[*].id"), false);
});
