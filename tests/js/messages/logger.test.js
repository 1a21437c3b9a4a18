// What is logged once, and for how many subjects that is remembered.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Logger } from "../../../js/messages/logger.js";
import { recorder } from "../../helpers/cache.js";

test("a warning is logged once for each subject, and the oldest of ten thousand subjects is forgotten", () => {
  const { lines, logger } = recorder();
  const log = new Logger(logger, false);
  for (let subject = 0; subject < 10_000; subject++) log.warnOnce(`subject ${subject}`, "odd");
  log.warnOnce("subject 0", "odd");
  assert.equal(lines.length, 10_000, "all of them are remembered");
  log.warnOnce("one more", "odd");
  log.warnOnce("subject 1", "odd");
  assert.equal(lines.length, 10_001, "the second oldest is remembered still");
  log.warnOnce("subject 0", "odd");
  assert.equal(lines.length, 10_002, "the oldest is forgotten, and warned of again");
});
