// The signals of callers: how many listeners they get, and what is left on them.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { Audience, untilAborted } from "../../../js/functions/audience.js";

test("a signal gets one listener for any number of calls, and none is left when they have ended", async () => {
  const { signal } = new AbortController();
  const audience = new Audience();
  /** @type {(() => void)[]} */
  const ends = [];
  const calls = Array.from({ length: 20 }, () => {
    audience.join(signal);
    return untilAborted(signal, () => new Promise((resolve) => ends.push(() => resolve(undefined))));
  });
  assert.equal(getEventListeners(signal, "abort").length, 1);
  for (const end of ends) end();
  await Promise.all(calls);
  audience.end();
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("each call of one signal rejects with its reason, and the run that all of them have left is aborted", async () => {
  const controller = new AbortController();
  const audience = new Audience();
  const calls = [1, 2, 3].map(() => {
    audience.join(controller.signal);
    return untilAborted(controller.signal, () => new Promise(() => {}));
  });
  const reason = new Error("gone");
  controller.abort(reason);
  for (const call of calls) await assert.rejects(call, reason);
  assert.deepEqual([audience.isDeserted, audience.signal.reason], [true, reason]);
});

test("a signal that was aborted before its call joins leaves the run at once", () => {
  const audience = new Audience();
  audience.join(AbortSignal.abort("gone"));
  assert.deepEqual([audience.isDeserted, audience.signal.reason], [true, "gone"]);
});
