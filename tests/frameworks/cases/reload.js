/**
 * Development servers load an edited module anew, over a cache that stays. On Redis the functions have no `keyPrefix`: there a
 * second function of one name is an error in production.
 */
import { startRedis } from "../../helpers/redis.js";
import { lastLine, makeProject, run } from "../project.js";

const USERS = `import { Redis } from "ioredis";
import { EntityCache } from "cacheref";
const note = (...words) => void globalThis.warnings.push(words.join(" "));
const logger = { debug() {}, info() {}, warn: note, error: note };
const cache = (globalThis.appCache ??= new EntityCache({ backend: new Redis(process.env.REDIS_URL), logger }));
export const getThing = cache("thing")(async function getThing(id) {
  globalThis.runs += 1;
  return { id, text: "one" };
});
export const renameThing = cache.invalidates("thing")(async (id) => ({ id }));
`;
const MAIN = `import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "vite";
globalThis.warnings = [];
globalThis.runs = 0;
const server = await createServer({
  configFile: false,
  appType: "custom",
  logLevel: "error",
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
});
const load = () => {
  server.moduleGraph.invalidateAll();
  return server.ssrLoadModule("/users.js");
};
const seen = [];
const look = async ({ getThing }) => seen.push((await getThing(1)).text + globalThis.runs);
const edit = (from, to) => writeFileSync("users.js", readFileSync("users.js", "utf8").replaceAll(from, to));

const first = await load();
await look(first);
await look(first);
edit('"one"', '"two"');
const edited = await load();
await look(edited);
await look(edited);
const again = await load();
await look(again);
await look(again);
await again.renameThing(1);
await look(again);
const about = (text) => /"getThing" (is .*?)(?:;| \\()/.exec(text)?.[1] ?? text;
console.log(JSON.stringify({ seen, warnings: globalThis.warnings.map(about) }));
process.exit();
`;

/** @type {import("../run.js").Case[]} */
export const reload = [
  {
    environment: "Vite",
    what: "its development server loads an edited module anew, over one cache on Redis",
    async run() {
      const redis = await startRedis();
      try {
        const folder = makeProject("reload-vite", { "users.js": USERS, "main.mjs": MAIN });
        const env = { REDIS_URL: redis.url, NODE_ENV: "development" };
        return lastLine(await run(process.execPath, ["main.mjs"], { cwd: folder, env }));
      } finally {
        await redis.stop();
      }
    },
    expected: {
      // The text that was edited has new entries, and so has a module that is loaded anew. A write reaches them all.
      seen: ["one1", "one1", "two2", "two2", "two3", "two3", "two4"],
      warnings: [
        "is the name of another wrapped function, which this one replaces",
        "is wrapped again and again at one place",
      ],
    },
  },
];
