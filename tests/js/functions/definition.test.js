// A wrapped function as the cache knows it: its keys, its windows, and what it warns of.
import assert from "node:assert/strict";
import { test } from "node:test";
import { define as defineIn } from "../../helpers/definition.js";

/** @param {object} [options] of the function */
const define = (options) => defineIn({ entityType: "user", ...options }, { cacheOptions: { prefix: "app:" } });

test("an entry is kept for the longer of the two stale windows", () => {
  assert.equal(define({ staleWhileRevalidate: 10, staleIfError: 60 }).definition.windowMs, 60_000);
  assert.equal(define({ staleWhileRevalidate: 60, staleIfError: 10 }).definition.windowMs, 60_000);
  assert.equal(define().definition.windowMs, 0);
});

test("a key is the same before and after the core was replaced", () => {
  const { definition, core } = define();
  const calls = [[42], ["a"], [{ b: 1, a: [2] }], []];
  const keys = calls.map((args) => definition.key(undefined, args));
  assert.deepEqual(keys, ["app:c:get:[42]", 'app:c:get:["a"]', 'app:c:get:[{"a":[2],"b":1}]', "app:c:get:[]"]);
  const { generation } = core;
  // A real trap: no memory has room for this.
  assert.throws(
    () => core.exports.scratchReserve(0xffff_ffff),
    (error) => core.isTrap(error),
  );
  core.replace();
  assert.notEqual(core.generation, generation);
  assert.deepEqual(
    calls.map((args) => definition.key(undefined, args)),
    keys,
  );
});

test("each kind of warning is logged once for a function", () => {
  const { definition, lines } = define();
  for (let call = 0; call < 3; call++) {
    definition.warn("ttl", "its ttl is odd");
    definition.warn("entities", "it has none");
  }
  assert.deepEqual(lines, [
    ["warn", 'cacheref: function "get": its ttl is odd'],
    ["warn", 'cacheref: function "get": it has none'],
  ]);
});
