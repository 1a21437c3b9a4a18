/**
 * The page about Lambda: its handler, bundled by its command into one file, alone in a folder. Each environment is a process;
 * all share a Redis, which they reach over HTTP as on Upstash.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startRedis } from "../../helpers/redis.js";
import { startRestFront } from "../../helpers/upstash.js";
import { root } from "../../package/install.js";
import { commandOf, filesOf } from "../page.js";
import { isolate, lastLine, makeProject, run } from "../project.js";

/** A database that outlives the processes: a file. */
const DATABASE = `import { readFileSync, writeFileSync } from "node:fs";
const change = (how) => {
  const state = JSON.parse(readFileSync(process.env.DATABASE, "utf8"));
  how(state);
  writeFileSync(process.env.DATABASE, JSON.stringify(state));
  return state.product;
};
export const db = {
  product: async () => change((state) => { state.runs += 1; }),
  setPrice: async (id, price) => change((state) => { state.product.price = price; }),
};
`;
const BOOTSTRAP = `const { handler } = require("./handler.js");
async function main() {
  const bodies = [];
  for (const event of JSON.parse(process.argv[2])) bodies.push(JSON.parse((await handler(event)).body).price);
  console.log(JSON.stringify(bodies));
}
main();
`;
const GET = { pathParameters: { id: "1" } };
const PUT = { pathParameters: { id: "1" }, body: JSON.stringify({ price: 200 }) };

/** @type {import("../run.js").Case} */
export const lambda = {
  environment: "Lambda",
  what: "docs/with/lambda.md: the handler by esbuild, on Upstash, in an empty folder",
  async run() {
    const folder = makeProject("page-lambda", { ...filesOf("lambda"), "src/db.js": DATABASE });
    await run(join(root, "node_modules/.bin/esbuild"), commandOf("lambda", "esbuild"), { cwd: folder });
    const alone = join(isolate(join(folder, "dist/handler.js"), "handler.js"), "..");
    const database = join(folder, "database.json");
    writeFileSync(database, JSON.stringify({ runs: 0, product: { id: 1, price: 100 } }));
    writeFileSync(join(alone, "bootstrap.cjs"), BOOTSTRAP);
    const redis = await startRedis();
    const front = await startRestFront(redis.port);
    try {
      const env = { DATABASE: database, UPSTASH_REDIS_REST_URL: front.url, UPSTASH_REDIS_REST_TOKEN: "any" };
      const environment = async (/** @type {object[]} */ ...events) =>
        lastLine(await run(process.execPath, ["bootstrap.cjs", JSON.stringify(events)], { cwd: alone, env }));
      const first = await environment(GET, GET);
      const second = await environment(GET, PUT, GET);
      const third = await environment(GET);
      const { runs } = JSON.parse(readFileSync(database, "utf8"));
      return { first, second, third, runs };
    } finally {
      await front.stop();
      await redis.stop();
    }
  },
  expected: { first: [100, 100], second: [100, 200, 200], third: [200], runs: 2 },
};
