// The hand-written types name what the code has, and nothing else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EVENT_NAMES } from "../../js/events.js";
import { readCacheOptions, readFunctionOptions, readInvalidatesOptions } from "../../js/options.js";

const types = readFileSync(new URL("../../js/types.d.ts", import.meta.url), "utf8");

/**
 * The members of an interface of types.d.ts, and of what it extends.
 * @param {string} name
 * @returns {string[]}
 */
function members(name) {
  const [, head, body] =
    new RegExp(`^export interface ${name}\\b([^{]*(?:<[^>]*>)?[^{]*){\\n([^]*?)^}`, "m").exec(types) ?? [];
  assert.ok(body, name);
  const own = Array.from(body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm), ([, member]) => member);
  const parent = /extends (\w+)/.exec(head);
  return parent ? [...own, ...members(parent[1])] : own;
}

/**
 * The option names that the code knows, as it tells them to who gives another.
 * @param {() => unknown} read
 */
function known(read) {
  try {
    read();
  } catch (error) {
    const [, names] = /it has (.*)$/.exec(error.message) ?? [];
    if (names) return names.split(", ");
  }
  return assert.fail("the unknown option was not refused");
}

const unknown = { zzzzzzzzzzzzzzzz: 1 };
for (const [name, read] of [
  ["EntityCacheOptions", () => readCacheOptions(unknown)],
  ["FunctionOptions", () => readFunctionOptions({}, undefined, unknown)],
  ["InvalidatesOptions", () => readInvalidatesOptions("user", unknown)],
]) {
  test(`${name} has the options that the code has`, () => {
    assert.deepEqual(members(name).sort(), known(read).sort());
  });
}

test("CacheEvents has the events that the code has", () => {
  assert.deepEqual(members("CacheEvents").sort(), [...EVENT_NAMES].sort());
});
