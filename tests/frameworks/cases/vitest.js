/** Vitest, in each of its environments. */
import { makeProject, run, USE } from "../project.js";

const TEST = `import { expect, test, vi } from "vitest";
import * as library from "cacheref";
const { cache } = library;
test("it caches and drops", async () => {
  const main = async () => {${USE}};
  expect(await main()).toEqual({ runs: 2, dropped: 1 });
});
test("there is one class and one cache, after the registry of modules was emptied too", async () => {
  vi.resetModules();
  const second = await import("cacheref");
  expect(second.cache).toBe(cache);
  expect(second.EntityCache).toBe(library.EntityCache);
});
test("it knows the errors of what a test loads by require", () => {
  const required = process.getBuiltinModule("node:module").createRequire(import.meta.url)("cacheref");
  expect(required.ConfigError).toBe(library.ConfigError);
});
`;

/** @type {[string, object][]} */
const ENVIRONMENTS = [
  ["node", {}],
  ["jsdom", { environment: "jsdom" }],
  ["happy-dom", { environment: "happy-dom" }],
  ["node, the package inlined", { server: { deps: { inline: ["cacheref"] } } }],
];

/** @type {import("../run.js").Case[]} */
export const vitest = ENVIRONMENTS.map(([what, options]) => ({
  environment: "Vitest 4",
  what,
  async run() {
    const folder = makeProject(`vitest-${what.replace(/\W+/g, "-")}`, {
      "main.test.js": TEST,
      "vitest.config.mjs": `export default { test: ${JSON.stringify({ pool: "threads", ...options })} };`,
    });
    await run("vitest", ["run"], { cwd: folder });
    return true;
  },
  expected: true,
}));
