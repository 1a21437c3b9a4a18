// Concerns: what an invalidation is about, and what a cached call depends on, as the log and the indexes name it.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  concernsOf,
  concernsOfTarget,
  functionOf,
  targetOf,
  withDependents,
} from "../../../../js/remote/protocol/concerns.js";
import { define } from "../../../helpers/definition.js";

const never = () => assert.fail("no key is asked for");

test("a target comes back from its concerns, whatever characters it has", () => {
  const text = fc.string({ unit: fc.oneof(fc.constantFrom(":", "*", "{", "\\", "\ud800", "é", "🙂"), fc.string()) });
  const type = text.map((text) => text.replaceAll(":", "")).filter((text) => text !== "");
  fc.assert(
    fc.property(type, text, (type, id) => {
      for (const target of /** @type {any[]} */ ([
        { kind: "entity", type, ids: [id] },
        { kind: "list", type },
        { kind: "type", type },
        { kind: "function", name: id },
        { kind: "all" },
      ])) {
        const [concern, ...more] = concernsOfTarget(target, never);
        assert.deepEqual([targetOf(concern), more], [target, []]);
      }
    }),
  );
});

test("an entity target has a concern for each of its ids", () => {
  const target = /** @type {const} */ ({ kind: "entity", type: "user", ids: ["1", "2"] });
  assert.deepEqual(concernsOfTarget({ ...target, ids: [...target.ids] }, never), ["e:user:1", "e:user:2"]);
});

test("a result concerns its entities, each once, and the lists of its types", () => {
  const { definition } = define({ entityType: "user" });
  const concerns = (/** @type {unknown} */ result) =>
    concernsOf(definition, result, [], JSON.stringify(result)).concerns;
  assert.deepEqual(concerns({ id: 1 }), ["e:user:1"]);
  assert.deepEqual(concerns([{ id: 1 }, { id: 2 }, { id: 1 }]).sort(), ["e:user:1", "e:user:2", "l:user"]);
  assert.deepEqual(concerns([]), ["l:user"]);
  assert.deepEqual(concerns(null), ["l:user"]);
  assert.deepEqual(concerns({ name: "Ada" }), []);
});

test("a result concerns the types of its entities, and those that it depends on", () => {
  const { definition } = define({ entityType: "user", dependsOn: ["order"] });
  const { concerns, names } = concernsOf(definition, [{ id: 1 }, { id: 2 }], [], '[{"id":1},{"id":2}]');
  assert.deepEqual(concerns, ["e:user:1", "e:user:2", "l:user", "t:order"]);
  assert.deepEqual(names, ["t:user", "y:order"]);
});

test("the calls that depend on a type are concerned by its entities and lists, also when names have colons", () => {
  assert.deepEqual(withDependents(["e:user:1", "e:user:2"]), ["y:user", "e:user:1", "e:user:2"]);
  assert.deepEqual(withDependents(["l:a:b", "t:user"]), ["y:a:b", "y:user", "l:a:b", "t:user"]);
  assert.deepEqual(withDependents(["e:a:b:c"]), ["y:a", "y:a:b", "e:a:b:c"]);
  assert.deepEqual(withDependents(["c:get:[1]", "f:get", "a:*"]), ["c:get:[1]", "f:get", "a:*"]);
});

test("a concern of a kind that a later version may add counts as everything", () => {
  assert.deepEqual(targetOf("z:user"), { kind: "all" });
});

test("a key tells its function, also when the name has colons", () => {
  assert.equal(functionOf("c:svc:user.get:[1]"), "svc:user.get");
  assert.equal(functionOf("c:get:#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "get");
  assert.equal(functionOf("c:svc.get_user:b9a08a92b9acce11d0d18cff20edc65d"), "svc.get_user");
  assert.equal(functionOf("c:svc.get_all:noargs"), "svc.get_all");
});
