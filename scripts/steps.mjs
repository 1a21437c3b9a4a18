// @ts-check
/**
 * What `make test` runs, in this order. To add a check, add a step.
 *
 * @typedef {object} Step
 * @property {string} name      one word: `make test STEP=name`
 * @property {string} about     what it shows
 * @property {string[]} [run]   program and arguments, started in the repository's folder; or else
 * @property {string} [tests]   a folder whose *.test.js files Node's test runner runs
 * @property {string[]} [after] steps that must have passed before; they are run too when this one is asked for
 * @property {string[]} [needs] what scripts/need.sh must find or install first
 * @property {string} [alone]   steps with the same word here never run at the same time
 * @property {boolean} [wasm]   with the toolchain for wasm and with wasm-bindgen and wasm-pack on the PATH
 * @property {Record<string, string>} [env]
 * @property {boolean} [isShown] whether what it prints is shown, even if it passes
 */
import { join } from "node:path";

const wasmTarget = ["--target", "wasm32-unknown-unknown"];
const wasmPack = ["--mode", "no-install"];

const wasmTools = ["toolchain", "tools"];

/** @type {Step[]} */
export const steps = [
  { name: "rustfmt", about: "Rust is formatted", run: ["cargo", "fmt", "--check"] },
  { name: "biome", about: "JavaScript is formatted and linted", run: [bin("biome"), "check", "--error-on-warnings"] },
  { name: "toolchain", about: "a Rust that compiles for wasm", run: ["scripts/toolchain.sh"] },
  { name: "tools", about: "wasm-bindgen and wasm-pack", run: ["scripts/tools.sh", "wasm-bindgen", "wasm-pack"] },
  {
    name: "build",
    about: "the core as it ships, in js/core",
    run: ["node", "scripts/build.mjs"],
    after: wasmTools,
    alone: "cargo",
  },
  {
    name: "clippy",
    about: "Clippy has no objection, on the host",
    run: ["cargo", "clippy", "--all-targets", "--", "-Dwarnings"],
    alone: "cargo",
  },
  {
    name: "clippy-wasm",
    about: "nor to what is compiled for wasm alone",
    run: ["cargo", "clippy", ...wasmTarget, "--lib", "--test", "boundary", "--features", "debug", "--", "-Dwarnings"],
    after: wasmTools,
    wasm: true,
    alone: "cargo",
  },
  {
    name: "rustdoc",
    about: "the documentation of the core has no broken link",
    run: ["cargo", "doc", "--no-deps", "--document-private-items"],
    env: { RUSTDOCFLAGS: "-Dwarnings" },
    alone: "cargo",
  },
  { name: "core", about: "the core's tests, on the host", run: ["cargo", "test"], alone: "cargo" },
  {
    name: "core-small",
    about: "the same without features, as the core of cacheref/memory is built",
    run: ["cargo", "test", "--no-default-features"],
    alone: "cargo",
  },
  { name: "fuzz", about: "a minute of random rules and texts for the scan", run: ["scripts/fuzz.sh", "extract", "60"] },
  {
    name: "boundary-node",
    about: "tests/boundary.rs inside the wasm module, in Node",
    run: ["wasm-pack", "test", "--node", ...wasmPack],
    after: wasmTools,
    wasm: true,
    alone: "cargo",
  },
  {
    name: "boundary-chromium",
    about: "tests/boundary.rs inside the wasm module, in headless Chromium",
    run: ["scripts/chromium-test.sh"],
    // Without it wasm-bindgen-test runs in a browser only what says that it runs nowhere else.
    env: { WASM_BINDGEN_USE_BROWSER: "1" },
    needs: ["chromium"],
    after: wasmTools,
    wasm: true,
    alone: "cargo",
  },
  {
    name: "wasm-pack",
    about: "`wasm-pack build` works on the crate as it is",
    run: ["wasm-pack", "build", "--dev", "--target", "web", ...wasmPack, "--out-dir", "target/wasm-pack"],
    after: wasmTools,
    wasm: true,
    alone: "cargo",
  },
  { name: "types", about: "the JavaScript keeps to its types", run: [bin("tsc")], after: ["build"] },
  {
    name: "js",
    about: "the library's tests",
    tests: "tests/js",
    after: ["build"],
    needs: ["redis"],
  },
  {
    name: "redis",
    about: "every client, command and failure against real servers",
    tests: "tests/redis",
    after: ["build"],
    needs: ["redis"],
  },
  {
    name: "chaos",
    about: "no old read in a short run of each scenario of tests/chaos",
    run: ["node", "tests/chaos/run.js", "--seconds", "8", "--jobs", "3"],
    after: ["build"],
    needs: ["redis"],
    isShown: true,
  },
  {
    name: "servers",
    about: "the same on Redis 6.2, Redis 8 and Valkey 9",
    run: ["scripts/servers.sh"],
    after: ["build"],
  },
  {
    name: "scripts",
    about: "bad input to the build gets one line",
    tests: "tests/scripts",
  },
  { name: "pack", about: "the npm package", run: ["node", "scripts/pack.mjs"], after: ["build"] },
  {
    name: "package",
    about: "what a user gets from the tarball",
    tests: "tests/package",
    after: ["pack"],
  },
  {
    name: "reference",
    about: "typedoc has no warning about the types (typedoc.json)",
    // Not among our packages: it would bring a second TypeScript.
    run: ["npm", "exec", "--yes", "--package=typedoc@0.28.20", "--package=typescript@5.9.3", "--", "typedoc"],
  },
  {
    name: "typing",
    about: "what the types say, by the oldest and the newest TypeScript",
    tests: "tests/types",
    after: ["pack"],
    needs: ["npm-tests"],
  },
  {
    name: "runtimes",
    about: "one suite in every runtime, on the tarball",
    run: ["node", "tests/runtime/run.js"],
    after: ["pack"],
    needs: ["npm-tests", "chromium"],
    isShown: true,
  },
  {
    name: "workers",
    about: "Workers KV and its limits, in Node and in workerd",
    tests: "tests/workers",
    after: ["pack"],
  },
  {
    name: "cli",
    about: "npx cacheref on Redis, on a Cluster, on Workers KV, and from the tarball",
    tests: "tests/cli",
    after: ["pack"],
    needs: ["redis"],
  },
  {
    name: "bundlers",
    about: "an app through each bundler, and then run",
    tests: "tests/bundlers",
    after: ["pack"],
    needs: ["npm-tests", "chromium"],
  },
  {
    name: "react",
    about: "cacheref/react in Chromium: which components are rendered, and when",
    tests: "tests/react",
    after: ["pack"],
    needs: ["npm-tests", "chromium"],
  },
  {
    name: "frameworks",
    about: "a project for each bundler, framework and test runner, on the tarball, with the code of docs/with",
    run: ["node", "tests/frameworks/run.js"],
    after: ["pack"],
    needs: ["npm-tests", "npm-frameworks", "redis", "chromium"],
    isShown: true,
  },
  {
    name: "docs",
    about: "the code in the documents does what they say",
    tests: "tests/docs",
    after: ["pack"],
    needs: ["npm-bench", "redis"],
  },
  {
    name: "site",
    about: "the documents make a site, without a dead link",
    run: ["docs/node_modules/.bin/vitepress", "build", "docs"],
    needs: ["npm-docs"],
  },
  {
    name: "examples",
    about: "the examples, installed from the tarball",
    tests: "tests/examples",
    after: ["pack"],
    needs: ["redis", "chromium"],
  },
];

/** @param {string} program */
function bin(program) {
  return join("node_modules/.bin", program);
}
