/** Jest: CommonJS, ES modules, TypeScript by ts-jest, and jsdom. */
import { makeProject, run, USE } from "../project.js";

const BODY = `
test("it caches and drops", async () => {
  const main = async () => {${USE}};
  expect(await main()).toEqual({ runs: 2, dropped: 1 });
});
`;
const RESET = `
test("there is one class and one cache after the registry of modules was emptied", () => {
  const first = require("cacheref");
  jest.resetModules();
  const second = require("cacheref");
  expect(second).not.toBe(first);
  expect(second.cache).toBe(first.cache);
  expect(second.EntityCache).toBe(first.EntityCache);
  let isOther = true;
  jest.isolateModules(() => { isOther = require("cacheref").cache !== first.cache; });
  expect(isOther).toBe(false);
});
`;
const COMMONJS = `const { cache } = require("cacheref");\n${BODY}${RESET}`;
const MODULE = `import { createRequire } from "node:module";
import { cache } from "cacheref";
${BODY}
test("what require gives is the same", () => {
  expect(createRequire(import.meta.url)("cacheref").cache).toBe(cache);
});
`;
const TYPESCRIPT = `import { cache } from "cacheref";
declare const test: any, expect: any;
${BODY.replace("(id)", "(id: number)")}`;

/**
 * @param {string} what
 * @param {Record<string, string | object>} files
 * @param {object} config
 * @param {Record<string, string>} [env]
 * @returns {import("../run.js").Case}
 */
const jestCase = (what, files, config, env) => ({
  environment: "Jest 30",
  what,
  async run() {
    const folder = makeProject(`jest-${what.replace(/\W+/g, "-")}`, { ...files, "jest.config.json": config });
    await run("jest", ["--config", "jest.config.json", "--runInBand", "--watchman=false"], { cwd: folder, env });
    return true;
  },
  expected: true,
});

const VM = { NODE_OPTIONS: "--experimental-vm-modules" };
const ESM = { "package.json": { private: true, type: "module" }, "main.test.js": MODULE };

/** @type {import("../run.js").Case[]} */
export const jest = [
  jestCase("CommonJS, and modules reset", { "main.test.js": COMMONJS }, { transform: {} }),
  jestCase("ES modules", ESM, { transform: {} }, VM),
  jestCase(
    "ts-jest, CommonJS",
    {
      "main.test.ts": TYPESCRIPT,
      "tsconfig.json": { compilerOptions: { strict: true, target: "es2022", module: "nodenext", types: [] } },
    },
    { preset: "ts-jest" },
  ),
  jestCase(
    "ts-jest, module commonjs, resolution node10",
    {
      "main.test.ts": TYPESCRIPT,
      "tsconfig.json": {
        compilerOptions: { strict: true, target: "es2022", module: "commonjs", moduleResolution: "node10", types: [] },
      },
    },
    { preset: "ts-jest" },
  ),
  jestCase("jsdom, CommonJS", { "main.test.js": COMMONJS }, { transform: {}, testEnvironment: "jsdom" }),
  jestCase("jsdom, ES modules", ESM, { transform: {}, testEnvironment: "jsdom" }, VM),
];
