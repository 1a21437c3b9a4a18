// One of two processes over one Redis: node process.mjs NAME LEVELS URL. It does what its parent sends, and answers each task.
import { Redis } from "ioredis";
import { peers } from "./one-level.mjs";
import { twoLevel } from "./two-level.mjs";

const [name, levels, url] = process.argv.slice(2);
const peer =
  levels === "2"
    ? twoLevel[name](url)
    : peers[name](
        new Redis(url).on("error", () => {}),
        url,
      );
/** What the database holds: each task brings it, so that both processes see the same. */
let version = 0;
let isHeld = false;
let release = () => {};

const rows = peer.wrap(async (id) => {
  const result = [{ id: Number(id), version }];
  if (isHeld) {
    await new Promise((resolve) => {
      release = () => resolve(undefined);
      process.send?.({ task: "started" });
    });
  }
  return result;
});
await peer.start?.();

/** @type {Record<string, () => unknown>} */
const tasks = {
  read: async () => (await rows(1))[0].version,
  drop: () => peer.drop(1),
  hold() {
    isHeld = true;
  },
  release() {
    isHeld = false;
    release();
  },
};
process.on("message", async (/** @type {{ task: string, version: number }} */ sent) => {
  version = sent.version;
  const result = await tasks[sent.task]();
  process.send?.({ task: sent.task, result: sent.task === "read" ? result : undefined });
});
process.on("disconnect", () => process.exit());
process.send?.({ task: "ready" });
