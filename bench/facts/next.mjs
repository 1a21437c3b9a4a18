// Next's `use cache`, in an application that is built and started: facts/next.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("next", import.meta.url));
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };
const program = `${folder}/node_modules/next/dist/bin/next`;
let isBuilt = false;

function build() {
  const quiet = /** @type {const} */ ({ cwd: folder, env, stdio: ["ignore", "ignore", "inherit"] });
  if (!existsSync(program)) execFileSync("npm", ["ci", "--loglevel=error", "--no-audit", "--no-fund"], quiet);
  execFileSync(process.execPath, [program, "build"], quiet);
  isBuilt = true;
}

/** The application reads its rows from a server here, which is the function that is wrapped. */
export async function next() {
  if (!isBuilt) build();
  let load = async (_id) => [];
  const source = createServer(async ({ url }, response) => response.end(JSON.stringify(await load(url?.slice(1)))));
  await once(source.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (source.address());
  const server = spawn(process.execPath, [program, "start", "--port", "0"], {
    cwd: folder,
    env: { ...env, SOURCE: `http://127.0.0.1:${port}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await addressOf(server.stdout);
  const get = async (path) => (await fetch(url + path)).json();
  return {
    wrap(fn) {
      load = fn;
      return (id) => get(`/rows/${id}`);
    },
    drop: (id) => get(`/drop/${id}`),
    async close() {
      server.kill();
      await once(server, "exit");
      source.closeAllConnections();
      source.close();
    },
  };
}

/** @param {import("node:stream").Readable} output */
async function addressOf(output) {
  for await (const line of createInterface({ input: output })) {
    const [url] = /http:\/\/localhost:\d+/.exec(line) ?? [];
    if (url) {
      output.resume();
      return url;
    }
  }
  throw new Error("next start ended");
}
