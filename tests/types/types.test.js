// What the types say, asked of the oldest and the newest compilers, by every way of finding modules. The package is the
// packed one; the clients are real.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { install, root, write } from "../package/install.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const require = createRequire(import.meta.url);

const COMPILERS = ["typescript", "typescript-5.9", "typescript-5.0"].map((name) => {
  const manifest = require.resolve(`${name}/package.json`);
  return { version: require(manifest).version, program: join(manifest, "../bin/tsc") };
});
const RESOLUTIONS = [
  { module: "node16", moduleResolution: "node16" },
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
];

let folder = "";
before(() => {
  folder = install();
  write(folder, "package.json", '{ "private": true, "type": "module" }');
  for (const file of ["api.ts", "sync.ts", "legacy.ts", "misuse.ts", "clients.ts"])
    copyFileSync(join(here, file), join(folder, file));
  symlinkSync(join(root, "tests/node_modules/expect-type"), join(folder, "node_modules/expect-type"));
});

/**
 * What the compiler has to say.
 * @param {string} program
 * @param {string[]} files
 * @param {object} options
 */
function check(program, files, options) {
  const compilerOptions = { strict: true, noEmit: true, target: "es2022", lib: ["es2022"], types: [], ...options };
  const config = write(folder, "tsconfig.json", JSON.stringify({ compilerOptions, files }));
  return spawnSync(process.execPath, [program, "-p", config], { encoding: "utf8" }).stdout;
}

for (const { version, program } of COMPILERS) {
  for (const resolution of RESOLUTIONS) {
    test(`TypeScript ${version}, ${resolution.moduleResolution}: right uses compile, wrong ones do not, without DOM`, () => {
      assert.equal(check(program, ["api.ts", "sync.ts", "misuse.ts"], resolution), "");
    });
  }
}

for (const { version, program } of COMPILERS) {
  for (const resolution of RESOLUTIONS) {
    test(`TypeScript ${version}, ${resolution.moduleResolution}: methods are decorated with experimentalDecorators`, () => {
      const options = { ...resolution, experimentalDecorators: true };
      assert.equal(check(program, ["legacy.ts"], options), "");
    });
  }
}

test("clients, namespaces and loggers fit with their own types", () => {
  for (const module of ["@cloudflare/workers-types", "@types/node", "@upstash/redis", "ioredis", "iovalkey", "redis"]) {
    const link = join(folder, "node_modules", module);
    const places = ["tests/node_modules", "node_modules"].map((place) => join(root, place, module));
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(places.find(existsSync) ?? places[0], link);
  }
  const options = { ...RESOLUTIONS[1], skipLibCheck: true, types: ["node"] };
  assert.equal(check(COMPILERS[0].program, ["clients.ts"], options), "");
});
