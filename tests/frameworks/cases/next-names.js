/**
 * K7 on the output of Turbopack: two modules with a function of one name, in both orders, over one backend. What one build has
 * stored for a function never answers for another function of the next build.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { makeProject, modules, run } from "../project.js";
import { start } from "./next.js";

const root = join(modules, "..");

/** What the two modules hold: functions whose texts differ, or that differ in what they capture alone. @type {Record<string, (who: string) => string>} */
const MODULES = {
  texts: (who) => `export const get = () => cache()(async function getUser(id) { return "${who} " + id; });`,
  captured: (who) => `
const db = { user: (id) => "${who} " + id };
export const get = () => cache()(async function getUser(id) { return db.user(id); });`,
  declared: (who) => `
const db = { user: (id) => "${who} " + id };
async function getUser(id) { return db.user(id); }
export const get = () => cache()(getUser);`,
  prefixed: (who) => `
const db = { user: (id) => "${who} " + id };
export const get = () => cache(undefined, { keyPrefix: "${who}.getUser" })(async (id) => db.user(id));`,
};
const ORDERS = { first: ["open", "admin"], second: ["admin", "open"] };

/** A backend in a file, which both builds share. */
const BACKEND = `import { EntityCache } from "cacheref";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
const file = process.env.NAMES_STORE;
const read = () => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});
const change = (act) => { const all = read(); const answer = act(all); writeFileSync(file, JSON.stringify(all)); return answer; };
const backend = {
  get: (key) => read()[key] ?? null,
  set: (key, value) => change((all) => void (all[key] = value)),
  setex: (key, seconds, value) => change((all) => void (all[key] = value)),
  delete: (...keys) => change((all) => keys.filter((key) => delete all[key]).length),
  keys: () => Object.keys(read()),
  sadd: (key, ...members) => change((all) => void (all[key] = [...new Set([...(all[key] ?? []), ...members])])),
  smembers: (key) => read()[key] ?? [],
  expire: () => 1,
};
const logger = { debug() {}, info() {}, warn() {}, error() {} };
/** Each pair of modules has a cache of its own. */
export const open = (kind) => new EntityCache({ backend, prefix: kind + ":", logger });
`;

/**
 * The project of one order of imports, and of one version of the function that changes.
 * @param {string} order
 * @param {string} version
 */
function filesOf(order, version) {
  /** @type {Record<string, string>} */
  const files = {
    "next.config.mjs": `export default {
  outputFileTracingRoot: ${JSON.stringify(root)},
  turbopack: { root: ${JSON.stringify(root)} },
  typescript: { ignoreBuildErrors: true },
};
`,
    "app/layout.jsx": "export default ({ children }) => <html><body>{children}</body></html>;\n",
    "app/page.jsx": "export default () => <p>names</p>;\n",
    "lib/backend.js": BACKEND,
    "app/changed/route.js": `import { open } from "../../lib/backend.js";
export const dynamic = "force-dynamic";
export async function GET() {
  try {
    return Response.json(await open("changed")()(async function getUser(id) { return "${version} " + id; })(1));
  } catch (error) {
    return Response.json(error.code ?? String(error));
  }
}
`,
  };
  for (const [kind, source] of Object.entries(MODULES)) {
    files[`lib/${kind}/cache.js`] =
      `import { open } from "../backend.js";\nlet own;\nexport const cache = (...given) => (own ??= open("${kind}"))(...given);\n`;
    for (const who of ORDERS.first)
      files[`lib/${kind}/${who}.js`] = `import { cache } from "./cache.js";\n${source(who)}\n`;
    const imports = ORDERS[order].map((who) => `import { get as ${who} } from "../../lib/${kind}/${who}.js";`);
    files[`app/${kind}/route.js`] = `${imports.join("\n")}
export const dynamic = "force-dynamic";
export async function GET() {
  try {
    const functions = { ${ORDERS[order].map((who) => `${who}: ${who}()`).join(", ")} };
    return Response.json([await functions.open(1), await functions.admin(1)]);
  } catch (error) {
    return Response.json(error.code ?? String(error));
  }
}
`;
  }
  return files;
}

/** A function without a name of its own is refused, and so are two of one name: then `keyPrefix` says which is which. */
const REFUSED = Array(2).fill("ERR_CACHEREF_NAME");
const RIGHT = Array(2).fill(["open 1", "admin 1"]);
const EXPECTED = {
  "--turbopack": { texts: REFUSED, captured: REFUSED, declared: REFUSED, prefixed: RIGHT, changed: REFUSED },
  // Turbopack names the declarations getUser and getUser1, by the order of imports, and writes what they capture into their
  // texts. Function expressions keep their one name.
  "--turbopack --no-mangling": {
    texts: REFUSED,
    captured: REFUSED,
    declared: RIGHT,
    prefixed: RIGHT,
    changed: ["old 1", "new 1"],
  },
};

/** @type {import("../run.js").Case[]} */
export const nextNames = Object.entries(EXPECTED).map(([flags, expected]) => ({
  environment: "Next 16",
  what: `K7, build ${flags}: names of functions in both orders`,
  async run() {
    /** @type {Record<string, unknown[]>} */
    const answers = {};
    const project = `next-names${flags.replaceAll(" --", "-")}`;
    for (const [order, version] of Object.entries({ first: "old", second: "new" })) {
      const folder = makeProject(`${project}-${order}`, filesOf(order, version));
      const store = join(folder, "..", `${project}.json`);
      const env = { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production", NAMES_STORE: store };
      await run("next", ["build", ...flags.split(" ")], { cwd: folder, env });
      const { server, url } = await start("start", folder, env);
      try {
        for (const kind of [...Object.keys(MODULES), "changed"]) {
          const response = await fetch(`${url}/${kind}`);
          assert.equal(response.status, 200, kind);
          answers[kind] = [...(answers[kind] ?? []), await response.json()];
        }
      } finally {
        server.kill();
        await once(server, "exit");
      }
    }
    return answers;
  },
  expected,
}));
