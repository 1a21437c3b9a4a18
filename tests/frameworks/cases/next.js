/**
 * Next by both of its bundlers: `next build`, then `next start` answers over HTTP. A route handler, a server component, the
 * Pages Router and an Edge route use the cache. The bundles of the two routers share one cache. The code of the page about Next
 * is part of the application.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { filesOf } from "../page.js";
import { makeProject, modules, run, USE } from "../project.js";

const root = join(modules, "..");
const FILES = {
  ...filesOf("nextjs"),
  "lib/db.js": `const state = (globalThis.database ??= { name: "Ada", runs: 0 });
export const db = {
  async person(id) { state.runs += 1; return { id, name: state.name + ":" + state.runs }; },
  async rename(id, name) { state.name = name; return { id, name }; },
};
`,
  "next.config.mjs": `export default {
  distDir: process.env.NEXT_DIST,
  outputFileTracingRoot: ${JSON.stringify(root)},
  turbopack: { root: ${JSON.stringify(root)} },
  typescript: { ignoreBuildErrors: true },
};
`,
  "app/layout.jsx": "export default ({ children }) => <html><body>{children}</body></html>;\n",
  "app/page.jsx": `import { cache } from "cacheref";
let runs = 0;
const getUser = cache("user")(async function getUser(id) { runs += 1; return { id, name: "Ada" }; });
export const dynamic = "force-dynamic";
export default async function Page() {
  const user = await getUser(1);
  return <p>{\`\${user.name}:\${runs}\`}</p>;
}
`,
  "app/route/route.js": `import { cache } from "cacheref";
let runs = 0;
const findUser = cache("user")(async function findUser(id) { runs += 1; return { id, name: "Ada" }; });
export const dynamic = "force-dynamic";
export async function GET() {
  await findUser(1);
  return Response.json({ runs });
}
`,
  "app/edge/route.js": `import { cache } from "cacheref";
export const runtime = "edge";
export const dynamic = "force-dynamic";
export async function GET() {
  const main = async () => {${USE}};
  return Response.json(await main());
}
`,
  "pages/api/drop.js": `import { cache } from "cacheref";
export default async function handler(request, response) {
  response.json({ dropped: await cache.invalidateEntity("user", 1) });
}
`,
  "pages/api/person.js": `import { getPerson } from "../../lib/people";
export default async function handler(request, response) {
  response.json((await getPerson(1)).name);
}
`,
};

/**
 * Starts a server on a free port.
 * @param {"start" | "dev"} command
 * @param {string} folder
 * @param {Record<string, string>} env
 */
export async function start(command, folder, env) {
  const server = spawn(process.execPath, [join(modules, "next/dist/bin/next"), command, "--port", "0"], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    const [, url] = /(http:\/\/localhost:\d+)/.exec(line) ?? [];
    if (url) return { server, url };
  }
  throw new Error(`next ${command} ended`);
}

/** @type {import("../run.js").Case} */
const development = {
  environment: "Next 16",
  what: "docs/with/nextjs.md, dev: an edited function over the same cache",
  async run() {
    const folder = makeProject("next-dev", FILES);
    const env = { NEXT_TELEMETRY_DISABLED: "1", NEXT_DIST: ".next-dev", NODE_ENV: "development" };
    const { server, url } = await start("dev", folder, env);
    try {
      const person = async () => {
        const response = await fetch(`${url}/people/1`);
        assert.equal(response.status, 200, await response.clone().text());
        return /<h1>(.*?)<\/h1>/.exec(await response.text())?.[1];
      };
      const rename = (/** @type {string} */ body) => fetch(`${url}/people/1/name`, { method: "PUT", body });
      const before = [await person(), await person()];
      const file = join(folder, "lib/people.js");
      const edited = filesOf("nextjs")["lib/people.js"].replace("db.person(id)", '({ id, name: "edited" })');
      writeFileSync(file, edited);
      // The server sees the file in its own time. Until then the old function answers, and each write drops its answer.
      let after = await person();
      for (let tries = 0; tries < 500 && after !== "edited"; tries += 1) {
        assert.equal((await rename("Grace")).status, 204);
        after = await person();
      }
      return { before, after, again: await person() };
    } finally {
      server.kill();
      await once(server, "exit");
    }
  },
  expected: { before: ["Ada:1", "Ada:1"], after: "edited", again: "edited" },
};

/** @type {import("../run.js").Case[]} */
const built = ["webpack", "turbopack"].map((bundler) => ({
  environment: "Next 16",
  what: `docs/with/nextjs.md, build by ${bundler}; start: route, component, pages, edge`,
  async run() {
    const folder = makeProject(`next-${bundler}`, FILES);
    const env = { NEXT_TELEMETRY_DISABLED: "1", NEXT_DIST: ".next", NODE_ENV: "production" };
    await run("next", ["build", `--${bundler}`], { cwd: folder, env });
    const { server, url } = await start("start", folder, env);
    try {
      const get = async (/** @type {string} */ path) => {
        const response = await fetch(url + path);
        const text = await response.text();
        assert.equal(response.status, 200, `${path}: ${text}`);
        return text;
      };
      const person = async () => /<h1>(.*?)<\/h1>/.exec(await get("/people/1"))?.[1];
      const rename = (/** @type {string} */ body) => fetch(`${url}/people/1/name`, { method: "PUT", body });
      const page = async () => /<p>(.*?)<\/p>/.exec(await get("/"))?.[1];
      return {
        page: [await page(), await page()],
        route: [await get("/route"), await get("/route")],
        // One cache: a page of the Pages Router drops what the App Router's two bundles have stored.
        drop: await get("/api/drop"),
        afterwards: [await page(), await get("/route")],
        edge: await get("/edge"),
        people: [await person(), await get("/api/person"), (await rename("Grace")).status, await person()],
      };
    } finally {
      server.kill();
      await once(server, "exit");
    }
  },
  expected: {
    page: ["Ada:1", "Ada:1"],
    route: ['{"runs":1}', '{"runs":1}'],
    drop: '{"dropped":2}',
    afterwards: ["Ada:2", '{"runs":2}'],
    edge: '{"runs":2,"dropped":1}',
    people: ["Ada:1", '"Ada:1"', 204, "Grace:2"],
  },
}));

export const next = [...built, development];
