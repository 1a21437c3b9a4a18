// How soon a cache starts in workerd. Its clock stands still while a Worker computes, so the time is taken from outside:
// what the first call takes over the second, in isolates that have answered a request without a call before.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { install, write } from "../package/install.js";
import { bundleWorker, Miniflare } from "../runtime/workerd.js";

const ISOLATES = ["first", "second", "third", "fourth", "fifth"];
const SOURCE = `
  import { cache } from "cacheref";
  let runs = 0;
  const getUser = cache("user")(async function getUser(id) { runs += 1; return { id }; });
  export default {
    async fetch(request) {
      if (new URL(request.url).pathname === "/call") await getUser(1);
      return Response.json(runs);
    },
  };`;

/** @type {Miniflare} */
let miniflare;

before(async () => {
  const folder = install();
  write(folder, "start-worker.js", SOURCE);
  const worker = await bundleWorker(join(folder, "start-worker.js"));
  miniflare = new Miniflare({ workers: ISOLATES.map((name) => ({ ...worker, name })) });
  await miniflare.ready;
});
after(() => miniflare.dispose());

test("the first call in an isolate starts the core, and the second is a hit", async (context) => {
  const starts = [];
  for (const isolate of ISOLATES) {
    const worker = await miniflare.getWorker(isolate);
    const ask = async (/** @type {string} */ path) => {
      const begin = performance.now();
      const runs = await (await worker.fetch(`http://localhost${path}`)).json();
      return { runs, ms: performance.now() - begin };
    };
    for (let warm = 0; warm < 10; warm += 1) assert.equal((await ask("/nothing")).runs, 0);
    const first = await ask("/call");
    const second = await ask("/call");
    assert.deepEqual([first.runs, second.runs], [1, 1]);
    starts.push(first.ms - second.ms);
  }
  const [, , median] = starts.sort((one, other) => one - other);
  context.diagnostic(
    `the first call takes ${median.toFixed(1)} ms more than the second (median of ${ISOLATES.length})`,
  );
});
