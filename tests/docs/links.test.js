// Links between the documents, and the rules that tests and comments cite by number.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readFiles } from "../helpers/markdown.js";
import { trackedFiles } from "../helpers/tracked-files.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** @param {string} file */
const read = (file) => readFileSync(join(root, file), "utf8");
/** Code in a document is no link and no heading. @param {string} text */
const proseOf = (text) =>
  text.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, (code) => "x".repeat(code.length));

/**
 * The links of a document that lead nowhere, with their lines.
 * @param {string} document
 * @param {string} text
 */
function brokenIn(document, text) {
  return text.split("\n").flatMap((line, index) =>
    Array.from(line.matchAll(/\]\((?![a-z]+:)([^)\s]*)\)/g), ([, target]) => target)
      .filter((target) => !leadsSomewhere(document, target))
      .map((target) => `${document}:${index + 1} links to ${target}`),
  );
}

/**
 * @param {string} document
 * @param {string} target
 */
function leadsSomewhere(document, target) {
  const [path, anchor] = target.split("#");
  const file = path === "" ? document : join(dirname(document), decodeURI(path));
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(read(file)).includes(anchor);
}

/**
 * What GitHub makes of the headings, and the anchors that are set by hand.
 * @param {string} text
 */
function anchorsOf(text) {
  const headings = Array.from(text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm), ([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
  return [...headings, ...Array.from(text.matchAll(/<a id="([\w-]+)">/g), ([, id]) => id)];
}

const documents = trackedFiles("*.md").filter((file) => !file.endsWith(".template.md"));

test("every relative link in a document leads to a file, and to a heading of it", () => {
  assert.ok(documents.includes("README.md") && documents.includes("docs/rules.md"));
  assert.deepEqual(
    documents.flatMap((document) => brokenIn(document, proseOf(read(document)))),
    [],
  );
});

test("links of the package's README to the repository lead to a file of it", () => {
  const base = "https://github.com/cacheref/cacheref-js/blob/main/";
  const links = Array.from(read("pkg-template/README.md").matchAll(/\]\((https:[^)#]*)/g), ([, link]) => link);
  const paths = links.filter((link) => link.startsWith(base)).map((link) => link.slice(base.length));
  assert.ok(paths.length > 3);
  for (const path of paths) assert.ok(existsSync(join(root, path)), path);
});

test("the badges of the README say what the manifest says, in text and in picture", () => {
  const { license, engines, dependencies = {} } = JSON.parse(read("pkg-template/package.json"));
  const badges = Array.from(read("README.md").matchAll(/\[!\[(\w+: [^\]]*)\]\(([^)]*)\)/g), ([, text, file]) => ({
    text,
    file,
  }));
  assert.deepEqual(
    badges.map(({ text }) => text),
    [
      `license: ${license}`,
      `node: ${engines.node.slice(2)} or later`,
      `dependencies: ${Object.keys(dependencies).length || "none"}`,
      "types: included",
    ],
  );
  for (const { text, file } of badges) {
    const picture = read(file);
    assert.ok(picture.includes(`aria-label="${text}"`), file);
    const [label, value] = text.split(": ");
    assert.ok(picture.includes(`>${label}</text>`) && picture.includes(`>${value}</text>`), file);
  }
});

test("a broken link is reported with its document and line", () => {
  assert.deepEqual(brokenIn("docs/rules.md", "\n[a](nowhere.md) [b](../README.md#nothing) [c](../README.md#license)"), [
    "docs/rules.md:2 links to nowhere.md",
    "docs/rules.md:2 links to ../README.md#nothing",
  ]);
});

test("the README's first screen links every page of docs/with, and their code names its files", () => {
  const pages = trackedFiles("docs/with/*.md");
  const [firstScreen] = read("README.md").split("\n## ");
  assert.ok(pages.length > 5);
  for (const page of pages) {
    assert.ok(firstScreen.includes(`](${page})`), page);
    // tests/frameworks runs these files.
    assert.ok(Object.keys(readFiles(read(page))).length > 0, page);
  }
});

test("code that names no file, or one that is taken, is refused", () => {
  const block = (/** @type {string} */ first) => `\`\`\`js\n${first}\n\`\`\`\n`;
  assert.deepEqual(readFiles(block("// a.js")), { "a.js": "// a.js\n" });
  assert.throws(() => readFiles(block("run();")), /the block of line 2 does not name its file/);
  assert.throws(() => readFiles(block("// a.js").repeat(2)), /the block of line 5 names a second a\.js/);
});

test("every rule has an anchor of its own, in order", () => {
  const rules = Array.from(read("docs/rules.md").matchAll(/^- <a id="(\w+)"><\/a>\*\*(\w+)\*\* /gm));
  assert.ok(rules.length > 30);
  for (const [, anchor, number] of rules) assert.equal(anchor, number.toLowerCase());
  const numbers = rules.map(([, , number]) => number);
  for (const number of numbers) {
    const [letter, count] = [number[0], Number(number.slice(1))];
    if (count > 1) assert.equal(numbers[numbers.indexOf(number) - 1], `${letter}${count - 1}`);
  }
});

test("every rule that the title of a test cites exists", () => {
  const rules = anchorsOf(read("docs/rules.md"));
  const cited = trackedFiles("tests/*.test.js").flatMap((file) =>
    Array.from(read(file).matchAll(/\btest\(\s*["`]((?:[CKEITRLN]\d+(?:, )?)+): /g), ([, numbers]) => ({
      file,
      numbers,
    })),
  );
  assert.ok(cited.length > 10);
  for (const { file, numbers } of cited)
    for (const number of numbers.split(", "))
      assert.ok(rules.includes(number.toLowerCase()), `${file} cites ${number}`);
});
