/**
 * Fake timers, and the page about testing. Each kind of fake timers moves the ttl, batches and the time limit of operations
 * of caches that were made before and after them.
 */
import { join } from "node:path";
import { filesOf } from "../page.js";
import { makeProject, run, runScript } from "../project.js";

/** What a cache does under fake timers, as the body of \`see(library, timers, isMadeBefore)\`. */
const SEE = `
  const nothing = async () => null;
  const methods = ["set", "setex", "delete", "keys", "sadd", "smembers", "expire"].map((name) => [name, nothing]);
  const backend = { ...Object.fromEntries(methods), get: () => new Promise(() => {}) };
  const make = () => [
    new library.EntityCache({ ttl: "1m" }),
    new library.EntityCache({ backend, operationTimeout: 500, logger: { debug() {}, info() {}, warn() {}, error() {} } }),
  ];
  let caches = isMadeBefore ? make() : undefined;
  timers.install();
  try {
    caches ??= make();
    const [cache, slow] = caches;
    let runs = 0;
    const getUser = cache("user")(async function getUser(id) { return { id, run: ++runs }; });
    const ttl = [(await getUser(1)).run];
    await timers.advance(59_000);
    ttl.push((await getUser(1)).run);
    await timers.advance(2_000);
    ttl.push((await getUser(1)).run);

    const batches = [];
    const getUsers = cache.many("user")(async function getUsers(ids) { batches.push(ids); return ids.map((id) => ({ id })); });
    await Promise.all([getUsers([1, 2]), getUsers([2, 3])]);

    const getSlow = slow("user")(async function getSlow(id) { return { id }; });
    let isDone = false;
    const call = getSlow(1).then(() => { isDone = true; });
    await timers.advance(400);
    const early = isDone;
    await timers.advance(200);
    await call;
    return { ttl, batches, isDone: [early, isDone] };
  } finally {
    timers.uninstall();
  }
`;
const SEEN = { ttl: [1, 1, 2], batches: [[1, 2, 3]], isDone: [false, true] };
const BOTH = `
for (const isMadeBefore of [true, false]) {
  test(\`a cache made \${isMadeBefore ? "before" : "after"} the timers\`, async () => {
    expect(await see(library, timers, isMadeBefore)).toEqual(${JSON.stringify(SEEN)});
  });
}
`;
const FUNCTION = `async function see(library, timers, isMadeBefore) {${SEE}}\n`;

const VITEST = `import { expect, test, vi } from "vitest";
import * as library from "cacheref";
const timers = {
  install: () => vi.useFakeTimers(),
  advance: (ms) => vi.advanceTimersByTimeAsync(ms),
  uninstall: () => vi.useRealTimers(),
};
${FUNCTION}${BOTH}`;

const JEST = `const library = require("cacheref");
const timers = {
  install: () => jest.useFakeTimers(),
  advance: (ms) => jest.advanceTimersByTimeAsync(ms),
  uninstall: () => jest.useRealTimers(),
};
${FUNCTION}${BOTH}
test("a spy on Date.now moves the ttl", async () => {
  const cache = new library.EntityCache({ ttl: 60 });
  let runs = 0;
  const getUser = cache("user")(async function getUser(id) { return { id, run: ++runs }; });
  const spy = jest.spyOn(Date, "now").mockReturnValue(1e12);
  await getUser(1);
  spy.mockReturnValue(1e12 + 61_000);
  expect(await getUser(1)).toEqual({ id: 1, run: 2 });
  spy.mockRestore();
});
`;

const SINON = `import sinon from "sinon";
import * as library from "cacheref";
let clock;
const timers = {
  install() { clock = sinon.useFakeTimers(); },
  advance: (ms) => clock.tickAsync(ms),
  uninstall: () => clock.restore(),
};
${FUNCTION}
console.log(JSON.stringify([await see(library, timers, true), await see(library, timers, false)]));
`;

const PAGE = filesOf("testing");
const VM = { NODE_OPTIONS: "--experimental-vm-modules" };
const MODULES = { "package.json": { private: true, type: "module" } };
const vitestConfig = { "vitest.config.mjs": 'export default { test: { pool: "threads" } };\n' };

/** The page says that in Jest \`jest\` takes the place of \`vi\`. @param {string} code */
const forJest = (code) =>
  code.replace(/import \{(.*)\} from "vitest";/, (_, names) => {
    return `import {${names.replace(/\bvi\b/, "jest as vi")}} from "@jest/globals";`;
  });

/**
 * @param {string} environment
 * @param {string} what
 * @param {() => Promise<unknown>} act
 * @param {unknown} expected
 * @returns {import("../run.js").Case}
 */
const row = (environment, what, act, expected = true) => ({ environment, what, run: act, expected });

/** @param {string} name @param {Record<string, string | object>} files */
async function byVitest(name, files) {
  await run("vitest", ["run"], { cwd: makeProject(name, { ...files, ...vitestConfig }) });
  return true;
}

/** @param {string} name @param {Record<string, string | object>} files @param {Record<string, string>} [env] */
async function byJest(name, files, env) {
  const folder = makeProject(name, { ...files, "jest.config.json": { transform: {} } });
  await run("jest", ["--config", "jest.config.json", "--runInBand", "--watchman=false"], { cwd: folder, env });
  return true;
}

const WHAT = "fake timers, before and after the cache: ttl, batches, operationTimeout";

/** @type {import("../run.js").Case[]} */
export const timers = [
  row("Vitest 4", WHAT, () => byVitest("timers-vitest", { "main.test.js": VITEST })),
  row("Jest 30", `${WHAT}; a spy`, () => byJest("timers-jest", { "main.test.js": JEST })),
  row("sinon 22", WHAT, () => runScript(join(makeProject("timers-sinon", { "main.mjs": SINON }), "main.mjs")), [
    SEEN,
    SEEN,
  ]),
  row("Vitest 4", "docs/with/testing.md", () => byVitest("page-testing-vitest", { ...MODULES, ...PAGE })),
  row("Jest 30", "docs/with/testing.md, with jest in the place of vi", () => {
    const files = Object.fromEntries(Object.entries(PAGE).map(([name, code]) => [name, forJest(code)]));
    return byJest("page-testing-jest", { ...MODULES, ...files }, VM);
  }),
];
