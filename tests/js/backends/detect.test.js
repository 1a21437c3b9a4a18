// Which objects can be a backend, and what the error for any other says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { adapt } from "../../../js/backends/detect.js";
import { RedisBackend } from "../../../js/backends/redis.js";
import { ConfigError } from "../../../js/messages/errors.js";

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
