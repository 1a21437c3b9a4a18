// The rule of imports: which folder of js/ may name which. Values and types count alike, because a reader follows both.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../js/", import.meta.url));

/** From the top down: a folder, and the folders that its files may import. The files of one folder may import each other. */
const FOLDERS = {
  cli: ["entries", "remote", "remote/connections", "remote/protocol", "messages"],
  entries: ["cache", "backends", "memory", "testing", "react", "keys", "boundary", "messages"],
  testing: ["remote/connections"],
  react: ["messages"],
  backends: [
    "near",
    "memory",
    "remote",
    "remote/connections",
    "remote/protocol",
    "functions",
    "keys",
    "boundary",
    "messages",
  ],
  cache: ["functions", "entities", "boundary", "messages"],
  near: ["memory", "remote", "remote/protocol", "remote/connections", "functions", "entities", "boundary", "messages"],
  memory: ["functions", "entities", "boundary", "messages"],
  remote: ["remote/protocol", "remote/connections", "functions", "entities", "boundary", "messages"],
  "remote/protocol": ["remote/connections", "functions", "entities", "boundary", "messages"],
  "remote/connections": ["boundary", "messages"],
  functions: ["keys", "entities", "boundary", "messages"],
  keys: ["boundary", "messages"],
  entities: ["boundary", "messages"],
  boundary: ["messages"],
  messages: [],
};

/** What comes from outside of js/, or is generated, and who may import it. */
const OUTSIDE = {
  "node:fs": ["entries/node.js"],
  "core/glue.js": [
    "boundary/core.js",
    ...["edge-light", "index", "node", "slim", "workerd"].map((entry) => `entries/${entry}.js`),
  ],
  "core/inline.js": ["entries/index.js"],
  "core/cacheref.wasm": ["entries/edge-light.js", "entries/workerd.js"],
  "cloudflare:workers": ["entries/wait-until.js"],
  "core/memory/glue.js": ["entries/memory.js"],
  "core/memory/inline.js": ["entries/memory.js"],
  devalue: ["entries/rich.js"],
  react: ["react/hooks.js"],
};

const modules = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".js") && !file.startsWith("core/"),
);

/**
 * What a module imports, with the line: statements, and types that JSDoc names by `import("…")`.
 * @param {string} module
 * @param {string} source
 */
function importsOf(module, source) {
  // A statement begins its line: an example in a comment is indented or starts with an asterisk.
  const patterns = [
    /^(?:import|export)\b[^;"]*?from "([^"]+)";/gm,
    /^import "([^"]+)";/gm,
    /\bimport\((?:\/\*[^*]*\*\/ )*"([^"]+)"\)/g,
  ];
  return patterns.flatMap((pattern) =>
    Array.from(source.matchAll(pattern), (found) => ({
      name: found[1].startsWith(".") ? join(dirname(module), found[1]) : found[1],
      line: source.slice(0, found.index + found[0].indexOf(found[1])).split("\n").length,
    })),
  );
}

/**
 * What a module imports and may not, each as one line.
 * @param {string} module
 * @param {string} source
 */
function forbiddenIn(module, source) {
  const folder = dirname(module);
  const mayName = FOLDERS[folder] ?? [];
  return importsOf(module, source).flatMap(({ name, line }) => {
    const at = `js/${module}:${line} imports ${name}`;
    // The command line runs in Node and nowhere else.
    if (folder === "cli" && name.startsWith("node:")) return [];
    if (name in OUTSIDE) return OUTSIDE[name].includes(module) ? [] : [`${at}, which only ${OUTSIDE[name]} may`];
    if (!modules.includes(name)) return [`${at}, which is no module of ours`];
    const target = dirname(name);
    if (target === folder || mayName.includes(target)) return [];
    return [`${at}: ${folder}/ may name ${mayName.map((other) => `${other}/`).join(", ") || "no other folder"}`];
  });
}

/** @param {string} module */
const read = (module) => readFileSync(join(root, module), "utf8");

test("every module stands in a folder of the plan, and every folder has more than one", () => {
  const count = Object.fromEntries(Object.keys(FOLDERS).map((folder) => [folder, 0]));
  for (const module of modules) {
    assert.ok(dirname(module) in count, `js/${module} is in no folder of the plan`);
    count[dirname(module)] += 1;
  }
  assert.deepEqual(
    Object.keys(count).filter((folder) => count[folder] < 2),
    [],
  );
});

test("folders only point down: no folder names one that stands above it", () => {
  const names = Object.keys(FOLDERS);
  for (const [folder, others] of Object.entries(FOLDERS))
    for (const other of others)
      assert.ok(names.indexOf(other) > names.indexOf(folder), `${folder}/ stands below ${other}/ in the plan`);
});

test("every import, of a value or of a type, keeps to the rule", () => {
  assert.deepEqual(
    modules.flatMap((module) => forbiddenIn(module, read(module))),
    [],
  );
});

test("a forbidden import is told with its file and its line", () => {
  const value = 'import { wrap } from "../cache/wrap.js";\n';
  const type = '// @ts-check\n/** @typedef {import("../remote/store.js").RemoteStore} RemoteStore */\n';
  assert.deepEqual(forbiddenIn("memory/store.js", value), [
    "js/memory/store.js:1 imports cache/wrap.js: memory/ may name functions/, entities/, boundary/, messages/",
  ]);
  assert.deepEqual(forbiddenIn("memory/store.js", type), [
    "js/memory/store.js:2 imports remote/store.js: memory/ may name functions/, entities/, boundary/, messages/",
  ]);
  assert.match(forbiddenIn("messages/errors.js", 'import "lodash";\n')[0], /no module of ours/);
  assert.match(
    forbiddenIn("messages/errors.js", 'import { x } from "node:fs";\n')[0],
    /which only entries\/node.js may/,
  );
});

test("no module awaits at its top level, since that would break require()", () => {
  for (const module of modules) {
    assert.doesNotMatch(read(module), /^(?:(?:const|let|var) .*= )?await /m, module);
  }
});

test("no module of js/ has more than 400 lines of code", () => {
  const codeOf = (/** @type {string} */ source) =>
    source.split("\n").filter((line) => !/^\s*(?:\/\/|\/?\*|$)/.test(line)).length;
  assert.deepEqual(
    modules.filter((module) => codeOf(read(module)) > 400),
    [],
  );
});

test("only memory/slots.js calls the exports store… of the core", () => {
  const callers = modules.filter((module) =>
    /exports\.store[A-Z]|\bstore[A-Z]\w*\b[^;]*\} = .*exports/.test(read(module)),
  );
  assert.deepEqual(callers, ["memory/slots.js"]);
});
