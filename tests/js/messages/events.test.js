// Counters, events and log lines: who sees what, and that nobody who looks can do harm.
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import { Events } from "../../../js/messages/events.js";
import { Logger } from "../../../js/messages/logger.js";
import { recorder } from "../../helpers/cache.js";

test("a listener gets the events of its name until it is taken off", () => {
  const events = new Events(new Logger(recorder().logger, false));
  const seen = [];
  const listener = (event) => seen.push(event.key);
  events.on("hit", listener);
  events.emit("hit", { key: "a" });
  events.emit("miss", { key: "b" });
  events.off("hit", listener);
  events.emit("hit", { key: "c" });
  assert.deepEqual(seen, ["a"]);
});

test("nothing is watched without listeners, so that hot paths make no events", () => {
  const events = new Events(new Logger(recorder().logger, false));
  assert.equal(events.isWatched, false);
  const listener = () => {};
  events.on("store", listener);
  assert.equal(events.isWatched, true);
  events.off("store", listener);
  assert.equal(events.isWatched, false);
});

test("a listener that throws harms neither the caller nor the other listeners", () => {
  const { lines, logger } = recorder();
  const events = new Events(new Logger(logger, false));
  const seen = [];
  events.on("hit", () => {
    throw new Error("no");
  });
  events.on("hit", (event) => seen.push(event));
  events.emit("hit", { key: "a" });
  assert.equal(seen.length, 1);
  assert.deepEqual(lines, [["warn", 'cacheref: a listener of "hit" threw Error: no']]);
});

for (const [thrown, text] of /** @type {[unknown, string][]} */ ([
  [Symbol("no"), "Symbol(no)"],
  [Object.create(null), "an error that cannot be printed"],
])) {
  test(`a listener that throws ${text} harms nobody, with DEBUG lines too`, () => {
    const { lines, logger } = recorder();
    const events = new Events(new Logger(logger, true));
    events.on("error", () => {
      throw thrown;
    });
    events.emit("error", { what: "get", error: thrown });
    assert.deepEqual(lines, [
      ["debug", `cacheref: error what=get error=${text}`],
      ["warn", `cacheref: a listener of "error" threw ${text}`],
    ]);
  });
}

test("a listener or a logger that rejects harms nobody", async () => {
  const { lines, logger } = recorder();
  const events = new Events(new Logger(logger, false));
  const reject = async () => {
    throw new Error("no");
  };
  events.on("hit", reject);
  events.emit("hit", { key: "a" });
  // A rejection that nobody handles would end the process, and this test with it.
  new Logger({ debug: reject, info: reject, warn: reject, error: reject }, true).error("told to nobody");
  await new Promise(setImmediate);
  assert.deepEqual(lines, [["warn", 'cacheref: a listener of "hit" threw Error: no']]);
});

test("an unknown event name or a listener that is no function is refused", () => {
  const events = new Events(new Logger(undefined, false));
  assert.throws(() => events.on("hits", () => {}), { code: "ERR_CACHEREF_EVENT", message: /hit, miss, join, store/ });
  assert.throws(() => events.on("hit", "log"), { code: "ERR_CACHEREF_EVENT" });
});

test("a DEBUG line leaves out what there is none of, and shows lists", () => {
  const { lines, logger } = recorder();
  new Events(new Logger(logger, true)).emit("invalidate", { targets: [{ kind: "all" }], count: 1, key: undefined });
  assert.deepEqual(lines, [["debug", 'cacheref: invalidate targets=[{"kind":"all"}] count=1']]);
});

test("DEBUG lines are written only with debug on, and name the event and its fields", () => {
  for (const debug of [false, true]) {
    const { lines, logger } = recorder();
    new Events(new Logger(logger, debug)).emit("miss", { function: "getUser", key: "app:c:getUser:[42]" });
    assert.deepEqual(lines, debug ? [["debug", "cacheref: miss function=getUser key=app:c:getUser:[42]"]] : []);
  }
});

test("a subscriber of the diagnostics channel hears of every event, and makes it watched", () => {
  const events = new Events(new Logger(recorder().logger, false));
  const heard = [];
  const subscriber = (message, channel) => heard.push([channel, message]);
  subscribe("cacheref", subscriber);
  assert.equal(events.isWatched, true);
  events.emit("hit", { key: "a" });
  unsubscribe("cacheref", subscriber);
  assert.equal(events.isWatched, false);
  assert.deepEqual(heard, [["cacheref", { name: "hit", key: "a" }]]);
});

test("a logger that throws harms nobody", () => {
  const fail = () => {
    throw new Error("disk full");
  };
  const log = new Logger({ debug: fail, info: fail, warn: fail, error: fail }, true);
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
});

test("a logger without one of the four methods is refused by the method's name", () => {
  const nothing = () => {};
  assert.throws(() => new Logger({ debug: nothing, info: nothing, warn: nothing }, false), {
    code: "ERR_CACHEREF_OPTION",
    message: /has no error/,
  });
  assert.throws(() => new Logger("console", false), { code: "ERR_CACHEREF_OPTION" });
});

test("a warning that is said once is said once for each subject", () => {
  const { lines, logger } = recorder();
  const log = new Logger(logger, false);
  for (const subject of ["a", "b", "a"]) log.warnOnce(subject, `about ${subject}`);
  assert.deepEqual(
    lines.map(([, message]) => message),
    ["cacheref: about a", "cacheref: about b"],
  );
});
