// Concerns: how targets become concerns, and how they come back.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  argumentPartOf,
  concern,
  concernsOfTarget,
  functionOf,
  kindOf,
  targetOf,
} from "../../../../js/remote/protocol/concerns.js";

const concernOf = (/** @type {string} */ key) => key.slice("app:".length);

test("each kind of target has the concern that the storage layout names", () => {
  const key = { kind: "key", definition: { key: () => "app:c:get:[42]" }, self: undefined, args: [42] };
  const targets = [{ kind: "entity", type: "user", ids: ["1", "2"] }, { kind: "list", type: "user" }, key];
  targets.push({ kind: "function", name: "get" }, { kind: "all" });
  const concerns = targets.flatMap((target) => concernsOfTarget(/** @type {any} */ (target), concernOf));
  assert.deepEqual(concerns, ["e:user:1", "e:user:2", "l:user", "c:get:[42]", "f:get", "a:*"]);
  assert.deepEqual(concerns.map(kindOf), ["entity", "entity", "list", "call", "function", "all"]);
});

test("a call whose arguments cannot be a key has no concern", () => {
  const target = { kind: "key", definition: { key: () => undefined }, self: undefined, args: [Symbol.iterator] };
  assert.deepEqual(concernsOfTarget(/** @type {any} */ (target), concernOf), []);
});

test("a target comes back from its concern, whatever its names contain", () => {
  const name = fc.string({ unit: fc.constantFrom("a", ":", "\\", "u", "d", "8", "\ud800", "\udc00", "é", "*") });
  const type = name.filter((text) => !text.includes(":"));
  const targets = fc.oneof(
    fc.record({ kind: fc.constant("entity"), type, ids: fc.tuple(name) }),
    fc.record({ kind: fc.constant("list"), type }),
    fc.record({ kind: fc.constant("function"), name }),
    fc.constant({ kind: "all" }),
  );
  fc.assert(
    fc.property(targets, (target) => {
      const [text] = concernsOfTarget(/** @type {any} */ (target), concernOf);
      assert.ok(text.isWellFormed());
      assert.deepEqual({ ...targetOf(text) }, { ...target });
    }),
  );
});

test("the concern of a call gives its function, and itself", () => {
  assert.deepEqual(targetOf("c:user:list:[42]"), { kind: "call", name: "user:list", concern: "c:user:list:[42]" });
  assert.equal(functionOf("c:svc.get_user:noargs"), "svc.get_user");
  assert.equal(argumentPartOf("c:user:list:[42]", "user:list"), "[42]");
});

test("a kind that this version does not know counts as everything", () => {
  assert.deepEqual(targetOf("z:something"), { kind: "all" });
});

test("names that are well formed are spelled as they are", () => {
  assert.equal(concern.entity("user", "a:b"), "e:user:a:b");
  assert.equal(concern.list("\ud800"), "l:\\ud800");
});
