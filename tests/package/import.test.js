import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { before, test } from "node:test";
import { install, write } from "./install.js";

let folder = "";
before(() => {
  folder = install();
});

const USE = `
async function load(id) { calls += 1; return { id, name: "Ada" }; }
let calls = 0;
async function main({ cache }) {
  const getUser = cache("user")(load);
  await getUser(42);
  await getUser(42);
  const dropped = await cache.invalidateEntity("user", 42);
  await getUser(42);
  console.log(JSON.stringify({ calls, dropped }));
}
`;

/**
 * @param {string} name
 * @param {string} source
 */
function run(name, source) {
  return JSON.parse(execFileSync(process.execPath, [write(folder, name, source)], { cwd: folder, encoding: "utf8" }));
}

test("import gives a cache that works at once", () => {
  assert.deepEqual(run("a.mjs", `import { cache } from "cacheref"; ${USE} main({ cache });`), { calls: 2, dropped: 1 });
});

test("require gives a cache that works at once", () => {
  assert.deepEqual(run("a.cjs", `${USE} main(require("cacheref"));`), { calls: 2, dropped: 1 });
});

test("import and require give one and the same class and cache", () => {
  const source = `
    import { createRequire } from "node:module";
    import * as imported from "cacheref";
    const required = createRequire(import.meta.url)("cacheref");
    console.log(JSON.stringify(Object.keys(imported).filter((name) => imported[name] !== required[name])));`;
  assert.deepEqual(run("same.mjs", source), []);
});

test("Node's and the browser's entry export the same names", () => {
  const source = `
    const files = ["index.node.js", "index.js"].map((file) => "./node_modules/cacheref/js/" + file);
    const modules = await Promise.all(files.map((file) => import(file)));
    console.log(JSON.stringify(modules.map((module) => Object.keys(module).sort())));`;
  const [node, browser] = run("names.mjs", source);
  assert.deepEqual(node, browser);
  const documented = [
    ...["cache", "EntityCache", "MemoryBackend", "RedisBackend", "WorkersKVBackend"],
    ...["CacheRefError", "ConfigError"],
  ];
  for (const name of documented) assert.ok(node.includes(name), name);
});

test("the browser's entry runs from any file, with the module inside", () => {
  const source = `import { cache } from "./node_modules/cacheref/js/index.js"; ${USE} main({ cache });`;
  assert.deepEqual(run("browser.mjs", source), { calls: 2, dropped: 1 });
});

test("slim loads the module that it is given, by the package's own subpath", () => {
  const source = `
    import { readFileSync } from "node:fs";
    import { createRequire } from "node:module";
    import { cache, init } from "cacheref/slim";
    ${USE}
    await init(readFileSync(createRequire(import.meta.url).resolve("cacheref/cacheref.wasm")));
    await main({ cache });`;
  assert.deepEqual(run("slim.mjs", source), { calls: 2, dropped: 1 });
});

test("the manifest and the testing helpers can be imported", () => {
  const source = `
    import { createRequire } from "node:module";
    import * as testing from "cacheref/testing";
    const { name } = createRequire(import.meta.url)("cacheref/package.json");
    console.log(JSON.stringify({ name, helpers: Object.keys(testing).length > 0 }));`;
  assert.deepEqual(run("testing.mjs", source), { name: "cacheref", helpers: true });
});

test("a file that is not exported cannot be reached", () => {
  const source = `
    const code = await import("cacheref/js/boundary/core.js").catch((error) => error.code);
    console.log(JSON.stringify(code));`;
  assert.equal(run("private.mjs", source), "ERR_PACKAGE_PATH_NOT_EXPORTED");
});

test("importing it and not using it keeps no process alive and compiles nothing", () => {
  const source = `
    let compiled = 0;
    WebAssembly.Module = class extends WebAssembly.Module { constructor(bytes) { super(bytes); compiled += 1; } };
    await import("cacheref");
    console.log(JSON.stringify({ compiled }));`;
  assert.deepEqual(run("idle.mjs", source), { compiled: 0 });
});
