import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { install, manifest, write } from "./install.js";

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

/** How a program may come by the package: each is another file, or another copy of one. */
const LOADS = {
  import: 'await import("cacheref")',
  require: 'createRequire(import.meta.url)("cacheref")',
  "the file of browsers": 'await import("./node_modules/cacheref/dist/index.js")',
  "the CommonJS file of browsers": 'createRequire(import.meta.url)("./node_modules/cacheref/dist/index.cjs")',
  "the sources, as bundles have them": 'await import("./node_modules/cacheref/js/entries/index.js")',
  "a second module of one file": 'await import("./node_modules/cacheref/dist/node.js?second")',
};

for (const [first, load] of Object.entries(LOADS)) {
  test(`there is one class, one cache and one state, whatever else is loaded after ${first}`, () => {
    const source = `
      import { createRequire } from "node:module";
      const first = ${load};
      const copies = [${Object.values(LOADS).join(", ")}];
      const differing = copies.flatMap((copy) => Object.keys(first).filter((name) => copy[name] !== first[name]));
      ${USE}
      const getUser = first.cache("user")(load);
      await getUser(7);
      const drops = [];
      for (const copy of copies) {
        drops.push(await copy.cache.invalidateEntity("user", 7));
        await getUser(7);
        drops.push(await copy.cache.invalidateFunction(getUser));
        await getUser(7);
      }
      const errors = copies.map(({ EntityCache }) => {
        try {
          new EntityCache({ ttl: -1 });
        } catch (error) {
          return error instanceof first.ConfigError;
        }
      });
      console.log(JSON.stringify({ differing, drops: [...new Set(drops)], errors: [...new Set(errors)], calls }));`;
    const { differing, drops, errors, calls } = run("same.mjs", source);
    assert.deepEqual({ differing, drops, errors }, { differing: [], drops: [1], errors: [true] });
    assert.equal(calls, 1 + 2 * Object.keys(LOADS).length);
  });
}

test("a tree with two copies of one version has one cache, and one with two versions has two", () => {
  const inner = join(folder, "node_modules/dependency/node_modules/cacheref");
  cpSync(join(folder, "node_modules/cacheref"), inner, { recursive: true });
  write(folder, "node_modules/dependency/package.json", '{ "name": "dependency", "main": "main.js" }');
  write(folder, "node_modules/dependency/main.js", 'module.exports = require("cacheref");');
  const source = `
    import * as own from "cacheref";
    import theirs from "dependency";
    console.log(JSON.stringify(own.cache === theirs.cache && own.ConfigError === theirs.ConfigError));`;
  assert.equal(run("tree.mjs", source), true);

  for (const file of ["node.cjs", "node.js"]) {
    const text = readFileSync(join(inner, "dist", file), "utf8");
    assert.ok(text.includes(`"${manifest.version}"`));
    writeFileSync(join(inner, "dist", file), text.replace(`"${manifest.version}"`, '"0.0.9"'));
  }
  assert.equal(run("tree.mjs", source), false);
});

test("the subpaths throw the errors of the main entry", () => {
  const source = `
    import { createRequire } from "node:module";
    import { ConfigError } from "cacheref";
    import { compressed } from "cacheref/compressed";
    const required = createRequire(import.meta.url)("cacheref/compressed").compressed;
    const are = [compressed, required].map((make) => {
      try {
        make({ minBytes: -1 });
      } catch (error) {
        return error instanceof ConfigError;
      }
    });
    console.log(JSON.stringify(are));`;
  assert.deepEqual(run("errors.mjs", source), [true, true]);
});

test("where globalThis is frozen each copy works by itself", () => {
  const source = `void [TextEncoder, TextDecoder]; Object.freeze(globalThis); const { cache } = await import("cacheref"); ${USE} await main({ cache });`;
  assert.deepEqual(run("frozen.mjs", source), { calls: 2, dropped: 1 });
});

test("every file that holds the API exports the same names", () => {
  const source = `
    import { createRequire } from "node:module";
    const files = ["dist/node.js", "dist/index.js", "dist/slim.js", "js/entries/node.js", "js/entries/index.js"];
    const modules = await Promise.all(files.map((file) => import("./node_modules/cacheref/" + file)));
    const require = createRequire(import.meta.url);
    for (const file of ["node.cjs", "index.cjs", "slim.cjs"]) modules.push(require("./node_modules/cacheref/dist/" + file));
    console.log(JSON.stringify(modules.map((module) => Object.keys(module).filter((name) => name !== "init").sort())));`;
  const documented = [
    ...[
      "CacheRefError",
      "ConfigError",
      "EntityCache",
      "MemoryBackend",
      "RedisBackend",
      "WorkersKVBackend",
      "cache",
      "identity",
    ],
  ];
  for (const names of run("names.mjs", source)) assert.deepEqual(names, documented);
});

for (const file of ["dist/index.js", "js/entries/index.js"]) {
  test(`${file} runs from anywhere, with the module inside`, () => {
    const source = `import { cache } from "./node_modules/cacheref/${file}"; ${USE} main({ cache });`;
    assert.deepEqual(run("browser.mjs", source), { calls: 2, dropped: 1 });
  });
}

test("a file of Node without its module says what to do, and a later call works once it is there", () => {
  const source = `
    import { cpSync, mkdirSync } from "node:fs";
    cpSync("node_modules/cacheref/dist/node.js", "lonely/dist/node.js");
    const { cache } = await import("./lonely/dist/node.js");
    const wrap = () => cache("user")(async function getUser(id) { return { id }; });
    let said = "";
    try {
      wrap();
    } catch (error) {
      said = error.message;
    }
    mkdirSync("lonely/js/core", { recursive: true });
    cpSync("node_modules/cacheref/js/core/cacheref.wasm", "lonely/js/core/cacheref.wasm");
    console.log(JSON.stringify({ said, user: await wrap()(1) }));`;
  const { said, user } = run("lonely.mjs", source);
  assert.match(said, /the module could not be read from file:.*lonely.*bundler.*"module"/);
  assert.doesNotMatch(said, /Content-Security-Policy/);
  assert.deepEqual(user, { id: 1 });
});

test("slim takes a module of another realm, and its own by require", () => {
  const source = `
    const { readFileSync } = require("node:fs");
    const { runInNewContext } = require("node:vm");
    const { cache, init } = require("cacheref/slim");
    ${USE}
    const bytes = readFileSync(require.resolve("cacheref/cacheref.wasm"));
    const foreign = runInNewContext("new WebAssembly.Module(bytes)", { bytes });
    if (foreign instanceof WebAssembly.Module) throw new Error("it is of this realm");
    init(foreign).then(() => main({ cache }));`;
  assert.deepEqual(run("realm.cjs", source), { calls: 2, dropped: 1 });
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
    createRequire(import.meta.url)("cacheref");
    console.log(JSON.stringify({ compiled }));`;
  assert.deepEqual(run("idle.mjs", `import { createRequire } from "node:module"; ${source}`), { compiled: 0 });
});
