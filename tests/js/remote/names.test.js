// What needs no server: names, payloads, and what is told when a backend cannot be one.
import assert from "node:assert/strict";
import { test } from "node:test";
import calculateSlot from "cluster-key-slot";
import fc from "fast-check";
import { adapt } from "../../../js/backends/detect.js";
import { RedisBackend } from "../../../js/backends/redis.js";
import { ConfigError } from "../../../js/messages/errors.js";
import { functionOf, Layout, readMark } from "../../../js/remote/protocol/layout.js";
import { compareIds } from "../../../js/remote/protocol/log.js";
import { decodePayload, encodePayload } from "../../../js/remote/protocol/payload.js";

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

test("a key tells its function, also when the name has colons", () => {
  assert.equal(functionOf("c:svc:user.get:[1]"), "svc:user.get");
  assert.equal(functionOf("c:get:#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "get");
  assert.equal(functionOf("c:svc.get_user:b9a08a92b9acce11d0d18cff20edc65d"), "svc.get_user");
  assert.equal(functionOf("c:svc.get_all:noargs"), "svc.get_all");
});

test("ids of the log are ordered as numbers", () => {
  assert.ok(compareIds("2-0", "10-0") < 0);
  assert.ok(compareIds("10-2", "10-10") < 0);
  assert.equal(compareIds("10-2", "10-2"), 0);
});

test("every payload comes back as it went, text as text and bytes as bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: "binary" }), (bytes, text) => {
      for (const hasBytes of [true, false]) {
        const stored = encodePayload(bytes, hasBytes);
        assert.deepEqual(decodePayload(stored), bytes);
        if (typeof stored === "string") assert.deepEqual(decodePayload(new TextEncoder().encode(stored)), bytes);
      }
      assert.equal(encodePayload(text, true), text);
      assert.equal(decodePayload(text), text);
      assert.equal(decodePayload(new TextEncoder().encode(text)), text);
    }),
  );
});

test("what no backend should answer with is no payload", () => {
  for (const reply of [undefined, null, 1, true, {}, [], "\u0001base64:%"])
    assert.equal(decodePayload(reply), undefined);
});

test("an object that cannot be a backend is refused, with what it lacks", () => {
  for (const given of [null, 1, "redis://localhost", true, () => {}, {}, new Map(), { get() {}, set() {} }]) {
    assert.throws(
      () => adapt(given),
      (error) => error instanceof ConfigError && error.code === "ERR_CACHEREF_BACKEND",
    );
  }
  assert.throws(
    () => adapt({ get() {}, set() {}, setex() {}, delete() {}, keys() {}, sadd() {}, expire() {} }),
    /lacks smembers$/,
  );
});

test("a backend of ours is taken as it is, a client is adapted", () => {
  const client = { call() {}, pipeline() {}, options: { keyPrefix: "kp:" } };
  const backend = new RedisBackend(client);
  assert.equal(adapt(backend), backend);
  assert.ok(adapt(client) instanceof RedisBackend);
  assert.equal(backend.connection.keyPrefix, "kp:");
});

test("keys are not looked for in a Cluster while the client has lost one of its masters", async () => {
  const master = { call: async () => ["0", ["app:c:get:[1]"]], pipeline() {}, options: {} };
  const client = { ...master, isCluster: true, slots: [["a:1"], ["a:1"], ["b:1", "c:1"]], nodes: () => [master] };
  await assert.rejects(new RedisBackend(client).keys("*"), { code: "ERR_CACHEREF_NODES" });
  client.nodes = () => [master, master];
  assert.deepEqual(await new RedisBackend(client).keys("*"), ["app:c:get:[1]"]);
});
