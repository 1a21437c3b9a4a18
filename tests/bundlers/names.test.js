// K7: what a bundler does to the names of functions never makes one of them answer for another.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import webpack from "webpack";
import { EntityCache } from "../../js/entries/node.js";
import { recorder } from "../helpers/cache.js";
import { mapBackend } from "../helpers/map-backend.js";

/** Each bundles a module for Node. @type {Record<string, (entry: string, file: string) => Promise<unknown>>} */
const BUNDLERS = {
  esbuild: (entry, file) =>
    esbuild({ entryPoints: [entry], outfile: file, bundle: true, format: "esm", platform: "node", logLevel: "error" }),
  "esbuild --minify": (entry, file) =>
    esbuild({ entryPoints: [entry], outfile: file, bundle: true, format: "esm", minify: true, logLevel: "error" }),
  "esbuild --minify --keep-names": (entry, file) =>
    esbuild({ entryPoints: [entry], outfile: file, bundle: true, format: "esm", minify: true, keepNames: true }),
  Rollup: async (entry, file) => (await rollup({ input: entry })).write({ file, format: "es" }),
  rolldown: async (entry, file) => (await rolldown({ input: entry })).write({ file, format: "es" }),
  "rolldown with minify": async (entry, file) =>
    (await rolldown({ input: entry })).write({ file, format: "es", minify: true }),
  webpack: (entry, file) => pack(entry, file, {}),
  "webpack in one scope": (entry, file) => pack(entry, file, { concatenateModules: true, usedExports: true }),
  "webpack for production": (entry, file) => pack(entry, file, { concatenateModules: true, minimize: true }),
};

/** Those that take their names from functions, or give them names of one letter. */
const REMOVE_NAMES = ["esbuild --minify", "rolldown with minify", "webpack for production"];

/** @param {string} entry @param {string} file @param {object} optimization */
function pack(entry, file, optimization) {
  const compiler = webpack({
    mode: "none",
    target: "node",
    context: join(entry, ".."),
    entry,
    experiments: { outputModule: true },
    optimization: { nodeEnv: false, ...optimization },
    output: { path: join(file, ".."), filename: "main.mjs", library: { type: "module" } },
  });
  return new Promise((resolve, reject) =>
    compiler.run((error, stats) => (error || stats?.hasErrors() ? reject(error ?? stats) : resolve(stats))),
  );
}

/** Two modules with a function of one name: the texts of the functions differ, or only what they capture. */
const MODULES = {
  "texts that differ": (/** @type {string} */ who) => `
    export const getUser = globalThis.cacheOfTest()(async function getUser(id) { return "${who} " + id; });`,
  "one text": (/** @type {string} */ who) => `
    const db = { user: (id) => "${who} " + id };
    export const getUser = globalThis.cacheOfTest()(async function getUser(id) { return db.user(id); });`,
  "declarations of one text": (/** @type {string} */ who) => `
    const db = { user: (id) => "${who} " + id };
    async function getUser(id) { return db.user(id); }
    export const cachedUser = globalThis.cacheOfTest()(getUser);
    export { cachedUser as getUser };`,
  "one keyPrefix each": (/** @type {string} */ who) => `
    const db = { user: (id) => "${who} " + id };
    export const getUser = globalThis.cacheOfTest(undefined, { keyPrefix: "${who}.getUser" })(async (id) => db.user(id));`,
};
const ORDERS = { first: ["open", "admin"], second: ["admin", "open"] };

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "cacheref-names-"));
});
after(() => rmSync(folder, { recursive: true }));

/**
 * Runs a bundle over what earlier ones have stored. Answers with the two results, or with the code of the error.
 * @param {string} file
 * @param {any} backend
 */
async function deploy(file, backend) {
  const { logger } = recorder();
  /** @type {any} */ (globalThis).cacheOfTest = new EntityCache({ backend, logger });
  try {
    const { open, admin } = await import(pathToFileURL(file).href);
    return [await open(1), await admin(1)];
  } catch (/** @type {any} */ error) {
    if (error.name !== "ConfigError") throw error;
    return error.code;
  }
}

for (const [bundler, bundle] of Object.entries(BUNDLERS)) {
  for (const [about, source] of Object.entries(MODULES)) {
    test(`K7: ${bundler}: two modules in both orders, ${about}`, async () => {
      const backend = mapBackend();
      const answers = [];
      for (const [order, modules] of Object.entries(ORDERS)) {
        const place = join(folder, `${bundler}-${about}-${order}`.replaceAll(" ", "-"));
        mkdirSync(place);
        writeFileSync(join(place, "package.json"), '{ "type": "module" }');
        for (const who of modules) writeFileSync(join(place, `${who}.js`), source(who));
        const lines = modules.map((who) => `export { getUser as ${who} } from "./${who}.js";\n`);
        writeFileSync(join(place, "entry.js"), lines.join(""));
        const file = join(place, "out", "main.mjs");
        await bundle(join(place, "entry.js"), file);
        answers.push(await deploy(file, backend));
      }
      // Refused: what a minifier leaves no name, and texts that the next build may give to the other function.
      const isRefused =
        about !== "one keyPrefix each" && (about !== "texts that differ" || REMOVE_NAMES.includes(bundler));
      assert.deepEqual(answers, Array(2).fill(isRefused ? "ERR_CACHEREF_NAME" : ["open 1", "admin 1"]));
    });
  }
}

for (const [bundler, bundle] of Object.entries(BUNDLERS)) {
  test(`K7: ${bundler}: a deploy in which a function changed gets nothing that the old one stored, unless keyPrefix is given`, async () => {
    const backend = mapBackend();
    const given = { "": [], '"user"': [] };
    for (const [i, answer] of ["old", "new"].entries()) {
      for (const [keyPrefix, answers] of Object.entries(given)) {
        const place = join(folder, `${bundler}-deploy-${i}-${keyPrefix.length}`.replaceAll(" ", "-"));
        mkdirSync(place);
        const options = keyPrefix && `undefined, { keyPrefix: ${keyPrefix} }`;
        writeFileSync(join(place, "package.json"), '{ "type": "module" }');
        writeFileSync(
          join(place, "entry.js"),
          `export const open = globalThis.cacheOfTest(${options})(async function getUser(id) { return "${answer} " + id; });
           export const admin = async () => "none";`,
        );
        const file = join(place, "out", "main.mjs");
        await bundle(join(place, "entry.js"), file);
        answers.push(await deploy(file, backend));
      }
    }
    assert.deepEqual(given['"user"'], [
      ["old 1", "none"],
      ["old 1", "none"],
    ]);
    assert.ok(given[""][1] === "ERR_CACHEREF_NAME" || given[""][1][0] === "new 1", String(given[""][1]));
  });
}
