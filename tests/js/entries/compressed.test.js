// The compressing wrapper: every stored form is read back, whatever the backend makes of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deserialize, serialize } from "node:v8";
import fc from "fast-check";
import { compressed } from "../../../js/entries/compressed.js";
import { rich } from "../../../js/entries/rich.js";

const PAIRS = {
  JSON: undefined,
  rich,
  "node:v8": { serializer: serialize, deserializer: deserialize },
};
/** Data that every pair can keep: devalue refuses the key `__proto__`, so `rich` does. */
const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('"__proto__"'));
const asBytes = (stored) => (typeof stored === "string" ? new TextEncoder().encode(stored) : stored);

for (const [name, pair] of Object.entries(PAIRS)) {
  test("what is no object of options, or no pair, is refused", () => {
    for (const options of [1, null, { serializer: 1 }, { deserializer: "json" }]) {
      assert.throws(() => compressed(options), { name: "ConfigError", code: "ERR_CACHEREF_OPTION" });
    }
  });

  test(`what ${name} writes comes back, compressed or not, from text and from bytes`, async () => {
    const value = fc.oneof(json, fc.string({ maxLength: 300 }), fc.constantFrom("\u0000", "\u0001x", "\u0002"));
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom(0, 20, 1024), async (value, minBytes) => {
        const { serializer, deserializer } = compressed({ ...pair, minBytes });
        const stored = await serializer(value);
        const expected = pair ? value : JSON.parse(JSON.stringify(value));
        assert.deepEqual(await deserializer(stored), expected);
        assert.deepEqual(await deserializer(asBytes(stored)), expected);
      }),
      { numRuns: 100 },
    );
  });
}

test("short values stay readable text, long ones shrink", async () => {
  const { serializer } = compressed();
  assert.equal(await serializer({ id: 1 }), '{"id":1}');
  const stored = await serializer({ text: "again and ".repeat(1000) });
  assert.ok(stored instanceof Uint8Array);
  assert.ok(stored.length < 200);
});

test("text that begins like a mark is told apart from one", async () => {
  const { serializer, deserializer } = compressed({ serializer: String, deserializer: String });
  for (const text of ["\u0000", "\u0001", "\u0002\u0002", "\u0003"]) {
    assert.equal(await deserializer(asBytes(await serializer(text))), text);
  }
});

test("values from before compression was switched on are read", async () => {
  const { deserializer } = compressed();
  assert.deepEqual(await deserializer('{"id":1}'), { id: 1 });
  assert.deepEqual(await deserializer(asBytes('{"id":1}')), { id: 1 });
});

test("each format is read by its own kind", async () => {
  for (const format of ["gzip", "deflate", "deflate-raw"]) {
    const { serializer, deserializer } = compressed({ format, minBytes: 0 });
    assert.deepEqual(await deserializer(await serializer([1, 2, 3])), [1, 2, 3]);
  }
});

test("corrupt bytes are rejected, and no rejection goes unhandled", async () => {
  const { deserializer } = compressed();
  await assert.rejects(async () => deserializer(new Uint8Array([1, 9, 9, 9])));
  await assert.rejects(async () => deserializer(new Uint8Array([2])));
  await assert.rejects(async () => deserializer(new Uint8Array(0)));
});

test("undefined stays undefined, which is not stored", async () => {
  assert.equal(await compressed().serializer(undefined), undefined);
});

test("an option that cannot be is told at once", () => {
  assert.throws(() => compressed({ minBytes: -1 }), { code: "ERR_CACHEREF_OPTION", message: /minBytes.*-1/ });
  assert.throws(() => compressed({ format: "zip" }), { code: "ERR_CACHEREF_OPTION", message: /gzip.*"zip"/ });
});

test("a key __proto__ is data for JSON and node:v8, and rich refuses it", async () => {
  for (const text of ['[{"__proto__":{}},0]', '{"__proto__":false}']) {
    for (const [name, pair] of Object.entries(PAIRS)) {
      const { serializer, deserializer } = compressed({ ...pair });
      if (name === "rich") await assert.rejects(serializer(JSON.parse(text)), /__proto__/);
      else assert.equal(JSON.stringify(await deserializer(await serializer(JSON.parse(text)))), text);
    }
  }
});
