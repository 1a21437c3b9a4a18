// Payloads as a backend stores them: text stays text, and bytes come back as bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodePayload, encodePayload } from "../../../../js/remote/protocol/payload.js";

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
