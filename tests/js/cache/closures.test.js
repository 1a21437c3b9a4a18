// What is wrapped again and again, and caches that come and go: nothing is kept for ever.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import * as glue from "../../../js/core/glue.js";
import { EntityCache, MemoryBackend } from "../../../js/entries/node.js";
import { Logger } from "../../../js/messages/logger.js";
import { makeCache, recorder } from "../../helpers/cache.js";

const wrapped = (/** @type {any} */ cache, /** @type {unknown} */ value) =>
  cache("user")(async function getUser() {
    return value;
  });

describe("a closure that is wrapped for each request", () => {
  test("has entries of its own, and the hundredth of one name is a WARNING", async () => {
    const cache = makeCache(new MemoryBackend());
    for (let i = 1; i <= 250; i++) {
      assert.equal(await wrapped(cache, i)(), i);
      assert.equal(cache.lines.length, i < 100 ? 0 : 1, `after ${i}`);
    }
    assert.match(cache.lines[0][1], /function "getUser": 100 functions of this name.*keyPrefix/);
    assert.equal(await wrapped(cache, "last").key(), "app:c:getUser-251:[]");
  });

  test("is not kept alive by its name", () => {
    const file = (/** @type {string} */ path) => JSON.stringify(new URL(path, import.meta.url).href);
    const code = `
      import { EntityCache } from ${file("../../../js/entries/node.js")};
      const cache = new EntityCache({ logger: { debug() {}, info() {}, warn() {}, error() {} } });
      const refs = [];
      const use = async () => {
        const fn = async function getUser(id) { return { id }; };
        refs.push(new WeakRef(fn));
        await cache("user", { key: (id) => id })(fn)(1);
      };
      for (let i = 0; i < 500; i++) await use();
      for (let i = 0; i < 20; i++) { await new Promise((resolve) => setImmediate(resolve)); gc(); }
      console.log(refs.filter((ref) => ref.deref() !== undefined).length);`;
    const args = ["--expose-gc", "--input-type=module", "-e", code];
    const alive = Number(execFileSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 }));
    assert.ok(alive < 25, `${alive} of 500 are alive`);
  });
});

describe("a cache with a backend of its own", () => {
  const size = () => glue.memoryBuffer().byteLength;
  const use = async (/** @type {any} */ cache) => {
    const getUser = cache("user")(async function getUser(/** @type {number} */ id) {
      return { id };
    });
    for (const id of [1, 2, 1]) await getUser(id);
    return getUser;
  };

  test("takes little memory of the core, and gives it back when it is closed", async () => {
    const caches = Array.from({ length: 200 }, () => new EntityCache());
    await use(new EntityCache());
    const before = size();
    for (const cache of caches) await use(cache);
    assert.ok(size() - before < 200 * 32_768, `${(size() - before) / 200} bytes each`);
    for (const cache of caches) await cache.close();
    const closed = size();
    for (let i = 0; i < 1000; i++) {
      const cache = new EntityCache();
      await use(cache);
      await cache.close();
    }
    assert.equal(size(), closed);
  });

  test("starts empty when it is used after it was closed", async () => {
    const { lines, logger } = recorder();
    const cache = new EntityCache({ logger });
    const getUser = await use(cache);
    await cache.close();
    assert.equal(await getUser.peek(1), undefined);
    assert.deepEqual(await getUser(1), { id: 1 });
    assert.deepEqual(await getUser.peek(1), { id: 1 });
    assert.equal(await cache.invalidateEntity("user", 1), 1);
    await cache.close();
    await cache.close();
    assert.deepEqual(
      lines.filter(([level]) => level !== "info"),
      [],
    );
  });

  test("keeps its memory while a run needs it", async () => {
    const cache = new EntityCache();
    let finish = (/** @type {unknown} */ _result) => {};
    const getUser = cache("user")(function getUser() {
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    const call = getUser();
    await cache.close();
    finish({ id: 1 });
    assert.deepEqual(await call, { id: 1 });
    assert.deepEqual(await getUser.peek(), { id: 1 });
  });

  test("does not close a backend that was given", async () => {
    const backend = new MemoryBackend();
    const caches = [makeCache(backend), makeCache(backend)];
    const getUser = await use(caches[0]);
    await caches[1].close();
    await caches[0].close();
    assert.deepEqual(await getUser.peek(1), { id: 1 });
  });
});

describe("a WARNING that is logged once", () => {
  test("is remembered, but not for ever: subjects may be what callers send", () => {
    const { lines, logger } = recorder();
    const log = new Logger(logger, false);
    for (const _ of [1, 2]) for (let i = 0; i < 10_000; i++) log.warnOnce(`name ${i}`, "unknown");
    assert.equal(lines.length, 10_000);
    log.warnOnce("name 10000", "unknown");
    log.warnOnce("name 9999", "unknown");
    assert.equal(lines.length, 10_001);
    log.warnOnce("name 0", "unknown");
    assert.equal(lines.length, 10_002);
  });

  test("says that a key option which returns nothing gives all calls one entry", async () => {
    const cache = makeCache(new MemoryBackend());
    const getUser = cache("user", { key: () => {} })(async function getUser(/** @type {number} */ id) {
      return { id };
    });
    assert.deepEqual([await getUser(1), await getUser(2)], [{ id: 1 }, { id: 1 }]);
    assert.deepEqual(
      cache.lines.map(
        ([level, message]) => `${level} ${/"getUser": its option key returned undefined.*one entry/.test(message)}`,
      ),
      ["warn true"],
    );
  });
});
