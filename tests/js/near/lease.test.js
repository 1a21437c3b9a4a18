// The lease of a near cache, against a registry that answers when the test says so, with clocks that the test moves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Lease } from "../../../js/near/lease.js";
import { inNs } from "../../../js/near/monotonic.js";

/** @param {number} n */
const entry = (n) => ({ id: `1-${n}`, by: `writer-${n}` });

/** @param {{ maxStalenessMs?: number }} [options] */
function setUp({ maxStalenessMs } = {}) {
  const clocks = { now: 0, clock: 1_700_000_000_000 };
  /** @type {any[]} */
  const asked = [];
  /** @type {string[]} */
  const lines = [];
  const ask =
    (/** @type {string} */ what) =>
    (/** @type {unknown[]} */ ...args) =>
      new Promise((resolve, reject) => asked.push({ what, args, resolve, reject }));
  let drops = 0;
  const lease = new Lease({
    context: /** @type {any} */ ({
      instance: "me",
      clock: () => clocks.clock,
      logger: {
        warn: (/** @type {string} */ line) => lines.push(`warn ${line}`),
        info: (/** @type {string} */ line) => lines.push(`info ${line}`),
        warnOnce: (/** @type {string} */ _, /** @type {string} */ line) => lines.push(`once ${line}`),
      },
    }),
    leases: /** @type {any} */ ({ join: ask("join"), renew: ask("renew"), leave: async () => {} }),
    beginLog: async () => {},
    options: { leaseMs: 1000, maxStalenessMs },
    dropAll: () => {
      drops += 1;
    },
    now: () => inNs(clocks.now),
  });
  const pass = (/** @type {number} */ ms) => {
    clocks.now += ms;
    clocks.clock += ms;
  };
  const isCurrent = () => lease.isCurrent(clocks.clock, inNs(clocks.now));
  return { lease, clocks, asked, lines, pass, drops: () => drops, isCurrent };
}

/** Lets promises settle. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** @param {ReturnType<typeof setUp>} set */
async function join(set) {
  set.lease.renew();
  set.asked.shift().resolve(entry(1));
  await settle();
}

test("a lease counts from before it was asked for, and ends a tenth earlier", async () => {
  const set = setUp();
  set.lease.renew();
  assert.equal(set.isCurrent(), false);
  set.pass(400);
  set.asked.shift().resolve(entry(1));
  await settle();
  assert.equal(set.isCurrent(), true);
  set.pass(499);
  assert.equal(set.isCurrent(), true);
  set.pass(1);
  assert.equal(set.isCurrent(), false);
});

test("it ends by either clock: a machine that slept stops the one, a clock that is set back the other", async () => {
  for (const clock of /** @type {const} */ (["now", "clock"])) {
    const set = setUp();
    await join(set);
    set.clocks[clock] += 900;
    assert.equal(set.isCurrent(), false);
  }
});

test("an answer that comes when its time is over gives nothing", async () => {
  const set = setUp();
  set.lease.renew();
  set.pass(900);
  set.asked.shift().resolve(entry(1));
  await settle();
  assert.equal(set.isCurrent(), false);
});

test("it is renewed only when all is applied that the log held at the renewal before", async () => {
  const set = setUp();
  await join(set);
  set.lease.renew();
  set.asked.shift().resolve(entry(3));
  await settle();
  set.lease.renew();
  assert.deepEqual(set.asked, []);
  set.lease.advance(entry(2));
  assert.deepEqual(set.asked, []);
  set.lease.advance(entry(3));
  await settle();
  const [{ what, args }] = set.asked;
  assert.equal(what, "renew");
  assert.deepEqual(args.slice(1), [entry(3), entry(1)]);
});

test("what is applied while a request is under way goes with the next", async () => {
  const set = setUp();
  await join(set);
  set.lease.advance(entry(2));
  set.lease.advance(entry(3));
  set.lease.advance(entry(4));
  assert.equal(set.asked.length, 1);
  set.asked.shift().resolve(entry(4));
  await settle();
  assert.deepEqual(
    set.asked.map(({ args }) => args.slice(1)),
    [[entry(4), entry(2)]],
  );
});

for (const answer of ["lapsed", "lost"]) {
  test(`a lease that is ${answer} drops everything, serves nothing, and begins anew under another name`, async () => {
    const set = setUp();
    await join(set);
    const before = set.drops();
    set.lease.renew();
    set.asked.shift().resolve(answer);
    await settle();
    assert.equal(set.isCurrent(), false);
    assert.equal(set.lease.position, undefined);
    assert.equal(set.drops(), before + 1);
    const { what, args, resolve } = set.asked.shift();
    assert.equal(what, "join");
    assert.deepEqual([args[0].name, args[1]], ["me#1", "me#0"]);
    resolve(entry(7));
    await settle();
    assert.equal(set.drops(), before + 2, "what was read meanwhile is dropped too");
    assert.deepEqual(set.lease.position, entry(7));
    assert.equal(set.isCurrent(), true);
    assert.deepEqual(set.lease.counts.gaps, 1);
  });
}

test("one WARNING when it stops to serve, and one INFO when it serves again", async () => {
  const set = setUp();
  await join(set);
  set.pass(2000);
  for (let i = 0; i < 3; i++) {
    set.lease.renew();
    set.asked.shift().reject(new Error("the server is away"));
    await settle();
  }
  set.lease.renew();
  set.asked.shift().resolve(entry(1));
  await settle();
  assert.deepEqual(
    set.lines.map((line) => line.slice(0, 4)),
    ["warn", "info"],
  );
  assert.match(set.lines[0], /the server is away/);
  assert.equal(set.lease.counts.lapses, 1);
});

test("a lease that cannot begin is one WARNING", async () => {
  const set = setUp();
  set.lease.renew();
  set.asked.shift().reject(new Error("NOPERM this user has no permissions"));
  await settle();
  assert.match(set.lines[0], /^once the near cache cannot begin: NOPERM/);
  assert.equal(set.isCurrent(), false);
});

test("N2: with maxStaleness it serves for so long after a moment at which all was applied", async () => {
  const set = setUp({ maxStalenessMs: 500 });
  await join(set);
  set.pass(100);
  set.lease.renew();
  assert.equal(set.asked[0].args[0].isAwaited, false);
  set.asked.shift().resolve(entry(2));
  await settle();
  // The log held more than was applied: the time before stands.
  set.pass(349);
  assert.equal(set.isCurrent(), true);
  set.lease.advance(entry(2));
  set.pass(100);
  assert.equal(set.isCurrent(), true);
  set.pass(1);
  assert.equal(set.isCurrent(), false);
});

test("a lease that is closed serves nothing, and asks for nothing", async () => {
  const set = setUp();
  await join(set);
  await set.lease.close();
  assert.equal(set.isCurrent(), false);
  await set.lease.renew();
  assert.deepEqual(set.asked, []);
});
