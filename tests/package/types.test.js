// The types in the ways in which TypeScript looks for them. What the types say is tested in tests/types.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { before, test } from "node:test";
import { install, root, write } from "./install.js";

let folder = "";
before(() => {
  folder = install();
});

const CONSUMER = `
const getUser = cache("user")(async (id: number) => ({ id, name: "Ada" }));
export const name: Promise<string> = getUser(42).then((user) => user.name);
// @ts-expect-error: the id is a number
getUser("42");
export const own: EntityCache = new EntityCache({ ttl: "5m" });
`;

/**
 * @param {string} file
 * @param {string} source
 * @param {string} module
 * @param {string} moduleResolution
 */
function check(file, source, module, moduleResolution) {
  const options = {
    strict: true,
    noEmit: true,
    target: "es2022",
    lib: ["es2022"],
    types: [],
    module,
    moduleResolution,
  };
  write(folder, file, source);
  const config = write(folder, "tsconfig.json", JSON.stringify({ compilerOptions: options, files: [file] }));
  const { stdout } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", config], { encoding: "utf8" });
  assert.equal(stdout, "");
}

for (const [module, resolution] of [
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
  ["preserve", "bundler"],
]) {
  test(`an ES module finds the types of every subpath: ${module}, ${resolution}`, () => {
    const source = `
      import { cache, EntityCache } from "cacheref";
      import { init } from "cacheref/slim";
      import * as testing from "cacheref/testing";
      export const parts: [Promise<void>, object] = [init(), testing];
      ${CONSUMER}`;
    check("consumer.mts", source, module, resolution);
  });
}

for (const module of ["node16", "node18", "nodenext"]) {
  test(`a CommonJS module finds them too: ${module}`, () => {
    const source = `
      import { cache, EntityCache } from "cacheref";
      import { init } from "cacheref/slim";
      import testing = require("cacheref/testing");
      export const parts: [Promise<void>, object] = [init(), testing];
      ${CONSUMER}`;
    check("consumer.cts", source, module, module === "nodenext" ? "nodenext" : "node16");
  });
}

test("what an ES module makes a CommonJS module may take", () => {
  write(
    folder,
    "maker.mts",
    'import { cache } from "cacheref"; export const getUser = cache("user")(async (id: number) => id);',
  );
  const source = `
    import type { Cached, EntityCache } from "cacheref";
    export type Made = typeof import("./maker.mjs", { with: { "resolution-mode": "import" } }).getUser;
    export declare const made: Made;
    export const taken: Cached<(id: number) => Promise<number>> = made;
    export declare const theirs: import("cacheref", { with: { "resolution-mode": "import" } }).EntityCache;
    export const own: EntityCache = theirs;`;
  check("taker.cts", source, "nodenext", "nodenext");
});
