/**
 * Serves the page, the package from node_modules, and a small API that takes its time:
 *
 *     node server.js [port]
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const port = Number(process.argv[2] ?? 8080);
const DELAY_MS = 300;
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };

const people = new Map([
  [1, { id: 1, name: "Ada", role: "mathematician" }],
  [2, { id: 2, name: "Grace", role: "admiral" }],
  [3, { id: 3, name: "Hedy", role: "inventor" }],
  [4, { id: 4, name: "Radia", role: "engineer" }],
]);
const projects = new Map([
  [1, { id: 1, title: "Analytical engine", members: [1, 2] }],
  [2, { id: 2, title: "Spanning tree", members: [4] }],
  [3, { id: 3, title: "Frequency hopping", members: [3, 1] }],
]);

/** @type {Record<string, (id: number, body: any) => unknown>} */
const api = {
  "GET people": (id) => people.get(id),
  "PUT people": (id, { name }) => {
    const person = people.get(id);
    if (person) person.name = String(name).slice(0, 40);
    return person;
  },
  "GET projects": (id) => {
    const project = projects.get(id);
    return project && { ...project, members: project.members.map((member) => people.get(member)) };
  },
};

/** @param {import("node:http").IncomingMessage} request */
async function answer(request) {
  const [, area, resource, id] = decodeURIComponent(request.url ?? "/").split("/");
  if (area !== "api") return undefined;
  let body = "";
  for await (const chunk of request) body += chunk;
  await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
  return api[`${request.method} ${resource}`]?.(Number(id), body && JSON.parse(body)) ?? null;
}

const server = createServer(async (request, response) => {
  try {
    const result = await answer(request);
    if (result !== undefined) {
      response.writeHead(result === null ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(result));
      return;
    }
    const path = normalize(request.url === "/" ? "/public/index.html" : (request.url ?? "/"));
    if (!/^\/(public|node_modules\/cacheref)\//.test(path)) throw new Error("not served");
    const file = await readFile(join(here, path));
    response.writeHead(200, { "content-type": TYPES[/** @type {keyof TYPES} */ (extname(path))] ?? "text/plain" });
    response.end(file);
  } catch {
    response.writeHead(404).end();
  }
});
server.on("error", (error) => {
  console.error(`cannot listen on port ${port}: ${error.message}`);
  process.exitCode = 1;
});
server.listen(port, () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  console.log(`http://localhost:${port} (open it in two tabs)`);
});
