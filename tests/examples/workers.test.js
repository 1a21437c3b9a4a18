// The edge API, started as its README says and asked over HTTP.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "../helpers/redis.js";
import { install, root } from "../package/install.js";

const example = fileURLToPath(new URL("../../examples/workers", import.meta.url));
let url = "";
let output = "";
/** @type {import("node:child_process").ChildProcess} */
let wrangler;

before(async () => {
  const folder = install();
  cpSync(example, folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
  symlinkSync(join(root, "node_modules/wrangler"), join(folder, "node_modules/wrangler"));
  const [port, inspector] = [await freePort(), await freePort()];
  url = `http://localhost:${port}`;
  wrangler = spawn(
    process.execPath,
    [
      join(root, "node_modules/wrangler/bin/wrangler.js"),
      "dev",
      "--port",
      `${port}`,
      "--inspector-port",
      `${inspector}`,
    ],
    {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" },
    },
  );
  await new Promise((resolve, reject) => {
    for (const stream of [wrangler.stdout, wrangler.stderr]) {
      stream?.on("data", (text) => {
        output += text;
        if (output.includes(`Ready on`)) resolve(undefined);
      });
    }
    wrangler.on("exit", () => reject(new Error(`wrangler ended: ${output}`)));
  });
});
// Its children too.
after(() => process.kill(-(/** @type {number} */ (wrangler.pid)), "SIGKILL"));

/** @param {string} path */
async function get(path) {
  const response = await fetch(url + path);
  return { status: response.status, cache: response.headers.get("x-cache"), body: await response.json() };
}

/** @param {string} method @param {string} path @param {object} body */
async function send(method, path, body) {
  const response = await fetch(url + path, { method, body: JSON.stringify(body) });
  return response.json();
}

/** Asks until the answer is a hit: with `waitUntil` an answer goes out before it is stored. @param {string} path */
async function warm(path) {
  for (let i = 0; i < 100; i++) {
    const answer = await get(path);
    if (answer.cache === "hit") return answer;
  }
  return assert.fail(`${path} is never a hit: ${output}`);
}

test("what was asked for before is a hit, with the same answer", async () => {
  const first = await get("/products/1");
  assert.deepEqual(first, {
    status: 200,
    cache: "miss",
    body: { id: 1, name: "Kettle", category: "kitchen", price: 3900 },
  });
  assert.deepEqual((await warm("/products/1")).body, first.body);
});

test("a write drops the product and the category that lists it, and leaves the others", async () => {
  for (const path of ["/products/1", "/products/3", "/categories/kitchen", "/categories/living"]) await warm(path);
  assert.equal((await send("PATCH", "/products/1", { price: 4200 })).price, 4200);
  const product = await get("/products/1");
  assert.deepEqual([product.cache, product.body.price], ["miss", 4200]);
  const kitchen = await get("/categories/kitchen");
  assert.deepEqual([kitchen.cache, kitchen.body.map((item) => item.price)], ["miss", [4200, 2500]]);
  assert.equal((await get("/categories/living")).cache, "hit");
  assert.equal((await get("/products/3")).cache, "hit");
});

test("a new product drops the lists and no single product", async () => {
  for (const path of ["/products/2", "/categories/living"]) await warm(path);
  await send("POST", "/products", { name: "Rug", category: "living", price: 9900 });
  const living = await get("/categories/living");
  assert.deepEqual([living.cache, living.body.length], ["miss", 3]);
  assert.equal((await get("/products/2")).cache, "hit");
});

test("what is not there is cached too", async () => {
  assert.deepEqual(await get("/products/99"), { status: 404, cache: "miss", body: { error: "not found" } });
  assert.equal((await warm("/products/99")).status, 404);
});

test("the log warns once of what KV does not promise", () => {
  assert.equal(output.split("eventually consistent").length - 1, 1, output);
});
