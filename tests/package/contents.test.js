import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { before, test } from "node:test";
import { install, manifest, root } from "./install.js";

let folder = "";
/** @type {string[]} */
let files = [];

before(() => {
  folder = join(install(), "node_modules/cacheref");
  files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    statSync(join(folder, file)).isFile(),
  );
});

/** @param {string} file */
const read = (file) => readFileSync(join(folder, file), "utf8");

test("the tarball holds the library, its documents and nothing else", () => {
  const outside = files.filter((file) => !/^(js|dist)\//.test(file)).sort();
  assert.deepEqual(outside, ["CHANGELOG.md", "LICENSE", "README.md", "THIRD-PARTY.md", "package.json"]);
  const kinds = files.filter((file) => file.startsWith("js/") && !/^[\w./-]+(\.js|\.d\.ts|\.wasm)$/.test(file));
  assert.deepEqual(kinds, []);
  const made = files.filter(
    (file) => file.startsWith("dist/") && !/^dist\/[\w-]+(\.c?js(\.map)?|\.d\.c?ts)$/.test(file),
  );
  assert.deepEqual(made, []);
  const core = files.filter((file) => file.startsWith("js/core/")).sort();
  assert.deepEqual(core, [
    ...["js/core/cacheref.wasm", "js/core/glue.js", "js/core/inline.js"],
    ...["js/core/memory/glue.js", "js/core/memory/inline.js"],
  ]);
});

test("what ships is the source, line for line", () => {
  const written = files.filter((file) => file.startsWith("js/") && !file.startsWith("js/core/"));
  for (const file of written) assert.equal(read(file), readFileSync(join(root, file), "utf8"), file);
});

test("the manifest has no dependencies and runs nothing when installed", () => {
  const shipped = JSON.parse(read("package.json"));
  assert.deepEqual(shipped, manifest);
  for (const field of ["dependencies", "optionalDependencies", "bundleDependencies", "scripts"]) {
    assert.equal(shipped[field], undefined, field);
  }
  for (const peer of Object.keys(shipped.peerDependencies)) {
    assert.equal(shipped.peerDependenciesMeta[peer].optional, true, `${peer} is for those who want it`);
  }
});

test("the licences of all crates in the module are there", () => {
  const text = read("THIRD-PARTY.md");
  for (const crate of ["hashbrown", "memchr", "sha2", "wasm-bindgen"]) {
    assert.match(text, new RegExp(`^## .*\\b${crate} \\d`, "m"));
  }
  assert.ok(!text.includes("cargo/registry"), "no folder of the machine that built it");
});

test("every relative import leads to a file of the package", () => {
  let count = 0;
  for (const file of files.filter((name) => name.startsWith("js/") && name.endsWith(".js"))) {
    for (const [, specifier] of read(file).matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)) {
      assert.ok(existsSync(join(folder, dirname(file), specifier)), `${file} imports ${specifier}`);
      count += 1;
    }
  }
  assert.ok(count > 10);
});

test("only the entries that read a file ask where they are, so that no bundler follows a path it cannot resolve", () => {
  const asking = files.filter((file) => file.endsWith(".js") && read(file).includes("import.meta"));
  assert.deepEqual(asking.sort(), [
    ...["dist/node.js", "dist/slim.js"],
    ...["js/cli/main.js", "js/entries/node.js", "js/entries/slim.js"],
  ]);
});

test("the inlined module is the module", async () => {
  const { bytes } = await import(join(folder, "js/core/inline.js"));
  assert.ok(Buffer.from(bytes()).equals(readFileSync(join(folder, "js/core/cacheref.wasm"))));
});

test("the inlined module is ASCII without quotes, so that neither a charset nor a minifier can change it", () => {
  assert.match(read("js/core/inline.js"), /^[\n\x20-\x7e]*$/);
  assert.ok(/^const text = "[^"\\$`<]{100000,}";$/m.test(read("js/core/inline.js")));
});

test("each file of dist is one file: it loads nothing of ours but the module", () => {
  for (const file of files.filter((name) => /^dist\/.*\.c?js$/.test(name))) {
    const statements = /(?:^|;)(?:import|export)[^"';`]*?from ?"([^"]+)"|(?<![.\w])require\("([^"]+)"\)/gm;
    const loaded = [...read(file).matchAll(statements)].map(([, imported, required]) => imported ?? required);
    const others = loaded.filter(
      (name) => !/^node:|^devalue$|^react$|^\.\.\/js\/core\/cacheref\.wasm(\?module)?$/.test(name),
    );
    assert.deepEqual(others, [], file);
  }
});

test("the source maps of dist lead to the readable sources, which are there", () => {
  const maps = files.filter((name) => name.endsWith(".map"));
  assert.deepEqual(
    maps.map((name) => name.replace(/\.map$/, "")).sort(),
    files.filter((name) => /^dist\/.*\.c?js$/.test(name)).sort(),
  );
  for (const file of maps) {
    const { sources } = JSON.parse(read(file));
    assert.ok(sources.length > 0, file);
    for (const source of sources) assert.ok(existsSync(join(folder, "dist", source)), `${file}: ${source}`);
  }
});

test("the module is a release build, and names no folder of the machine that built it", () => {
  const wasm = readFileSync(join(folder, "js/core/cacheref.wasm"));
  const exported = WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(({ name }) => name);
  assert.ok(!exported.includes("provokePanic"), "built with the feature `debug`");
  for (const path of [`${homedir()}/`, root, "/.cargo/", "/registry/src/"]) {
    for (const file of files)
      assert.ok(!readFileSync(join(folder, file)).includes(path), `${relative(folder, file)} has ${path}`);
  }
});
