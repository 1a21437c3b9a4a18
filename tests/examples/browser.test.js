// The page, started as its README says and looked at in Chromium: what a person sees, in one tab and in two.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { install, root } from "../package/install.js";
import { launch } from "../runtime/browser.js";

const example = fileURLToPath(new URL("../../examples/browser", import.meta.url));
const picture = fileURLToPath(new URL("browser.png", import.meta.url));
/** Of all brightness. Fonts differ from machine to machine, a missing card or colour is more. */
const TOLERANCE = 0.03;

let url = "";
/** @type {import("node:child_process").ChildProcess} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("playwright-core").BrowserContext} */
let person;

before(async () => {
  const folder = install();
  cpSync(example, folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
  server = spawn(process.execPath, ["server.js", "0"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  url = await new Promise((resolve) => {
    server.stdout?.on("data", (text) => resolve(/http:\S+/.exec(text)?.[0] ?? ""));
  });
  browser = await launch();
  person = await browser.newContext({ viewport: { width: 1000, height: 760 } });
});
after(async () => {
  await browser.close();
  server.kill();
});

async function openTab() {
  const page = await person.newPage();
  page.on("pageerror", (error) => assert.fail(error));
  await page.goto(url);
  await settle(page);
  return page;
}

/** @param {import("playwright-core").Page} page */
const settle = (page) =>
  page.waitForFunction(
    "[...document.querySelectorAll('.card')].every((card) => /^(fetched|cached)$/.test(card.dataset.state))",
  );

/** What each card shows: its title, what is below it, and where that came from. @param {import("playwright-core").Page} page */
const cards = (page) =>
  page.$$eval(".card", (all) =>
    all.map((card) => ({
      title: card.querySelector("h3")?.textContent,
      text: card.querySelector("p")?.textContent,
      state: card.dataset.state,
    })),
  );

/** @param {import("playwright-core").Page} page */
const figures = async (page) => ({
  requests: await page.textContent("#requests"),
  hits: await page.textContent("#hits"),
  entries: await page.textContent("#entries"),
});

/**
 * In the page: how much two pictures differ in brightness, seen from afar; 1 for black and white.
 * @param {string[]} pictures PNG, as base64
 */
async function compare(pictures) {
  const [one, other] = await Promise.all(
    pictures.map(async (base64) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      const canvas = new OffscreenCanvas(100, 76);
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, 0, 100, 76);
      return context.getImageData(0, 0, 100, 76).data;
    }),
  );
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += Math.abs(one[i] - other[i]) / 255;
  return sum / one.length;
}

test("painting everything again asks nothing of the server", async () => {
  const page = await openTab();
  assert.deepEqual(await figures(page), { requests: "7", hits: "0", entries: "7" });
  await page.click("#again");
  await page.waitForFunction("document.querySelector('#hits').textContent === '7'");
  assert.deepEqual(await figures(page), { requests: "7", hits: "7", entries: "7" });
  assert.deepEqual(new Set((await cards(page)).map(({ state }) => state)), new Set(["cached"]));
  await page.close();
});

test("a change repaints the cards that it concerns, in every tab, and no other", async () => {
  const tabs = [await openTab(), await openTab()];
  for (const tab of tabs) {
    await tab.click("#again");
    await tab.waitForFunction("document.querySelector('#hits').textContent === '7'");
  }
  await tabs[0].click(".card:has(h3:text-is('Ada')) button");
  for (const tab of tabs) {
    await tab.waitForFunction("[...document.querySelectorAll('h3')].some((title) => title.textContent === 'Emmy')");
    await tab.waitForFunction("document.querySelectorAll('.card[data-state=fetched]').length === 3");
    const fetched = (await cards(tab)).filter(({ state }) => state === "fetched");
    assert.deepEqual(fetched, [
      { title: "Emmy", text: "mathematician", state: "fetched" },
      { title: "Analytical engine", text: "Emmy, Grace", state: "fetched" },
      { title: "Frequency hopping", text: "Hedy, Emmy", state: "fetched" },
    ]);
    assert.equal((await figures(tab)).requests, "10");
    assert.equal(await tab.textContent("#said"), "person 1 changed: 3 calls dropped, 4 kept");
  }
  await looksAsItDid(tabs[1]);
});

/** @param {import("playwright-core").Page} page */
async function looksAsItDid(page) {
  // How long it took is different each time.
  await page.evaluate(`for (const note of document.querySelectorAll("small"))
    note.textContent = note.textContent.replace(/\\d+ ms/, "301 ms")`);
  const shot = await page.screenshot();
  mkdirSync(join(root, "target"), { recursive: true });
  writeFileSync(join(root, "target/browser.png"), shot);
  assert.ok(existsSync(picture), "there is no picture to compare with: look at target/browser.png and keep it");
  const pictures = [readFileSync(picture), shot].map((png) => png.toString("base64"));
  const difference = await page.evaluate(compare, pictures);
  assert.ok(difference < TOLERANCE, `${difference}: compare target/browser.png with tests/examples/browser.png`);
}
