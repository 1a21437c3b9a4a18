// The protocol without a cache around it, for tests that take its steps one by one.
import { Redis } from "ioredis";
import { connectClient } from "../../js/remote/connections/client.js";
import { Layout } from "../../js/remote/protocol/layout.js";
import { PlainProtocol } from "../../js/remote/protocol/plain.js";
import { ScriptProtocol } from "../../js/remote/protocol/script.js";
import { StreamLog } from "../../js/remote/protocol/stream-log.js";
import { makeCore } from "./core.js";

/** @typedef {"script" | "plain" | "scriptless"} Form */

const core = makeCore();
let processes = 0;

/**
 * A process of its own, as far as the server can tell.
 * @param {any} client
 * @param {Form} form
 */
export function makeProcess(client, form, prefix = "app:") {
  const connection = connectClient(client);
  connection.can.scripts = form !== "scriptless";
  const layout = new Layout(prefix, connection);
  const name = `process-${processes++}`;
  let entries = 0;
  /** @type {Set<Promise<unknown>>} */
  const background = new Set();
  const log = new StreamLog(connection, layout, () => `${name}-${entries++}`);
  const setting = {
    now: Date.now,
    isStrict: false,
    waitMs: 1000,
    isArgumentPart: (/** @type {string} */ text) => core.exports.isArgumentPart(core.writeText(text)),
    later: (/** @type {Promise<unknown>} */ work) => {
      const done = work.catch(() => {});
      background.add(done);
      done.then(() => background.delete(done));
    },
  };
  const protocol =
    form === "script"
      ? new ScriptProtocol(connection, layout, setting, log)
      : new PlainProtocol(connection, layout, setting, log);
  return {
    client,
    connection,
    layout,
    log,
    protocol,
    settled: () => Promise.all([...background]),
    /** Stores the call `get(id)` of a run that began at `position`. @param {import("../../js/remote/protocol/log.js").Position} position */
    store: (position, { id = 1, ids = [id], ttlMs = 60_000, name = "get", value = `{"id":${id}}`, on = "" } = {}) =>
      protocol.store({
        key: layout.key(`c:${name}:[${id}]`),
        value,
        ttlMs,
        name,
        concerns: [...ids.map((entity) => `e:user:${entity}`), "l:user", ...(on ? [`t:${on}`] : [])],
        names: ["t:user", ...(on ? [`y:${on}`] : [])],
        position,
      }),
    get: (id = 1) => connection.request(["get", [layout.key(`c:get:[${id}]`)]]),
  };
}

/** A client that gives up at once what a cut connection loses, so that a test sees it. @param {number} port */
export const connectTo = (port, options = {}) => new Redis(port, "127.0.0.1", { retryStrategy: () => 5, ...options });
