/**
 * React by Vite, as docs/with/react.md says, in Chromium: a production build, a page that a server has rendered, and the
 * development server with an edit.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import react from "@vitejs/plugin-react";
import { build, createServer as createVite } from "vite";
import { launch } from "../../runtime/browser.js";
import { filesOf } from "../page.js";
import { makeProject } from "../project.js";

const PAGE = '<!doctype html><link rel="icon" href="data:," />';
const FILES = {
  ...filesOf("react"),
  "package.json": { private: true, type: "module" },
  "index.html": `${PAGE}<div id="root"></div><script type="module" src="/src/main.jsx"></script>`,
};
const TYPES = { ".js": "text/javascript", ".html": "text/html" };
const inline = { configFile: false, logLevel: "error", plugins: [react()] };

/** The users of an API, and what it was asked. */
function makeApi() {
  const names = ["Ada", "Grace", "Hedy"];
  /** @type {string[]} */
  const requests = [];
  const api = { requests, fails: false, answer };
  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async function answer(request, response) {
    const [, , , id] = (request.url ?? "").split("/");
    requests.push(`${request.method} ${id ?? "all"}`);
    let body = "";
    for await (const chunk of request) body += chunk;
    if (request.method === "PUT") names[Number(id) - 1] = body;
    const users = names.map((name, index) => ({ id: index + 1, name }));
    response.writeHead(api.fails ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(id === undefined ? users : users[Number(id) - 1]));
  }
  return api;
}

/**
 * Serves on a free port, with what a test does there.
 * @template T
 * @param {import("node:http").RequestListener} listener
 * @param {(url: string) => Promise<T>} use
 */
async function withServer(listener, use) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use(`http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/**
 * @template T
 * @param {string} url
 * @param {(page: import("playwright-core").Page, asked: () => string[]) => Promise<T>} use asked: the requests since the last time
 */
async function withPage(url, use) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    /** @type {string[]} */
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) errors.push(message.text());
    });
    /** @type {string[]} */
    const requests = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith("/api/")) requests.push(`${request.method()} ${pathname.slice("/api/".length)}`);
    });
    await page.goto(url);
    const seen = await use(page, () => requests.splice(0).sort());
    return { ...seen, errors: errors.filter((text) => !/503/.test(text)) };
  } finally {
    await browser.close();
  }
}

/** @param {import("playwright-core").Page} page @param {string} name */
async function rename(page, name) {
  await page.fill("input", name);
  await page.click("text=Save");
  await page.waitForSelector(`h2:text-is("${name}")`);
  await page.waitForSelector("button:text-is('Save'):enabled");
}

/** @param {import("playwright-core").Page} page */
const shown = async (page) => [await page.textContent("h2"), ...(await page.locator("button").allTextContents())];

/** @type {import("../run.js").Case} */
const built = {
  environment: "React 19, Vite",
  what: "docs/with/react.md: a page in Chromium; the same as its server has rendered it",
  async run() {
    const folder = makeProject("react-vite", FILES);
    await build({ ...inline, root: folder });
    await build({ ...inline, root: folder, build: { ssr: "src/server.jsx", outDir: "server" } });
    const api = makeApi();
    const index = readFileSync(join(folder, "dist/index.html"), "utf8");
    /** @type {() => Promise<string>} */
    let render;
    const listener = async (/** @type {any} */ request, /** @type {any} */ response) => {
      if (request.url.startsWith("/api/")) return api.answer(request, response);
      let body;
      if (request.url === "/rendered") {
        body = index.replace('<div id="root"></div>', await render());
      } else {
        body = request.url === "/" ? index : readFileSync(join(folder, "dist", request.url));
      }
      const type = TYPES[/** @type {keyof TYPES} */ (extname(request.url) || ".html")];
      response.writeHead(200, { "content-type": type }).end(body);
    };
    return withServer(listener, async (url) => {
      process.env.API_ORIGIN = url;
      ({ render } = await import(pathToFileURL(join(folder, "server/server.js")).href));
      const asked = () => api.requests.splice(0).sort();
      const page = await withPage(url, async (page) => {
        await page.waitForSelector("h2");
        const first = asked();
        await page.click("text=Grace");
        await page.waitForSelector("h2:text-is('Grace')");
        await page.click("text=Ada");
        await page.waitForSelector("h2:text-is('Ada')");
        const opened = asked();
        await rename(page, "Emmy");
        const renamed = { shown: await shown(page), asked: asked() };
        api.fails = true;
        await page.click("text=Hedy");
        const failed = await page.textContent("p");
        api.fails = false;
        asked();
        await page.click("text=Try again");
        await page.waitForSelector("h2");
        const tried = asked();
        api.fails = true;
        await page.click("text=Save");
        const refused = await page.textContent("p");
        api.fails = false;
        asked();
        return { first, opened, renamed, failed, tried, refused };
      });
      const rendered = await withPage(`${url}/rendered`, async (page) => {
        const onServer = asked();
        await page.waitForFunction(
          "Object.keys(document.querySelector('h2')).some((key) => key.startsWith('__react'))",
        );
        const hydrated = { shown: await shown(page), asked: asked() };
        await rename(page, "Lise");
        return { onServer, hydrated, renamed: { shown: await shown(page), asked: asked() } };
      });
      return { page, rendered };
    });
  },
  expected: {
    page: {
      first: ["GET 1", "GET all"],
      opened: ["GET 2"],
      renamed: { shown: ["Emmy", "Emmy", "Grace", "Hedy", "Save"], asked: ["GET 1", "GET all", "PUT 1"] },
      failed: "users/3: 503 Try again",
      tried: ["GET 3"],
      refused: "users/3: 503 Try again",
      errors: [],
    },
    rendered: {
      onServer: ["GET 1", "GET all"],
      hydrated: { shown: ["Emmy", "Emmy", "Grace", "Hedy", "Save"], asked: [] },
      renamed: { shown: ["Lise", "Lise", "Grace", "Hedy", "Save"], asked: ["GET 1", "GET all", "PUT 1"] },
      errors: [],
    },
  },
};

/**
 * The API of the page, in a process of its own.
 * @template T
 * @param {string} folder
 * @param {(url: string) => Promise<T>} use
 */
async function withApi(folder, use) {
  const api = spawn(process.execPath, ["api.js"], {
    cwd: folder,
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [text] = await once(api.stdout, "data");
    return await use(String(text).trim());
  } finally {
    api.kill();
  }
}

/**
 * Vite's development server, as `npm run dev` starts it.
 * @template T
 * @param {string} folder
 * @param {(url: string) => Promise<T>} use
 */
async function withVite(folder, use) {
  const { NODE_ENV } = process.env;
  // A build in this process has left "production" there.
  process.env.NODE_ENV = "development";
  const vite = await createVite({ root: folder, logLevel: "error", server: { host: "127.0.0.1", port: 0 } });
  try {
    await vite.listen();
    return await use(vite.resolvedUrls?.local[0] ?? "");
  } finally {
    await vite.close();
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
}

/** @type {import("../run.js").Case} */
const edited = {
  environment: "React 19, Vite",
  what: "docs/with/react.md, dev: an edited component keeps the cache",
  async run() {
    const folder = makeProject("react-vite-dev", FILES);
    const edit = (/** @type {string} */ file, /** @type {string} */ from, /** @type {string} */ to) => {
      const path = join(folder, file);
      writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
    };
    const onPage = async (/** @type {import("playwright-core").Page} */ page, /** @type {() => string[]} */ asked) => {
      await page.waitForSelector("h2");
      await page.evaluate("globalThis.isSamePage = true");
      const first = asked();
      edit("src/App.jsx", "<h2>{user.name}</h2>", "<h2>{user.name}!</h2>");
      await page.waitForSelector("h2:text-is('Ada!')");
      const afterComponent = asked();
      const isSamePage = await page.evaluate("globalThis.isSamePage === true");
      edit("src/data.js", 'async () => ask("users")', 'async () => (await ask("users")).slice(0, 2)');
      await page.waitForSelector("button:text-is('Hedy')", { state: "detached" });
      await page.waitForSelector("h2:text-is('Ada!')");
      return { first, afterComponent, isSamePage, afterRead: asked() };
    };
    return withApi(folder, (api) => {
      process.env.API_ORIGIN = api;
      return withVite(folder, (url) => withPage(url, onPage));
    });
  },
  expected: {
    first: ["GET users", "GET users/1"],
    afterComponent: [],
    isSamePage: true,
    afterRead: ["GET users", "GET users/1"],
    errors: [],
  },
};

export const reactApp = [built, edited];
