// Who may join a run, by what the log says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Flights } from "../../../js/remote/flights.js";

/** A log in memory that counts how often it is asked. */
function makeLog() {
  const entries = [{ id: "1-0", by: "x-0", concerns: /** @type {string[]} */ ([]) }];
  const log = {
    asked: 0,
    isTrimmed: false,
    append: (/** @type {string} */ concern) =>
      entries.push({ id: `${entries.length + 1}-0`, by: `x-${entries.length}`, concerns: [concern] }),
    async position() {
      log.asked += 1;
      return { ...entries[entries.length - 1] };
    },
    async since(/** @type {{ id: string }} */ position) {
      log.asked += 1;
      const index = entries.findIndex(({ id }) => id === position.id);
      return {
        isThere: !log.isTrimmed,
        isWhole: !log.isTrimmed,
        entries: entries.slice(index + 1),
        end: entries.at(-1),
      };
    },
  };
  return log;
}
const concernsUser = (/** @type {string} */ concern) => concern.startsWith("e:user");

function make() {
  const log = makeLog();
  /** @type {Flights<number>} */
  const flights = new Flights(log);
  let runs = 0;
  /** @type {((value: number) => void)[]} */
  const land = [];
  const run = () => {
    runs += 1;
    const outcome = new Promise((/** @type {(value: number) => void} */ resolve) => land.push(resolve));
    return { run: /** @type {any} */ ({ isJoinable: true }), outcome };
  };
  return { log, flights, land, run, join: () => flights.join("key", concernsUser, run), runs: () => runs };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("calls of one turn share a run and a look at the log", async () => {
  const { log, join, runs } = make();
  const joined = await Promise.all(Array.from({ length: 100 }, join));
  assert.equal(runs(), 1);
  assert.equal(log.asked, 1);
  assert.equal(joined.filter(({ isOwn }) => isOwn).length, 1);
});

test("a position that was asked for before saves the reading of one", async () => {
  const { log, flights, run } = make();
  const ahead = log.position();
  log.append("e:user:1");
  const { flight, isOwn } = await flights.join("key", concernsUser, run, ahead);
  assert.deepEqual([isOwn, flight.position, log.asked], [true, await ahead, 1]);
});

test("a run whose position was asked for before an invalidation is joined by no call after it", async () => {
  const { log, flights, run, join } = make();
  const ahead = log.position();
  log.append("e:user:1");
  const first = await flights.join("key", concernsUser, run, ahead);
  const second = await join();
  assert.deepEqual([second.isOwn, second.flight === first.flight], [true, false]);
});

test("calls of a later turn share a look at what was invalidated since", async () => {
  const { log, join, runs } = make();
  await join();
  await turn();
  log.asked = 0;
  const joined = await Promise.all(Array.from({ length: 100 }, join));
  assert.deepEqual([runs(), log.asked], [1, 1]);
  assert.ok(joined.every(({ isOwn }) => !isOwn));
  await turn();
  await join();
  assert.equal(log.asked, 2, "another turn looks again");
});

test("a call of a later turn joins when nothing that concerns the function was invalidated", async () => {
  const { log, join, runs } = make();
  await join();
  await turn();
  log.append("e:order:1");
  const { isOwn } = await join();
  assert.equal(isOwn, false);
  assert.equal(runs(), 1);
});

test("a call that comes after an invalidation starts its own run, which later calls join", async () => {
  const { log, join, runs, flights, land } = make();
  const first = await join();
  await turn();
  log.append("e:user:1");
  const second = await join();
  assert.equal(second.isOwn, true);
  assert.notEqual(second.flight, first.flight);
  await turn();
  assert.equal((await join()).flight, second.flight);
  land[0](1);
  await first.flight.outcome;
  await turn();
  assert.equal(flights.size, 1, "the older run's end leaves the newer one");
  assert.equal((await join()).flight, second.flight);
  assert.equal(runs(), 2);
});

test("a log that does not reach back lets nobody join", async () => {
  const { log, join, runs } = make();
  await join();
  await turn();
  log.isTrimmed = true;
  assert.equal((await join()).isOwn, true);
  assert.equal(runs(), 2);
});

test("a run that has ended is forgotten, one that failed too", async () => {
  const { flights, join, land, runs } = make();
  const { flight } = await join();
  land[0](7);
  assert.equal(await flight.outcome, 7);
  await turn();
  assert.equal(flights.size, 0);
  await join();
  assert.equal(runs(), 2);
});
