// The names of keys on a server: marks and hash tags.
import assert from "node:assert/strict";
import { test } from "node:test";
import calculateSlot from "cluster-key-slot";
import fc from "fast-check";
import { Layout, readMark } from "../../../../js/remote/protocol/layout.js";

const cluster = new Layout("app:", { keyPrefix: "", isCluster: true });

test("a mark lies in the slot of its value, whatever braces that contains", () => {
  const part = fc.string({ unit: fc.constantFrom("{", "}", "a", "[", "]", '"', "é", ":", "~"), maxLength: 12 });
  fc.assert(
    fc.property(part, part, (prefix, rest) => {
      const layout = new Layout(prefix, { keyPrefix: "kp{", isCluster: true });
      const key = layout.key(`c:get:${rest}`);
      const slot = calculateSlot(`kp{${key}`);
      const mark = layout.mark(key, 1_700_000_000_000);
      assert.equal(calculateSlot(`kp{${mark}`), slot);
      assert.equal(calculateSlot(`kp{${layout.markIndex(key)}`), slot);
      assert.deepEqual(readMark(mark), { key, madeAt: 1_700_000_000_000 });
    }),
  );
});

test("no two marks of a key are alike, and a value key is none", () => {
  const marks = Array.from({ length: 1000 }, () => cluster.mark("app:c:get:[1]", 0));
  assert.equal(new Set(marks).size, 1000);
  for (const key of ["app:c:get:[1]", 'app:c:get:["~0000000abcdefgh"]', "app:c:get:#~~", "app:c:a~b:[1]"])
    assert.equal(readMark(key), undefined);
});

test("all keys lie in one slot when the prefix has a hash tag", () => {
  for (const [prefix, keyPrefix, isOneSlot] of /** @type {const} */ ([
    ["{app}:", "", true],
    ["app:", "{x}", true],
    ["app:", "", false],
    ["{}:", "", false],
    ["{app:", "", false],
  ])) {
    assert.equal(new Layout(prefix, { keyPrefix, isCluster: true }).isOneSlot, isOneSlot, prefix);
    assert.equal(new Layout(prefix, { keyPrefix, isCluster: false }).isOneSlot, true);
  }
});
