/** Serves a folder over HTTP on a free port, for pages. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
};

/**
 * @param {string} folder
 * @param {{ headers?: Record<string, string>, pages?: Record<string, string> }} [options] pages: what stands in no file
 */
export async function serve(folder, { headers = {}, pages = {} } = {}) {
  const server = createServer(async ({ url = "/" }, response) => {
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    try {
      const body = pages[path] ?? (await readFile(join(folder, normalize(path))));
      const type = TYPES[extname(path)] ?? (pages[path] ? TYPES[".html"] : "application/octet-stream");
      response.writeHead(200, { "content-type": type, ...headers }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
