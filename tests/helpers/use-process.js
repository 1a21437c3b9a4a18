// A process of the protocol for each test of a suite.
import { afterEach, beforeEach } from "node:test";
import { makeProcess } from "./protocol.js";

/**
 * To be called within `describe`. Each test begins with an empty server and a new process; the object stays the same.
 * @param {any} client
 * @param {import("./protocol.js").Form} form
 */
export function useProcess(client, form) {
  /** @type {ReturnType<typeof makeProcess>} */
  const process = /** @type {any} */ ({});
  beforeEach(async () => {
    await client.flushall();
    Object.assign(process, makeProcess(client, form));
  });
  afterEach(() => process.settled());
  /** Stores as a run that begins now. @param {Parameters<typeof process["store"]>[1]} [what] */
  const store = async (what) => {
    const verdict = await process.store(await process.log.position(), what);
    await process.settled();
    return verdict;
  };
  return { process, store };
}
