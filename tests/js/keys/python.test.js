// Keys in Python's format: what `repr` writes, what `sorted` answers, and what is refused. arguments.test.js has the keys that
// CPython computes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { writeArguments } from "../../../js/keys/arguments.js";
import { md5 } from "../../../js/keys/md5.js";
import { pythonPart } from "../../../js/keys/python.js";
import { makeCore } from "../../helpers/core.js";

const core = makeCore();

/**
 * The argument part of a call, or what is refused.
 * @param {unknown[]} args
 * @param {string[]} [params] where the arguments are normalized
 */
function partOf(args, params) {
  const count = /** @type {number} */ (writeArguments(core, args, false));
  return pythonPart({ normalizeArgs: params !== undefined, params: params ?? [] }, core.words.slice(0, count));
}

const hashOf = (/** @type {string} */ text) => createHash("md5").update(text).digest("hex");

/**
 * Asserts what the library hashes of a normalized argument.
 * @param {unknown} argument
 * @param {string} text
 */
const isNormalized = (argument, text) => assert.equal(partOf([argument], ["q"]), hashOf(`[('q', ${text})]`), text);

test("MD5 of any length is that of Node", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) & 0xff);
    assert.equal(md5(bytes), createHash("md5").update(bytes).digest("hex"));
  }
});

test("characters are escaped where CPython escapes them", () => {
  const file = new URL("../../vectors/python-keys.json", import.meta.url);
  const { hidden, assigned } = JSON.parse(readFileSync(file, "utf8"));
  const isHidden = new Uint8Array(0x110000);
  for (const [first, last] of hidden) isHidden.fill(1, first, last + 1);
  const wrong = [];
  for (const [first, last] of assigned) {
    for (let code = Math.max(first, 0x80); code <= last; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const character = String.fromCodePoint(code);
      const isPrinted = partOf([character]) === hashOf(`('${character}',)`);
      if (isPrinted === (isHidden[code] === 1)) wrong.push(code.toString(16));
    }
  }
  assert.deepEqual(wrong, []);
});

test("a normalized keyword that is undefined was not given", () => {
  assert.equal(partOf([undefined, 1], ["b", "a"]), hashOf("[('a', 1)]"));
  assert.equal(partOf([1, 2], ["a"]), hashOf("(2,)[('a', 1)]"));
  assert.equal(partOf([1, 2, 3], ["a"]), hashOf("(2, 3)[('a', 1)]"));
  assert.equal(partOf([]), "noargs");
});

describe("a normalized", () => {
  test("list that Python cannot sort stays as it is", () => {
    for (const [list, text] of /** @type {[unknown[], string][]} */ ([
      [[1, "a"], "[1, 'a']"],
      [[null, null], "[None, None]"],
      [[{}, {}], "[{}, {}]"],
      [[[1], ["a"]], "[[1], ['a']]"],
      [[null], "[None]"],
      [[{ b: 1, a: 2 }, { a: 1 }], "[{'b': 1, 'a': 2}, {'a': 1}]"],
    ]))
      isNormalized(list, text);
  });

  test("list is sorted, and its inner lists are not", () => {
    isNormalized(
      [
        [2, 1],
        [1, 0],
      ],
      "[[1, 0], [2, 1]]",
    );
    isNormalized([[1, 2], [1]], "[[1], [1, 2]]");
    isNormalized(["\u{1f600}", "\uffee", "a"], "['a', '\uffee', '\u{1f600}']");
  });

  test("dict is sorted at every depth, and its items are normalized", () => {
    isNormalized({ b: [2, 1], a: { d: 1, c: ["y", "x"] } }, "{'a': {'c': ['x', 'y'], 'd': 1}, 'b': [1, 2]}");
  });

  test("set is a sorted list where its order in Python is certain", () => {
    isNormalized(new Set([2, 1]), "[1, 2]");
    isNormalized({ a: new Set(["y", "x"]) }, "{'a': ['x', 'y']}");
    const [nan, one] = [Number.NaN, 1];
    for (const set of [[1, "a"], [1, true], [[]], [{}], [nan, one]].map((items) => new Set(/** @type {any} */ (items))))
      assert.deepEqual(partOf([set], ["q"]), { path: "arguments[0]", reason: "has no counterpart in Python" });
    assert.deepEqual(partOf([[new Set()]], ["q"]), { path: "arguments[0][0]", reason: "has no counterpart in Python" });
  });

  test("list whose order depends on a NaN is refused", () => {
    for (const list of [
      [Number.NaN, 1],
      [[Number.NaN], [Number.NaN]],
    ]) {
      const reason = "is a list whose order in Python depends on a NaN";
      assert.deepEqual(partOf([list], ["q"]), { path: "arguments[0]", reason });
      assert.equal(typeof partOf([list]), "string");
    }
    isNormalized([Number.NaN], "[nan]");
  });

  test("list of ints and floats is sorted by value", () => {
    const numbers = [10n ** 20n, 1e20, -(10n ** 20n) - 1n, 0.5, true, 1, Number.NEGATIVE_INFINITY, -0.5, false];
    isNormalized(
      numbers,
      "[-inf, -100000000000000000001, -0.5, False, 0.5, True, 1, 100000000000000000000, 100000000000000000000]",
    );
  });
});

test("what has no certain counterpart in Python is refused with its place", () => {
  for (const [argument, path] of /** @type {[unknown, string][]} */ ([
    [[null, undefined], "arguments[0][1]"],
    // biome-ignore lint/suspicious/noSparseArray: a hole is a value of its own
    [{ "a b": [,] }, 'arguments[0]["a b"][0]'],
    [new Set(), "arguments[0]"],
    [new Date(0), "arguments[0]"],
    [new Uint8Array(1), "arguments[0]"],
  ]))
    assert.deepEqual(partOf([argument]), { path, reason: "has no counterpart in Python" });
});
