// The wasm instance and its scratch buffer: made on first use, grown, and replaced after a trap.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Core } from "../../../js/boundary/core.js";
import * as glue from "../../../js/core/glue.js";
import { compileEntities } from "../../../js/entities/declared.js";
import { compileCore, makeCore } from "../../helpers/core.js";

let loads = 0;
const core = new Core(glue, () => {
  loads += 1;
  return compileCore();
});

/** A real trap: no memory has room for this. */
const provokeTrap = () => core.exports.scratchReserve(0xffff_ffff);

test("a load that fails is forgotten, so that the next use tries again", () => {
  let isBroken = true;
  const fragile = new Core(glue, () => {
    if (isBroken) throw new Error("no such file");
    return compileCore();
  });
  assert.throws(() => fragile.exports, /no such file/);
  isBroken = false;
  assert.equal(typeof fragile.exports.scratchReserve, "function");
});

for (const { about, refusal, says, saysNot } of [
  {
    about: "a page's policy, only where that is what refuses",
    refusal: "WebAssembly.Module(): violates the following Content Security Policy directive: script-src 'self'",
    says: /could not be started: .*the page's Content-Security-Policy must have script-src 'wasm-unsafe-eval'$/,
    saysNot: /condition/,
  },
  {
    about: "the conditions of the package where a runtime compiles nothing",
    refusal: "WebAssembly.Module(): Wasm code generation disallowed by embedder",
    says: /could not be started: .*the package's condition "workerd" or "edge-light"/,
    saysNot: /Content-Security-Policy/,
  },
  {
    about: "nothing more than the cause elsewhere",
    refusal: "ENOENT: no such file or directory",
    says: /could not be started: ENOENT: no such file or directory$/,
    saysNot: /Content-Security-Policy|condition/,
  },
]) {
  test(`the error of a core that does not start names ${about}`, () => {
    const failing = new Core(glue, () => {
      throw new WebAssembly.CompileError(refusal);
    });
    assert.throws(
      () => failing.exports,
      ({ code, message }) => code === "ERR_CACHEREF_INIT" && says.test(message) && !saysNot.test(message),
    );
  });
}

test("what the core puts before there was a buffer is read", () => {
  const fresh = makeCore();
  assert.equal(fresh.readText(fresh.exports.writeIds()), "[]");
});

test("nothing is loaded before the first use, and then only once", () => {
  assert.equal(loads, 0);
  core.reserve(1);
  core.reserve(2);
  assert.equal(loads, 1);
});

test("the buffer keeps what it holds when it grows, and all views see it", () => {
  core.reserve(8);
  core.words[1] = 0x04030201;
  const capacity = core.bytes.length;
  core.reserve(capacity + 1);
  assert.ok(core.bytes.length > capacity);
  assert.deepEqual([...core.bytes.subarray(4, 8)], [1, 2, 3, 4]);
  assert.equal(core.words.length, core.bytes.length / 4);
  assert.equal(core.floats.length, core.bytes.length / 8);
});

for (const [what, text] of [
  ["nothing", ""],
  ["ASCII", "getUser"],
  ["a byte order mark", "\ufeffa"],
  ["ASCII beyond the capacity", "x".repeat(1_000_000)],
  ["three bytes a unit beyond the capacity", "€".repeat(2_000_000)],
  ["surrogate pairs beyond the capacity", "😀".repeat(3_000_000)],
]) {
  test(`a text of ${what} is written as UTF-8 and read back`, () => {
    const length = core.writeText(text);
    assert.equal(length, Buffer.byteLength(text));
    assert.equal(core.readText(length) === text, true);
  });
}

test("rules that are refused define nothing, and the next ones are defined once", () => {
  const config = (/** @type {string} */ path) => ({ entities: { rules: [{ entityType: "user", id: { path } }] } });
  assert.throws(() => core.define(config("$["), compileEntities), { name: "ConfigError", code: "ERR_CACHEREF_PATH" });
  const defined = core.define(config("$[*].id"), compileEntities);
  assert.equal(typeof defined.handle, "number");
  assert.equal(core.define(config("$[*].id"), compileEntities), defined);
});

test("a trap is recognised, and a fresh instance works after it", () => {
  const { generation } = core;
  let trap;
  try {
    provokeTrap();
  } catch (error) {
    trap = error;
  }
  assert.equal(core.isTrap(trap), true);
  core.replace();
  assert.equal(core.generation, generation + 1);
  assert.equal(core.bytes.length, 0);
  assert.equal(core.readText(core.writeText("after the trap")), "after the trap");
  assert.equal(loads, 1);
});

test("an ordinary error is no trap", () => {
  assert.equal(core.isTrap(new TypeError("no")), false);
  assert.equal(core.isTrap({ code: "ERR_CACHEREF_PATH", message: "no" }), false);
});
