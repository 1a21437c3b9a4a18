// The guarded call site: time-outs, the breaker, late replies.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Connection } from "../../../js/remote/connections/connection.js";
import { Guard } from "../../../js/remote/guard.js";

/** A guard over a connection whose next answers are given, with a clock of its own. */
function make({ operationTimeout = 20, failures = 3, cooldown = 100 } = {}) {
  let now = 0;
  /** @type {string[]} */
  const states = [];
  /** @type {(() => Promise<unknown>)[]} */
  const answers = [];
  let sent = 0;
  const connection = new Connection();
  connection.transmit = () => {
    sent += 1;
    return (answers.shift() ?? (async () => "reply"))();
  };
  const guard = new Guard(
    connection,
    { operationTimeout, breaker: { failures, cooldown } },
    () => now,
    (state) => states.push(state),
  );
  return {
    guard,
    states,
    answers,
    get: () => guard.request(["get", ["key"]]),
    pass: (/** @type {number} */ ms) => {
      now += ms;
    },
    get sent() {
      return sent;
    },
  };
}
const fail = async () => {
  throw new Error("down");
};

test("an answer passes, and so does an error", async () => {
  const { get, answers } = make();
  assert.equal(await get(), "reply");
  answers.push(fail);
  await assert.rejects(get(), /down/);
});

test("what is never answered is given up after the time-out, and a late reply is dropped", async () => {
  const { get, answers, states } = make({ failures: 1, cooldown: 1000 });
  /** @type {(reply: unknown) => void} */
  let reply = () => {};
  answers.push(
    () =>
      new Promise((resolve) => {
        reply = resolve;
      }),
  );
  await assert.rejects(get(), { code: "ERR_CACHEREF_TIMEOUT" });
  reply("late");
  await assert.rejects(get(), { code: "ERR_CACHEREF_BREAKER" });
  assert.deepEqual(states, ["open"]);
});

test("what throws at once is a failure like any other", async () => {
  const { get, answers } = make();
  answers.push(() => {
    throw new Error("at once");
  });
  await assert.rejects(get(), /at once/);
});

test("after failures in a row nothing is sent for the cooldown, then one probe decides", async () => {
  const made = make();
  const { get, answers, states, pass } = made;
  answers.push(fail, fail, fail);
  for (let i = 0; i < 3; i++) await assert.rejects(get(), /down/);
  await assert.rejects(get(), { code: "ERR_CACHEREF_BREAKER" });
  assert.equal(made.sent, 3);
  pass(100);
  answers.push(fail);
  const [probe, other] = await Promise.allSettled([get(), get()]);
  assert.equal(probe.status, "rejected");
  assert.equal(/** @type {PromiseRejectedResult} */ (other).reason.code, "ERR_CACHEREF_BREAKER");
  assert.equal(made.sent, 4);
  pass(100);
  assert.equal(await get(), "reply");
  assert.equal(await get(), "reply");
  assert.deepEqual(states, ["open", "half-open", "open", "half-open", "closed"]);
});

test("failures with a success between them do not open the breaker", async () => {
  const { get, answers, states } = make();
  for (let i = 0; i < 5; i++) {
    answers.push(fail, fail);
    await assert.rejects(get());
    await assert.rejects(get());
    await get();
  }
  assert.deepEqual(states, []);
});

test("of several commands at once, one that failed is a failure, and the others' replies come", async () => {
  const { guard, answers, states } = make({ failures: 1 });
  answers.push(fail);
  const replies = await guard.send([
    ["get", ["a"]],
    ["get", ["b"]],
  ]);
  assert.match(replies[0].message, /down/);
  assert.equal(replies[1], "reply");
  assert.deepEqual(states, ["open"]);
});

test("an error that a server replies with is no failure: the server is there", async () => {
  const { get, guard, answers, states } = make({ failures: 1 });
  const full = async () => {
    throw new Error("OOM command not allowed when used memory > 'maxmemory'.");
  };
  answers.push(full, full);
  await assert.rejects(get(), /OOM/);
  const [reply] = await guard.send([["set", ["key"], ["value"]]]);
  assert.match(reply.message, /OOM/);
  assert.deepEqual(states, []);
});

test("operations that run out of time in one moment are one failure", async () => {
  const { get, answers, states } = make({ failures: 2 });
  const never = () => new Promise(() => {});
  answers.push(never, never, never);
  await Promise.allSettled([get(), get(), get()]);
  assert.deepEqual(states, []);
});

test("a process that stood still takes the replies that have come meanwhile", async () => {
  const { get, answers, states } = make({ failures: 1, operationTimeout: 5 });
  // As a socket does: the reply is there, and is read when the event loop comes to it.
  const [one, other] = [0, 1].map(() => {
    answers.push(() => new Promise((resolve) => randomBytes(8, () => resolve("reply"))));
    return get();
  });
  const end = performance.now() + 100;
  while (performance.now() < end);
  assert.deepEqual(await Promise.all([one, other]), ["reply", "reply"]);
  assert.deepEqual(states, []);
});

test("what insists is tried while the breaker is open, and its success closes it", async () => {
  const made = make({ failures: 1 });
  const { get, guard, answers, states } = made;
  answers.push(fail, fail);
  await assert.rejects(get(), /down/);
  await assert.rejects(get(), { code: "ERR_CACHEREF_BREAKER" });
  await assert.rejects(guard.insist(get), /down/);
  assert.deepEqual(states, ["open"]);
  await assert.rejects(get(), { code: "ERR_CACHEREF_BREAKER" });
  assert.equal(await guard.insist(get), "reply");
  assert.equal(await get(), "reply");
  assert.deepEqual(states, ["open", "closed"]);
});

test("what work in the background asks aside is never refused, and does not move the breaker", async () => {
  const { guard, states, answers, get, pass } = make({ failures: 2, cooldown: 100 });
  const aside = () => guard.aside(["get", ["key"]]);
  for (let i = 0; i < 5; i++) {
    answers.push(fail);
    await assert.rejects(aside(), /down/);
  }
  assert.deepEqual(states, []);
  assert.equal(guard.failuresEver, 5, "the server may have been away");
  answers.push(fail);
  await assert.rejects(get(), /down/);
  assert.equal(await aside(), "reply");
  answers.push(fail);
  await assert.rejects(get(), /down/);
  assert.deepEqual(states, ["open"], "a success aside is none of calls");
  assert.equal(await aside(), "reply");
  await assert.rejects(get(), { code: "ERR_CACHEREF_BREAKER" });
  pass(101);
  assert.equal(await get(), "reply");
  assert.deepEqual(states, ["open", "half-open", "closed"]);
});

test("what is asked aside has a time limit", async () => {
  const { guard, answers, states } = make({ failures: 1 });
  answers.push(() => new Promise(() => {}));
  await assert.rejects(guard.aside(["get", ["key"]]), { code: "ERR_CACHEREF_TIMEOUT" });
  assert.deepEqual(states, []);
});
