// @ts-check
/**
 * Builds the core twice: Rust -> wasm -> js/core/, the only generated folder of js/. The second build, js/core/memory/, is
 * the smaller one of cacheref/memory: it has no features of the crate, so it writes no keys that others share.
 *
 *     node scripts/build.mjs [--dev]
 *
 *   glue.js        what wasm-bindgen generates, less its asynchronous loader: `initSync` and the core's functions
 *   *.d.ts         its types, for `tsc` here; not shipped, because nobody imports the core directly
 *   cacheref.wasm  the module
 *   inline.js      the module as text, for runtimes that cannot read a file (scripts/inline.mjs)
 *
 * --dev compiles without optimisation and with the crate's feature `debug` (seconds instead of half a minute).
 * Nothing is done when nothing has changed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build as bundle } from "esbuild";
import { FULL, SMALL } from "./features.mjs";
import { inlined } from "./inline.mjs";
import { trapOnPanic } from "./panics.mjs";
import { run, stop } from "./process.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = "wasm32-unknown-unknown";

const { values: options } = parseArgs({ options: { dev: { type: "boolean", default: false } } });
const out = join(root, "js/core");
const toolchain = execFileSync(join(root, "scripts/toolchain.sh"), {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
}).trim();

/** The builds: the features of the crate that each has, and the folder that it goes to. */
const builds = [
  { name: "js/core", features: FULL, out },
  { name: "js/core/memory", features: SMALL, out: join(out, "memory") },
];

for (const { name, features, out } of builds) {
  const compiled = compile(features);
  const stamp = fingerprint(compiled);
  const stampFile = join(out, ".stamp");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) {
    console.log(`build: ${name} is up to date`);
    continue;
  }
  rmSync(stampFile, { force: true });
  const work = join(targetFolder(), "bindgen", options.dev ? "dev" : "release", name);
  bindgen(compiled, work);
  if (!options.dev) optimise(join(work, "core_bg.wasm"));
  await write(work, name, out);
  writeFileSync(stampFile, stamp);
}

/**
 * Compiles the crate and returns the path of the module.
 * @param {string[]} features
 */
function compile(features) {
  const settings = { cwd: root, env: { ...process.env, RUSTUP_TOOLCHAIN: toolchain } };
  // First, so that what is wrong then is the network.
  const fetched = spawnSync("cargo", ["fetch", "--target", target], { ...settings, encoding: "utf8" });
  if (fetched.status !== 0) {
    const [, reason] = /^error: (.*)$/m.exec(fetched.stderr) ?? [];
    stop(`build: cargo could not fetch the crates: check the network and run this again (${reason ?? fetched.error})`);
  }
  const args = ["build", "--lib", "--target", target, "--no-default-features"];
  args.push("--features", [...features, ...(options.dev ? ["debug"] : [])].join(","));
  if (!options.dev) args.push("--release", "--config", `target.${target}.rustflags=${JSON.stringify(pathFlags())}`);
  run("cargo", args, settings);
  return join(targetFolder(), target, options.dev ? "debug" : "release", "cacheref.wasm");
}

/** Panic messages name source files: without these the published module would tell where its builder's home is. */
function pathFlags() {
  const registry = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry/src");
  const crates = readdirSync(registry).map((index) => [join(registry, index), "/crates"]);
  return (
    [[root, "/cacheref/"], [toolchain, "/rust"], ...crates]
      .map(([from, to]) => `--remap-path-prefix=${from}=${to}`)
      // Against the default of 225: 1.5 KB of brotli less, and hits and scans as quick.
      .concat("-Cllvm-args=--inline-threshold=100")
  );
}

function targetFolder() {
  return resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
}

/**
 * What the outputs depend on.
 * @param {string} module
 */
function fingerprint(module) {
  const hash = createHash("sha256");
  for (const input of [
    module,
    fileURLToPath(import.meta.url),
    join(root, "scripts/inline.mjs"),
    join(root, "scripts/panics.mjs"),
    join(root, "package-lock.json"),
    join(root, "Cargo.toml"),
  ]) {
    hash.update(readFileSync(input));
  }
  return hash.digest("hex");
}

/**
 * @param {string} module
 * @param {string} folder
 */
function bindgen(module, folder) {
  const tools = execFileSync(join(root, "scripts/tools.sh"), ["wasm-bindgen"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  run(join(tools.trim(), "wasm-bindgen"), [
    ...["--target", "web", "--out-dir", folder, "--out-name", "core"],
    // `__wbg_reset_state`: after a trap js/boundary/core.js throws the instance away and makes a fresh one.
    "--experimental-reset-state-function",
    // A release build still needs the names, for `trapOnPanic`.
    ...(options.dev ? ["--keep-debug"] : ["--remove-producers-section"]),
    module,
  ]);
}

/** @param {string} module */
function optimise(module) {
  const { bytes, count } = trapOnPanic(readFileSync(module));
  if (count === 0) stop("build: no function of std that panics was found: has std changed its names?");
  writeFileSync(module, bytes);
  run(process.execPath, [
    join(root, "node_modules/binaryen/bin/wasm-opt"),
    "-O3",
    // What rustc emits by default plus SIMD; every runtime of Node 20's age has all of it.
    ...["--enable-bulk-memory", "--enable-mutable-globals", "--enable-nontrapping-float-to-int"],
    ...["--enable-reference-types", "--enable-sign-ext", "--enable-multivalue", "--enable-simd"],
    ...["--strip-target-features", "--strip-debug"],
    ...[module, "-o", module],
  ]);
}

/**
 * @param {string} work
 * @param {string} name
 * @param {string} out
 */
async function write(work, name, out) {
  const module = readFileSync(join(work, "core_bg.wasm"));
  const { outputFiles } = await bundle({
    // `*` leaves out the default export, the asynchronous loader: unreachable, it is dropped, and with it a
    // `new URL(…, import.meta.url)` that bundlers would follow.
    stdin: { contents: 'export * from "./core.js";', resolveDir: work },
    absWorkingDir: work,
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    logLevel: "warning",
    banner: { js: "// Generated by scripts/build.mjs from the output of wasm-bindgen." },
  });
  const glue = amend(outputFiles[0].text);
  for (const trace of ["import.meta", "fetch(", "await "]) {
    if (glue.includes(trace))
      stop(`the glue still has the asynchronous loader ("${trace}"): has wasm-bindgen changed?`);
  }
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "glue.js"), glue);
  writeFileSync(join(out, "bindgen.d.ts"), readFileSync(join(work, "core.d.ts")));
  writeFileSync(join(out, "glue.d.ts"), 'export * from "./bindgen.js";\n');
  writeFileSync(join(out, "cacheref.wasm"), module);
  writeFileSync(join(out, "inline.js"), inlined(module));
  console.log(`build: ${name}: ${module.length} bytes of wasm, ${glue.length} bytes of glue`);
}

/**
 * The glue, with two places made fit for use as a library.
 * @param {string} glue
 */
function amend(glue) {
  const changes = [
    // A call at import, which bundlers would have to keep: it only warms the decoder up.
    ["\ncachedTextDecoder.decode();\n", "\n"],
    ["\nvar cachedTextDecoder = new TextDecoder(", "\nvar cachedTextDecoder = /* @__PURE__ */ new TextDecoder("],
    // By its tag: a sandbox, as Next's for Edge, hands in a module of another realm.
    [
      "if (!(module instanceof WebAssembly.Module)) {",
      'if (Object.prototype.toString.call(module) !== "[object WebAssembly.Module]") {',
    ],
  ];
  for (const [from, to] of changes) {
    if (glue.split(from).length !== 2) stop(`the glue does not have "${from.trim()}" once: has wasm-bindgen changed?`);
    glue = glue.replace(from, () => to);
  }
  return glue;
}
