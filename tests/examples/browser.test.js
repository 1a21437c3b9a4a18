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
/** Of all brightness. Fonts differ from machine to machine, a missing part or colour is more. */
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
  person = await browser.newContext({ viewport: { width: 1200, height: 912 }, colorScheme: "light" });
});
after(async () => {
  await browser.close();
  server.kill();
});

/** A tab of the same person: tabs share their origin's channels. */
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
    "[...document.querySelectorAll('.part')].every((part) => /^(fetched|cached)$/.test(part.dataset.state))",
  );

/** @param {import("playwright-core").Page} page @param {string[]} ids of buttons */
async function click(page, ...ids) {
  for (const id of ids) {
    await page.click(`#${id}`);
    await settle(page);
  }
}

/** From now on, `changed` knows which parts were shown again. @param {import("playwright-core").Page} page */
const look = (page) =>
  page.evaluate("for (const part of document.querySelectorAll('.part')) part.lastElementChild.dataset.old = ''");

/** The parts that were shown again since `look`. @param {import("playwright-core").Page} page */
const changed = (page) =>
  page.$$eval(".part", (parts) =>
    parts.filter((part) => part.querySelector("footer[data-old]") === null).map(({ id }) => id),
  );

/** @param {import("playwright-core").Page} page */
const lastWrite = (page) =>
  page.$eval("#writes > li", (line) => [...line.children].map(({ textContent }) => textContent));

/** @param {import("playwright-core").Page} page */
const counts = async (page) => ({
  calls: await page.textContent("#count-calls"),
  hits: await page.textContent("#count-hits"),
  requests: await page.textContent("#count-requests"),
  entries: await page.textContent("#count-entries"),
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

test("what was shown before is shown at once, and asks nothing of the server", async () => {
  const page = await openTab();
  assert.deepEqual(await counts(page), { calls: "3", hits: "0", requests: "3", entries: "3" });
  await click(page, "list-project-2", "list-project-1");
  assert.equal(await page.getAttribute("#project", "data-state"), "cached");
  await page.click("#again");
  await page.waitForFunction("document.querySelectorAll('.part[data-state=cached]').length === 3");
  assert.deepEqual(await counts(page), { calls: "8", hits: "4", requests: "4", entries: "4" });
  await page.close();
});

test("a task that is ticked changes the parts that show it, and the panel has foretold it", async () => {
  const page = await openTab();
  await click(page, "list-project-2", "list-project-1", "details-person-2");
  await look(page);
  await page.hover("label:has(#task-3)");
  await page.waitForFunction("document.querySelector('#foretold').textContent !== ''");
  assert.equal(await page.textContent("#foretold"), "this change drops 2 of them");
  const concerned = await page.$$eval("#calls .concerned code", (all) => all.map(({ textContent }) => textContent));
  assert.deepEqual(concerned, ["listProjects()", "getProject(1)"]);
  await page.click("#task-3");
  await page.waitForFunction("document.querySelector('#list-project-1').textContent.includes('2 of 3 done')");
  await settle(page);
  assert.deepEqual(await changed(page), ["projects", "project"]);
  const [what, number, calls] = await lastWrite(page);
  assert.deepEqual([what, number], ["task 3 changed", "2 dropped, 3 kept"]);
  assert.deepEqual(calls?.split(" ").sort(), ["getProject(1)", "listProjects()"]);
  await page.close();
});

test("a new name changes the parts that show it, in every tab, and no other", async () => {
  const [tab, other] = [await openTab(), await openTab()];
  await click(tab, "list-project-2", "list-project-3", "list-project-1");
  await click(other, "list-project-2", "details-person-4");
  for (const page of [tab, other]) await look(page);
  await tab.fill("#name", "Emmy");
  await tab.press("#name", "Enter");
  for (const page of [tab, other]) {
    await page.waitForFunction("document.querySelector('#list-project-3').textContent.includes('Hedy, Emmy')");
    await settle(page);
  }
  assert.deepEqual(await changed(tab), ["projects", "project", "person"]);
  assert.deepEqual(await changed(other), ["projects"]);
  assert.equal(await tab.textContent("#person h3"), "Emmy");
  assert.equal(await tab.textContent("#details-person-1"), "EmEmmy");
  // What was dropped and is not on the screen waits until somebody opens it.
  const dropped = await tab.$$eval("#calls [data-state=dropped] code", (all) =>
    all.map(({ textContent }) => textContent),
  );
  assert.deepEqual(dropped, ["getProject(3)"]);
  assert.deepEqual((await lastWrite(tab)).slice(0, 2), ["person 1 changed", "4 dropped, 1 kept"]);
  assert.deepEqual((await lastWrite(other)).slice(0, 2), ["person 1 changed in another tab", "3 dropped, 2 kept"]);
  assert.equal(await tab.evaluate("document.activeElement.id"), "name", "the focus stays");
  await looksAsItDid(tab);
  await tab.close();
  await other.close();
});

test("on a phone nothing is wider than the screen, light and dark", async () => {
  const page = await openTab();
  await page.setViewportSize({ width: 360, height: 700 });
  const grounds = [];
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme });
    grounds.push(await page.evaluate("getComputedStyle(document.documentElement).backgroundColor"));
  }
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360);
  assert.deepEqual(grounds, ["rgb(245, 245, 242)", "rgb(17, 19, 22)"]);
  await page.close();
});

/** @param {import("playwright-core").Page} page */
async function looksAsItDid(page) {
  // How long it took is different each time, and a caret blinks.
  await page.evaluate(`document.activeElement.blur();
    for (const label of document.querySelectorAll("footer"))
      label.lastChild.data = label.lastChild.data.replace(/\\d+ ms/, "301 ms")`);
  const shot = await page.screenshot();
  mkdirSync(join(root, "target"), { recursive: true });
  writeFileSync(join(root, "target/browser.png"), shot);
  assert.ok(existsSync(picture), "there is no picture to compare with: look at target/browser.png and keep it");
  const pictures = [readFileSync(picture), shot].map((png) => png.toString("base64"));
  const difference = await page.evaluate(compare, pictures);
  assert.ok(difference < TOLERANCE, `${difference}: compare target/browser.png with tests/examples/browser.png`);
}
