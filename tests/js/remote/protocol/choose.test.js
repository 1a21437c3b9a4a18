// Which protocol is used, and what replaces it when the server turns out to be able to do less.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Logger } from "../../../../js/messages/logger.js";
import { Connection } from "../../../../js/remote/connections/connection.js";
import { ProtocolChoice } from "../../../../js/remote/protocol/choose.js";
import { KVProtocol } from "../../../../js/remote/protocol/kv.js";
import { Layout } from "../../../../js/remote/protocol/layout.js";
import { OwnLogProtocol } from "../../../../js/remote/protocol/own.js";
import { PlainProtocol } from "../../../../js/remote/protocol/plain.js";
import { ScriptProtocol } from "../../../../js/remote/protocol/script.js";
import { recorder } from "../../../helpers/cache.js";

const NOPERM = new Error("NOPERM this user has no permissions to run the 'evalsha' command");
const CROSSSLOT = new Error("CROSSSLOT Keys in request don't hash to the same slot");

/** A choice for one cache over a connection. @param {Connection} connection */
function choose(connection) {
  const { lines, logger } = recorder();
  const layout = new Layout("app:", connection);
  /** @type {Promise<unknown>[]} */
  const background = [];
  const setting = {
    writer: () => "test",
    now: () => 0,
    isArgumentPart: () => true,
    isStrict: false,
    later: (/** @type {Promise<unknown>} */ work) => void background.push(work),
  };
  const choice = new ProtocolChoice(connection, layout, setting, connection.client, new Logger(logger, false));
  return { choice, layout, lines, background };
}

/** @param {object} [can] what differs from a Redis */
const connect = (can) => {
  const connection = new Connection({});
  connection.can = { ...connection.can, ...can };
  return connection;
};

test("one script where the keys lie in one slot, single commands where they do not", () => {
  assert.equal(choose(connect()).choice.current.constructor, ScriptProtocol);
  const cluster = connect();
  cluster.isCluster = true;
  assert.equal(choose(cluster).choice.current.constructor, PlainProtocol);
  assert.equal(choose(connect({ scripts: false })).choice.current.constructor, PlainProtocol);
});

test("a backend without streams has the log of the process, which two caches over one client share", () => {
  const connection = connect({ scripts: false, log: false });
  const first = choose(connection);
  const second = choose(connection);
  assert.equal(first.choice.current.constructor, OwnLogProtocol);
  assert.equal(second.choice.log, first.choice.log);
  assert.match(first.lines[0][1], /keeps no streams/);
  assert.deepEqual(second.lines, []);
  const kv = choose(connect({ scripts: false, log: false, sets: false }));
  assert.equal(kv.choice.current.constructor, KVProtocol);
  assert.match(kv.lines[0][1], /eventually consistent/);
});

test("where scripts are forbidden, single commands replace them, and the log stays the same object", () => {
  const connection = connect();
  const { choice, lines } = choose(connection);
  const { log } = choice;
  choice.notice(NOPERM);
  choice.notice(NOPERM);
  assert.equal(choice.current.constructor, PlainProtocol);
  assert.equal(choice.log, log);
  assert.equal(connection.can.scripts, false);
  assert.equal(lines.filter(([level, line]) => level === "warn" && line.includes("runs no scripts")).length, 1);
});

test("a second cache over the same connection finds out too, and warns of it", () => {
  const connection = connect();
  const first = choose(connection);
  const second = choose(connection);
  first.choice.notice(NOPERM);
  assert.equal(second.choice.current.constructor, ScriptProtocol);
  second.choice.notice(NOPERM);
  assert.equal(second.choice.current.constructor, PlainProtocol);
  assert.equal(second.lines.length, 1);
  assert.equal(choose(connection).lines.length, 1, "a later cache is warned when it is made");
});

test("a Cluster behind a client that does not know it gets single commands", () => {
  const { choice, layout, lines } = choose(connect());
  choice.notice(CROSSSLOT);
  assert.equal(choice.current.constructor, PlainProtocol);
  assert.equal(layout.isOneSlot, false);
  assert.match(lines[0][1], /several slots/);
});

test("any other failure changes nothing", () => {
  const { choice, lines } = choose(connect());
  const { current } = choice;
  choice.notice(new Error("READONLY You can't write against a read only replica"));
  choice.notice("no error");
  assert.equal(choice.current, current);
  assert.deepEqual(lines, []);
});

test("an invalidation of everything stands for all others, and one that fails is noticed", async () => {
  const { choice } = choose(connect());
  /** @type {string[][]} */
  const asked = [];
  choice.current.invalidate = async (concerns) => {
    asked.push(concerns);
    throw NOPERM;
  };
  await assert.rejects(choice.invalidate(["e:user:1", "a:*"]), NOPERM);
  assert.deepEqual(asked, [["a:*"]]);
  assert.equal(choice.current.constructor, PlainProtocol);
});

test("a policy that may evict indexes is warned of once, after the first value is stored", async () => {
  const connection = connect();
  let asked = 0;
  connection.transmit = async () => {
    asked += 1;
    return "maxmemory_policy:allkeys-lru\r\n";
  };
  const { choice, lines, background } = choose(connection);
  choice.current.store = async () => "concerned";
  await choice.store(/** @type {any} */ ({}));
  assert.equal(asked, 0);
  choice.current.store = async () => "stored";
  await choice.store(/** @type {any} */ ({}));
  await choice.store(/** @type {any} */ ({}));
  await Promise.all(background);
  assert.equal(asked, 1);
  assert.match(lines[0][1], /allkeys-lru/);
  assert.equal(lines.length, 1);
});
