// Paths, parsed: what is refused, and where. The suite of RFC 9535 is in walk.test.js.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePath } from "../../../js/entities/paths.js";

for (const [path, column, found, why] of /** @type {const} */ ([
  ["", 1, "the end", /starts with \$/],
  ["id", 1, "'i'", /starts with \$/],
  ["$id", 2, "'i'", /expected \. or \.\. or \[/],
  ["$.", 3, "the end", /expected a name or \*/],
  ["$.a.1", 5, "'1'", /expected a name or \*/],
  ["$.items[01].id", 9, "'0'", /without leading zeros/],
  ["$.items[-0]", 9, "'-'", /without leading zeros/],
  ["$.items[-]", 9, "'-'", /without leading zeros/],
  ["$['é'].ü[", 10, "the end", /expected a quoted name, an index, a slice or \*/],
  ["$['😀'", 6, "the end", /expected , or \]/],
  ["$.a[?@.b]", 5, "'?'", /filters \(\?\) and functions are not supported/],
  ["$['a", 3, "'\\''", /has no end/],
  ["$['a\\", 6, "the end", /an escape has no end/],
  ["$['\\x']", 5, "'x'", /no such escape/],
  ["$['\\u12']", 8, "'\\''", /four hexadecimal digits/],
  ["$['\\ud800']", 5, "'u'", /half a surrogate pair/],
  ["$['\n']", 4, "'\\n'", /a control character must be escaped/],
  ["$.a ", 4, "' '", /nothing may follow/],
  ["$[9007199254740992]", 3, "'9'", /between -\(2\^53-1\) and 2\^53-1/],
])) {
  test(`the path ${JSON.stringify(path)} is refused, with the column and what is there`, () => {
    assert.throws(
      () => parsePath(path),
      (/** @type {any} */ { code, message }) => {
        assert.equal(code, "ERR_CACHEREF_PATH");
        assert.ok(message.includes(`the path ${JSON.stringify(path)} is not usable`), message);
        assert.ok(message.includes(`at column ${column} (${found})`), message);
        assert.match(message, why);
        return true;
      },
    );
  });
}

test("a name may contain any character", () => {
  for (const [path, name] of [
    ["$['a.b']", "a.b"],
    [String.raw`$['it\'s']`, "it's"],
    [`$['"']`, '"'],
    ["$['']", ""],
    [String.raw`$["\u0000"]`, "\0"],
    ["$.日本", "日本"],
    [String.raw`$['\ud83d\ude00']`, "😀"],
    [String.raw`$['\\\b\f\n\r\t\/']`, "\\\b\f\n\r\t/"],
  ])
    assert.deepEqual(parsePath(path), [{ isDescendant: false, selectors: [name] }], path);
});
