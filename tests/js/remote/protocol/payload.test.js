// Payloads as a backend stores them: text stays text, and bytes come back as bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodePayload, encodePayload, SOFT_HEADER, staleWindowIn } from "../../../../js/remote/protocol/payload.js";

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

test("a value that was made stale has its window, and is read without its header", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: "binary" }), (bytes, text) => {
      const head = new TextEncoder().encode(`${SOFT_HEADER}60000:`);
      const soft = [
        [`${SOFT_HEADER}60000:${text}`, text],
        [`${SOFT_HEADER}60000:${encodePayload(bytes, false)}`, bytes],
        [Uint8Array.of(...head, .../** @type {Uint8Array} */ (encodePayload(bytes, true))), bytes],
        [Uint8Array.of(...head, ...Buffer.from(text)), text],
      ];
      for (const [stored, payload] of soft) {
        assert.equal(staleWindowIn(stored), 60_000);
        assert.deepEqual(decodePayload(stored), payload);
      }
    }),
  );
});

test("what only begins like the header is a value", () => {
  for (const text of ["\u0001", "\u0001soft:", "\u0001soft:5", "\u0001soft:x:1", "\u0001soft:0:1"]) {
    for (const stored of [text, new TextEncoder().encode(text)]) {
      assert.equal(staleWindowIn(stored), undefined);
      assert.equal(decodePayload(stored), text);
    }
  }
});
