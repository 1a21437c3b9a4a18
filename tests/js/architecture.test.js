// The layers of js/: a module imports only from layers below its own, and nothing from outside of the package.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../js/", import.meta.url));

/** From the top down. A name that ends in "/" stands for a folder, within which modules may import each other. */
const LAYERS = [
  ["cli.js"],
  ["cli/"],
  ["index.js", "index.node.js", "index.workerd.js", "index.slim.js", "testing.js", "compressed.js", "rich.js"],
  ["entry.js"],
  ["cache.js", "testing/"],
  ["invalidates.js", "local.js", "remote.js", "many.js", "broadcast.js"],
  ["definition.js", "call.js", "calls.js", "lookup.js", "flight.js"],
  ["run.js", "concerns.js", "names.js", "parameters.js", "guard.js", "pending.js", "backends/detect.js"],
  ["entities.js", "backends/memory.js"],
  ["core.js"],
  ["arguments.js"],
  ["protocol/", "walk.js", "exotic.js", "context.js", "options.js", "target.js"],
  ["backends/", "events.js", "words.js", "shape.js", "text.js"],
  ["logger.js", "nearest.js", "time-limit.js"],
  ["errors.js"],
];

/** What comes from outside of js/, and who may import it. */
const OUTSIDE = {
  "node:fs": ["index.node.js"],
  "core/glue.js": ["core.js"],
  "core/inline.js": ["index.js"],
  "core/cacheref.wasm": ["index.workerd.js"],
  devalue: ["rich.js"],
};

/** The command line runs in Node and nowhere else. */
const isNodeOnly = (/** @type {string} */ module) => module.startsWith("cli");

const modules = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".js") && !file.startsWith("core/"),
);

/** @param {string} module */
function layerOf(module) {
  const exact = LAYERS.findIndex((layer) => layer.includes(module));
  return exact >= 0 ? exact : LAYERS.findIndex((layer) => layer.includes(`${dirname(module)}/`));
}

/** @param {string} module */
function importsOf(module) {
  // Only statements: an example in a comment is indented or starts with an asterisk.
  const statements = readFileSync(join(root, module), "utf8").matchAll(
    /^(?:import|export)\b[^;"]*?from "([^"]+)";|^import "([^"]+)";/gm,
  );
  return [...statements].map(([, from, bare]) => {
    const specifier = from ?? bare;
    return specifier.startsWith(".") ? join(dirname(module), specifier) : specifier;
  });
}

test("every module has a layer, and every name in the layers stands for a module", () => {
  assert.deepEqual(
    modules.filter((module) => layerOf(module) < 0),
    [],
  );
  const stale = LAYERS.flat().filter(
    (name) => !modules.some((module) => module === name || (name.endsWith("/") && module.startsWith(name))),
  );
  assert.deepEqual(stale, []);
});

for (const module of modules) {
  test(`${module} imports only what is below it`, () => {
    for (const imported of importsOf(module)) {
      if (isNodeOnly(module) && imported.startsWith("node:")) continue;
      if (imported in OUTSIDE) {
        assert.ok(OUTSIDE[imported].includes(module), `${module} may not import ${imported}`);
        continue;
      }
      assert.ok(modules.includes(imported), `${module} imports ${imported}, which is no module of ours`);
      const isSibling = dirname(imported) !== "." && dirname(imported) === dirname(module);
      assert.ok(
        isSibling || layerOf(imported) > layerOf(module),
        `${module} (layer ${layerOf(module)}) imports ${imported} (layer ${layerOf(imported)})`,
      );
    }
  });
}

test("no module awaits at its top level, since that would break require()", () => {
  for (const module of modules) {
    assert.doesNotMatch(readFileSync(join(root, module), "utf8"), /^(?:(?:const|let|var) .*= )?await /m, module);
  }
});
