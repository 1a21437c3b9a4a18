// The names of keys on a server: marks and hash tags.
import assert from "node:assert/strict";
import { test } from "node:test";
import calculateSlot from "cluster-key-slot";
import fc from "fast-check";
import { PYTHON_NAMING } from "../../../../js/functions/naming.js";
import { Layout, readMark } from "../../../../js/remote/protocol/layout.js";

const cluster = new Layout("app:", { keyPrefix: "", isCluster: true });

test("the names of the newer Python library: a key and its concern are one and the same, and a member has no prefix", () => {
  for (const [prefix, keyPrefix] of [
    ["app:", ""],
    ["", ""],
    ["cache:", "k:"],
  ]) {
    const layout = new Layout(prefix, { keyPrefix, isCluster: false }, PYTHON_NAMING["687952f"]);
    for (const [concern, name] of [
      ["c:get:[1]", "cache:get:[1]"],
      ["e:user:1", "entity:user:1"],
      ["l:user", "cacheref:l:user"],
      ["t:user", "cacheref:t:user"],
    ]) {
      assert.equal(layout.key(concern), prefix + name);
      assert.equal(layout.concern(prefix + name), concern);
    }
    const key = layout.key("c:get:[1]");
    assert.equal(layout.member(key), "cache:get:[1]");
    assert.equal(layout.keyOf("cache:get:[1]"), key);
    assert.deepEqual(readMark(layout.mark(key, 0))?.key, key);
    for (const foreign of ["app:cache:get:[1]", "entity:user:1", "x"]) assert.equal(layout.keyOf(foreign), undefined);
    for (const foreign of [layout.log, `${prefix}x`, `${prefix}cacheref:x:y`])
      assert.equal(layout.concern(foreign), "");
    assert.equal(layout.isOneSlot, false, "a script could not make keys of members");
  }
});

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
