// Positions in the invalidation log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareIds } from "../../../../js/remote/protocol/log.js";

test("ids of the log are ordered as numbers", () => {
  assert.ok(compareIds("2-0", "10-0") < 0);
  assert.ok(compareIds("10-2", "10-10") < 0);
  assert.equal(compareIds("10-2", "10-2"), 0);
});
