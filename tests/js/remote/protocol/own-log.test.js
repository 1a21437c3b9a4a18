// The invalidation log that a process keeps for a backend without streams.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OwnLog, ownLogOf } from "../../../../js/remote/protocol/own-log.js";

test("a log returns the entries after a position, in order", async () => {
  const log = new OwnLog();
  const start = log.end;
  await log.append(["e:user:1"]);
  const middle = log.end;
  await log.append(["e:user:2", "l:user"]);
  const { isThere, isWhole, entries, end } = await log.since(start);
  assert.deepEqual([isThere, isWhole, end], [true, true, log.end]);
  assert.deepEqual(
    entries.map(({ concerns }) => concerns),
    [["e:user:1"], ["e:user:2", "l:user"]],
  );
  assert.deepEqual(
    (await log.since(middle)).entries.map(({ concerns }) => concerns),
    [["e:user:2", "l:user"]],
  );
  assert.deepEqual((await log.since(log.end)).entries, []);
});

test("a log forgets its oldest entries, and says so to a run that began before them", async () => {
  const log = new OwnLog();
  const old = log.end;
  for (let entry = 0; entry < 12_000; entry++) await log.append([`e:user:${entry}`]);
  const recent = log.end;
  await log.append(["e:user:last"]);
  assert.deepEqual([(await log.since(old)).isThere, (await log.since(old)).entries], [false, []]);
  const { isThere, entries } = await log.since(recent);
  assert.deepEqual([isThere, entries.map(({ concerns }) => concerns)], [true, [["e:user:last"]]]);
});

test("caches over one client share a log for each prefix", () => {
  const [client, other] = [{}, {}];
  const { log, isNew } = ownLogOf(client, "app:");
  assert.equal(isNew, true);
  assert.deepEqual(ownLogOf(client, "app:"), { log, isNew: false });
  assert.notEqual(ownLogOf(client, "other:").log, log);
  assert.notEqual(ownLogOf(other, "app:").log, log);
});
