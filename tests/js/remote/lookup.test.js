// Look-ups: how many commands they take, how long a value has left, and what counts as a miss.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../../../js/remote/connections/connection.js";
import { Lookup } from "../../../js/remote/lookup.js";
import { define } from "../../helpers/definition.js";

/**
 * A look-up over a backend that answers each command by `answer`.
 * @param {(name: string, key: string) => unknown} answer
 * @param {object} [options] of the function
 */
function setUp(answer, options) {
  /** @type {string[]} */
  const sent = [];
  const port = Object.assign(new Connection({}), {
    transmit: async (/** @type {string} */ name, /** @type {string[]} */ [key]) => {
      sent.push(`${name} ${key}`);
      return answer(name, key);
    },
  });
  port.can.bytes = false;
  const { definition, lines } = define({ entityType: "user", ...options });
  const lookup = new Lookup(port, false, /** @type {any} */ ({ late: new Map() }));
  const find = (/** @type {string} */ key) => lookup.find({ definition, self: undefined, args: [], key }, false);
  return { find, sent, lines };
}

test("calls of one turn share a command for each key, and later calls send their own", async () => {
  const { find, sent } = setUp(() => "1");
  const found = await Promise.all([find("a"), find("a"), find("b"), find("b"), find("c")]);
  assert.deepEqual(
    found.map((value) => value?.result),
    [1, 1, 1, 1, 1],
  );
  assert.deepEqual(sent, ["get a", "get b", "get c"]);
  await find("a");
  assert.deepEqual(sent.slice(3), ["get a"]);
});

test("a function without windows asks for no time", async () => {
  const { find, sent } = setUp(() => "1");
  assert.deepEqual(await find("a"), { result: 1, payload: "1", leftMs: 0, isDue: false });
  assert.deepEqual(sent, ["get a"]);
});

test("the time that a value has left says whether it is stale or due", async () => {
  const options = { staleWhileRevalidate: 60, earlyRefresh: 10 };
  for (const [left, leftMs, isDue] of /** @type {const} */ ([
    [90_000, 30_000, false],
    [70_000, 10_000, false],
    [69_999, 9_999, true],
    [60_000, 0, true],
    [59_999, -1, false],
    [-1, Number.POSITIVE_INFINITY, false],
  ])) {
    const { find, sent } = setUp((name) => (name === "pttl" ? left : "1"), options);
    assert.deepEqual(await find("a"), { result: 1, payload: "1", leftMs, isDue });
    assert.deepEqual(sent, ["pttl a", "get a"]);
  }
});

test("a value that was made stale is as stale for every reader, and a miss where that is too much", async () => {
  for (const [staleWhileRevalidate, left, leftMs] of /** @type {const} */ ([
    [60, 59_999, -1],
    [600, 59_999, -1],
    [60, 50_000, -10_000],
    [10, 50_000, -10_000],
    [9, 50_000, undefined],
    [0, 59_999, undefined],
    [60, -2, undefined],
    [60, -1, undefined],
  ])) {
    const { find } = setUp((name) => (name === "pttl" ? left : "\u0001soft:60000:1"), { staleWhileRevalidate });
    const found = leftMs === undefined ? undefined : { result: 1, payload: "1", leftMs, isDue: false };
    assert.deepEqual(await find("a"), found);
  }
});

test("what cannot be used counts as a miss, and is reported once", async () => {
  const wrongType = () => {
    throw new Error("WRONGTYPE Operation against a key holding the wrong kind of value");
  };
  for (const [answer, message] of /** @type {const} */ ([
    [() => null, undefined],
    [wrongType, /a holds no string; that counts as a miss/],
    [() => 5, /neither text nor bytes; that counts as a miss/],
    [() => '{"id":', /a stored value cannot be read and counts as a miss/],
  ])) {
    const { find, lines } = setUp(answer);
    assert.equal(await find("a"), undefined);
    assert.equal(await find("a"), undefined);
    assert.equal(lines.length, message === undefined ? 0 : 1);
    if (message) assert.match(lines[0].join(" "), message);
  }
});

test("an error of the backend is the caller's", async () => {
  const { find } = setUp(() => {
    throw new Error("connection lost");
  });
  await assert.rejects(find("a"), /connection lost/);
});
