/**
 * Serves the page, the package from node_modules, and a small API that takes its time:
 *
 *     node server.js [port]
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { api } from "./data.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const port = Number(process.argv[2] ?? 8080);
const DELAY_MS = 300;
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };

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
