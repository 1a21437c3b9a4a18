// The documents leave nothing out: what the code knows by name, they name.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BaseCache } from "../../js/cache/cache.js";
import { readCacheOptions, readFunctionOptions, readInvalidatesOptions } from "../../js/cache/options.js";
import { serverChecks } from "../../js/cache/server-options.js";
import { EVENT_NAMES } from "../../js/messages/events.js";
import { manifest, root } from "../package/install.js";

/** @param {string} file */
const read = (file) => readFileSync(join(root, file), "utf8");
const pages = ["README.md", "docs/api.md", "docs/guide.md"].map(read).join("\n");

/**
 * The option names that the code knows, as it tells them to who gives another.
 * @param {() => unknown} read
 */
function known(read) {
  try {
    read();
  } catch (error) {
    return error.message.split("it has ")[1].split(", ");
  }
  return assert.fail("the unknown option was not refused");
}

const unknown = { zzzzzzzzzzzzzzzz: 1 };
const names = {
  "options of a cache": known(() => readCacheOptions(unknown, serverChecks)),
  "options of a function": known(() => readFunctionOptions({}, undefined, unknown)),
  "options of a write": known(() => readInvalidatesOptions("user", unknown)),
  events: EVENT_NAMES,
  methods: Object.getOwnPropertyNames(BaseCache.prototype).filter((name) => name !== "constructor"),
  subpaths: Object.keys(manifest.exports)
    .filter((path) => /^\.\/\w+$/.test(path))
    .map((path) => path.replace(".", "cacheref")),
};

test("the comparison is with the versions that are measured", () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, "bench/package.json"), "utf8"));
  const compared = read("docs/compared.md");
  const versions = [...compared.matchAll(/(TanStack Query|[\w-]+) (\d+\.\d+\.\d+)/g)];
  const { dependencies: ofNext } = JSON.parse(read("bench/facts/next/package.json"));
  const packages = {
    cachified: "@epic-web/cachified",
    "TanStack Query": "@tanstack/query-core",
    "node-redis": "redis",
    Drizzle: "drizzle-orm",
    Next: "next",
  };
  for (const [, name, version] of versions)
    assert.equal({ ...dependencies, ...ofNext }[packages[name] ?? name], version, name);
  assert.equal(versions.length, 13);
});

test("the sizes that the documents name are those of tests/package/size.json, within 5 %", () => {
  const sizes = JSON.parse(read("tests/package/size.json"));
  const known = ["cacheref", "cacheref/memory"].map((name) => sizes[`${name}, minified, the module included`].brotli);
  for (const document of ["README.md", "pkg-template/README.md", "docs/browser.md"]) {
    const lines = read(document)
      .split("\n")
      .filter((line) => line.includes("brotli"));
    const named = Array.from(lines.join("\n").matchAll(/(\d+) KB/g), ([, kilobytes]) => Number(kilobytes) * 1000);
    assert.ok(named.length > 0, document);
    for (const bytes of named) {
      const isNear = known.some((size) => Math.abs(bytes - size) <= 0.05 * size);
      assert.ok(isNear, `${document}: ${bytes} bytes, but size.json has ${known.join(" and ")}`);
    }
  }
});

for (const [kind, list] of Object.entries(names)) {
  test(`README, guide or API page names all ${kind}`, () => {
    const missing = list.filter((name) => !new RegExp(`[\`"{.( ]${name}[\`",:;}( ]`).test(pages));
    assert.deepEqual(missing, []);
    assert.ok(list.length > 2);
  });
}
