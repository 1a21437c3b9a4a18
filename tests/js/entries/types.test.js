// The hand-written types name what the code has, and nothing else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readCacheOptions, readFunctionOptions, readInvalidatesOptions } from "../../../js/cache/options.js";
import { serverChecks } from "../../../js/cache/server-options.js";
import * as library from "../../../js/entries/node.js";
import { EVENT_NAMES } from "../../../js/messages/events.js";

const types = readFileSync(new URL("../../../js/entries/index.d.ts", import.meta.url), "utf8");

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
  ["EntityCacheOptions", () => readCacheOptions(unknown, serverChecks)],
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

/**
 * The methods of a class of types.d.ts, and of what it extends.
 * @param {string} name
 * @returns {string[]}
 */
function methods(name) {
  const [, head, body] = new RegExp(`^(?:export|declare) class ${name}\\b([^{]*){\\n([^]*?)^}`, "m").exec(types) ?? [];
  assert.ok(body, name);
  const own = Array.from(body.matchAll(/^ {2}(\w+)(?:<[^(]*>)?\(/gm), ([, method]) => method);
  const [, parent] = /extends ([A-Z]\w+)\b(?![^<]*>)/.exec(head) ?? [];
  return [...own.filter((method) => method !== "constructor"), ...(parent === "Commands" ? methods(parent) : [])];
}

test("the package exports what the types do", () => {
  const typed = Array.from(types.matchAll(/^export (?:class|const) (\w+)/gm), ([, name]) => name);
  assert.deepEqual(typed.sort(), Object.keys(library).sort());
});

test("EntityCache has the methods of its type, and no other", () => {
  const own = Object.getOwnPropertyNames(Object.getPrototypeOf(library.EntityCache.prototype));
  assert.deepEqual([...new Set(methods("EntityCache"))].sort(), own.filter((name) => name !== "constructor").sort());
});

for (const [name, make] of /** @type {[string, () => any][]} */ ([
  ["MemoryBackend", () => new library.MemoryBackend()],
  ["RedisBackend", () => new library.RedisBackend(new library.MemoryBackend())],
  ["WorkersKVBackend", () => new library.WorkersKVBackend({ getWithMetadata() {}, put() {}, delete() {}, list() {} })],
])) {
  test(`${name} has the methods of its type`, () => {
    const backend = make();
    for (const method of methods(name)) assert.equal(typeof backend[method], "function", method);
  });
}

for (const [name, wrapped] of /** @type {[string, Function][]} */ ([
  ["CachedMethods", library.cache()(() => 1)],
  ["CachedSyncMethods", library.cache.sync()(() => 1)],
])) {
  test(`a wrapped function has the methods of ${name}`, () => {
    const typed = [name, "CachedFunction"].flatMap((type) => {
      const [, body] = new RegExp(`^export interface ${type}\\b[^{]*{\\n([\\s\\S]*?)^}`, "m").exec(types) ?? [];
      return Array.from(body.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm), ([, member]) => member);
    });
    assert.deepEqual([...typed, "length", "name", "prototype"].sort(), Object.getOwnPropertyNames(wrapped).sort());
  });
}

test("stats has the fields of its type", () => {
  const method = async () => null;
  const names = ["get", "set", "setex", "delete", "keys", "sadd", "smembers", "expire"];
  const backend = Object.fromEntries(names.map((name) => [name, method]));
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  // It is never asked: figures need no server.
  const client = { call: method, pipeline: method, once() {}, duplicate: method };
  const near = new library.EntityCache({ backend: client, near: true, logger });
  const caches = [new library.EntityCache(), new library.EntityCache({ backend, logger }), near];
  const told = new Set(caches.flatMap((cache) => Object.keys(cache.stats())));
  assert.deepEqual([...told].sort(), members("CacheStats").sort());
  assert.deepEqual(Object.keys(near.stats().near ?? {}).sort(), members("NearStats").sort());
});
