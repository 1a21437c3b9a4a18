// The follower of a near cache, over a connection that answers when the test says so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Follower } from "../../../js/near/follower.js";
import { until } from "../../helpers/until.js";

/** @param {number} n @param {string} by @param {number} [user] */
const entry = (n, by, user = n) => [`1-${n}`, ["by", by, "log", "n", "e", `user:${user}`]];

/** A follower at the entry 1-0, whose first read waits. */
async function setUp() {
  /** @type {{ from: string, waits: boolean, answer: (entries: any[]) => void }[]} */
  const reads = [];
  /** @type {string[]} */
  const applied = [];
  const lease = {
    position: { id: "1-0", by: "" },
    advance: (/** @type {any} */ position) => {
      lease.position = position;
    },
    renew: async () => {},
    cannotFollow: (/** @type {any} */ error) => assert.fail(error),
  };
  const connection = {
    readStream: (/** @type {any[]} */ words, /** @type {string} */ log, /** @type {string} */ from) =>
      from === "$"
        ? Promise.resolve(null)
        : new Promise((resolve) =>
            reads.push({ from, waits: words[0] === "block", answer: (entries) => resolve([[log, entries]]) }),
          ),
  };
  const follower = new Follower({
    open: async () => ({ connection: /** @type {any} */ (connection), end: () => {} }),
    log: "log",
    lease: /** @type {any} */ (lease),
    apply: (concerns) => applied.push(...concerns),
    instance: () => "me",
    timeoutMs: 60_000,
  });
  follower.run();
  await until(() => reads.length === 1);
  /** @param {any[]} entries */
  const answer = async (...entries) => {
    const count = reads.length;
    reads[count - 1].answer(entries);
    await until(() => reads.length > count);
  };
  return { follower, reads, applied, lease, answer };
}

test("entries are applied in their order, and it reads on from the last of them", async () => {
  const { follower, reads, applied, answer } = await setUp();
  await answer(entry(1, "other-1"), entry(2, "me-1"));
  assert.deepEqual(applied, ["e:user:1", "e:user:2"]);
  assert.equal(reads.at(-1)?.from, "1-2");
  follower.close();
});

test("an own entry that is applied already is passed over, once", async () => {
  const { follower, applied, answer } = await setUp();
  follower.passOver("1-1");
  await answer(entry(1, "me-1"), entry(2, "other-1"));
  assert.deepEqual(applied, ["e:user:2"]);
  follower.close();
});

test("an entry with the id of an own one, from a log that began anew, is applied", async () => {
  const { follower, applied, answer } = await setUp();
  follower.passOver("1-1");
  await answer(entry(1, "other-1"));
  assert.deepEqual(applied, ["e:user:1"]);
  follower.close();
});

test("of an entry that was read before its reply has come nothing is remembered", async () => {
  const { follower, applied, answer } = await setUp();
  await answer(entry(1, "me-1"));
  follower.passOver("1-1");
  await answer(entry(1, "me-1"));
  assert.deepEqual(applied, ["e:user:1", "e:user:1"]);
  follower.close();
});

test("a full page is applied while the next is read, and an empty page ends that", async () => {
  const { follower, reads, applied, answer } = await setUp();
  const page = Array.from({ length: 1000 }, (_, n) => entry(n + 1, `other-${n}`));
  reads[0].answer(page);
  await until(() => reads.length === 2);
  assert.deepEqual([reads[1].from, reads[1].waits], ["1-1000", false]);
  assert.equal(applied.length, 1000);
  await answer();
  assert.deepEqual([reads[2].from, reads[2].waits], ["1-1000", true]);
  await answer(entry(1001, "other"));
  assert.equal(applied.at(-1), "e:user:1001");
  follower.close();
});

test("what was read ahead of a new lease is not applied", async () => {
  const { follower, reads, applied, lease, answer } = await setUp();
  const page = Array.from({ length: 1000 }, (_, n) => entry(n + 1, `other-${n}`));
  reads[0].answer(page);
  await until(() => reads.length === 2 && applied.length === 1000);
  lease.position = { id: "2-0", by: "" };
  await answer(entry(1001, "other"));
  assert.equal(applied.length, 1000);
  assert.equal(reads[2].from, "2-0");
  follower.close();
});
