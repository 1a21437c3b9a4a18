// What the build says where something is missing: one line, with what to do. The scripts run in a copy of the
// repository's files, with a PATH of a few programs of the system and stand-ins for the rest.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SYSTEM = "bash sh cat cmp cp cut dirname env flock grep head id ls make mkdir mv printf rm sed sort tail".split(
  " ",
);

let folder = "";
let path = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cacheref-scripts-"));
  path = join(folder, "path");
  mkdirSync(path);
  for (const program of SYSTEM) {
    symlinkSync(execFileSync("which", [program], { encoding: "utf8" }).trim(), join(path, program));
  }
  for (const file of ["scripts", "pkg-template", "Makefile", "Cargo.toml", "package.json", "package-lock.json"]) {
    cpSync(join(root, file), join(folder, file), { recursive: true });
  }
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Puts a program of our own on the PATH: a shell script.
 * @param {string} name
 * @param {string} script
 */
function standIn(name, script) {
  writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(path, name), 0o755);
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
function run(program, args, env) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: path, HOME: folder, CACHEREF_CACHE: join(folder, "cache"), ...env },
  });
  return { status, stdout: stdout.trim(), lines: stderr.trim().split("\n") };
}

/**
 * @param {{ status: number | null, lines: string[] }} outcome
 * @param {RegExp} message
 */
function assertOneLine({ status, lines }, message) {
  assert.notEqual(status, 0);
  // make adds that its recipe failed; progress is no complaint.
  const complaints = lines.filter((line) => !/^make: \*\*\* \[|once, about a minute|: installing /.test(line));
  assert.equal(complaints.length, 1, complaints.join("\n"));
  assert.match(complaints[0], message);
}

const RUSTC = 'case "$1" in --version) echo "rustc 1.90.0 (abc 2026-01-01)";; --print) echo "$HOME/sysroot";; esac';

/** Gives the stand-in rustc the target. */
function addTarget() {
  const library = join(folder, "sysroot/lib/rustlib/wasm32-unknown-unknown/lib");
  mkdirSync(library, { recursive: true });
  writeFileSync(join(library, "libstd-0.rlib"), "");
}

test("a machine without Node.js is told to install it", () => {
  assertOneLine(run("make", ["build"]), /no Node\.js found: install Node\.js 20\.19 or newer/);
});

for (const version of ["v18.20.0", "v20.18.3", "v21.7.0", "v22.11.0"]) {
  test(`Node.js ${version} is refused, because it cannot require() an ES module`, () => {
    standIn("node", `echo ${version}`);
    assertOneLine(run("make", ["test"]), new RegExp(`Node\\.js ${version} .*install Node\\.js 20\\.19 or newer`));
  });
}

for (const version of ["v20.19.0", "v22.12.0", "v23.0.0", "v26.1.0"]) {
  test(`Node.js ${version} is accepted`, () => {
    standIn("node", `echo ${version}`);
    assert.equal(run("scripts/need.sh", ["node"]).status, 0);
  });
}

test("a machine without Rust is told to install it, by every script that needs it", () => {
  standIn("node", "echo v20.19.0");
  for (const [program, ...args] of [
    ["scripts/need.sh", "rust"],
    ["scripts/toolchain.sh"],
    ["scripts/tools.sh", "wasm-pack"],
  ]) {
    assertOneLine(run(program, args), /no Rust found: install Rust 1\.85 or newer with rustup/);
  }
});

test("a Rust that is too old is refused", () => {
  standIn("cargo", "exit 1");
  standIn("rustc", 'echo "rustc 1.84.1 (abc 2025-01-01)"');
  assertOneLine(run("scripts/toolchain.sh", []), /Rust 1\.84\.1 is too old: 1\.85 or newer/);
});

test("an unknown WASM_TOOLCHAIN is refused with what it may be", () => {
  standIn("cargo", "exit 1");
  standIn("rustc", RUSTC);
  const outcome = run("scripts/toolchain.sh", [], { WASM_TOOLCHAIN: "nix" });
  assertOneLine(outcome, /'nix', but must be auto, rustup or debian/);
});

test("the active toolchain is used if it has the target", () => {
  addTarget();
  standIn("cargo", "exit 1");
  standIn("rustc", RUSTC);
  standIn("rustup", "exit 1");
  const outcome = run("scripts/toolchain.sh", []);
  assert.deepEqual([outcome.status, outcome.stdout], [0, join(folder, "sysroot")]);
});

test("rustup adds a target that is missing", () => {
  standIn("cargo", "exit 1");
  standIn("rustc", RUSTC);
  standIn("rustup", 'd=$HOME/sysroot/lib/rustlib/$3/lib; mkdir -p "$d"; : >"$d/libstd-0.rlib"');
  for (const mode of ["auto", "rustup"]) {
    rmSync(join(folder, "sysroot"), { recursive: true, force: true });
    const outcome = run("scripts/toolchain.sh", [], { WASM_TOOLCHAIN: mode });
    assert.deepEqual([outcome.status, outcome.stdout], [0, join(folder, "sysroot")]);
  }
});

test("rustup without a network is reported in one line", () => {
  standIn("cargo", "exit 1");
  standIn("rustc", RUSTC);
  standIn("rustup", "exit 1");
  const outcome = run("scripts/toolchain.sh", [], { WASM_TOOLCHAIN: "rustup" });
  outcome.lines = outcome.lines.filter((line) => !line.includes("adding wasm32-unknown-unknown with rustup"));
  assertOneLine(outcome, /rustup target add wasm32-unknown-unknown' failed: check the network/);
});

test("Debian's packages without a network are reported in one line, and nothing half made is left in use", () => {
  standIn("cargo", "exit 1");
  standIn("rustc", RUSTC);
  standIn("apt-get", "echo 'E: Temporary failure resolving' >&2; exit 100");
  for (const program of ["dpkg", "gcc"]) standIn(program, "exit 1");
  for (const _ of [1, 2]) {
    const outcome = run("scripts/toolchain.sh", [], { WASM_TOOLCHAIN: "debian" });
    assertOneLine(outcome, /could not download Debian's packages: check the network/);
    assert.equal(outcome.stdout, "");
  }
});

test("Debian's packages on another system are refused with the way out", () => {
  standIn("cargo", "exit 1");
  standIn("rustc", RUSTC);
  const outcome = run("scripts/toolchain.sh", [], { WASM_TOOLCHAIN: "debian" });
  assertOneLine(outcome, /needs 'apt-get'.*use WASM_TOOLCHAIN=rustup/);
});

test("a tool that cannot be fetched is reported in one line", () => {
  standIn("cargo", "echo 'error: failed to download' >&2; exit 101");
  assertOneLine(run("scripts/tools.sh", ["wasm-bindgen"]), /could not install wasm-bindgen-cli .*check the network/);
});

test("crates that cannot be fetched are reported in one line", () => {
  addTarget();
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  standIn("rustc", RUSTC);
  standIn("cargo", "echo 'error: failed to get `md-5` as a dependency' >&2; exit 101");
  const outcome = run(process.execPath, ["scripts/build.mjs"]);
  assertOneLine(outcome, /cargo could not fetch the crates: check the network .*failed to get `md-5`/);
});

test("npm packages that cannot be fetched are reported in one line", () => {
  standIn("node", "echo v20.19.0");
  standIn("npm", "echo 'npm error network' >&2; exit 1");
  assertOneLine(run("make", ["lint"]), /npm could not install the packages: check the network/);
});

test("a missing system program is named with its package where it cannot be installed", () => {
  standIn("apt-get", "exit 1");
  rmSync(join(path, "id"));
  standIn("id", "echo 1000");
  assertOneLine(run("scripts/need.sh", ["redis"]), /no redis-server found: run 'sudo apt-get install redis-server'/);
  rmSync(join(path, "apt-get"));
  assertOneLine(run("scripts/need.sh", ["chromium"]), /no chromium found: install it with your system's packages/);
});

test("an unknown make target is answered with those that there are", () => {
  assertOneLine(run("make", ["tset"]), /There is no 'make tset'; there is: help .*test/);
});

test("make says what there is", () => {
  const { status, stdout } = run("make", [], { PATH: process.env.PATH ?? "" });
  assert.equal(status, 0);
  for (const goal of ["test", "build", "pack", "clean"]) assert.match(stdout, new RegExp(`^ *make ${goal} `, "m"));
});

test("an unknown step is answered with those that there are", () => {
  const { status, lines } = run(process.execPath, ["scripts/test.mjs", "clipy"]);
  assertOneLine({ status, lines }, /there is no step "clipy"; there is: .*clippy/);
});

test("a number of steps side by side that starts none is refused", () => {
  for (const jobs of ["0", "many"])
    assertOneLine(run(process.execPath, ["scripts/test.mjs"], { JOBS: jobs }), /JOBS must be .* 1 or more, got/);
});

test("versions that disagree stop the packing", () => {
  const manifest = join(folder, "pkg-template/package.json");
  writeFileSync(manifest, '{ "name": "cacheref", "version": "9.9.9", "exports": {} }');
  const outcome = run(process.execPath, ["scripts/pack.mjs"]);
  assertOneLine(outcome, /Cargo\.toml says version .*, pkg-template\/package\.json 9\.9\.9: they must agree/);
});

test("a version in the code that is not the manifest's stops the packing", () => {
  mkdirSync(join(folder, "js/messages"), { recursive: true });
  writeFileSync(join(folder, "js/messages/shared.js"), 'exports.VERSION = "0.0.1";');
  writeFileSync(join(folder, "js/package.json"), '{ "type": "commonjs" }');
  const outcome = run(process.execPath, ["scripts/pack.mjs"]);
  assertOneLine(
    outcome,
    /js\/messages\/shared\.js says version 0\.0\.1, pkg-template\/package\.json .*: they must agree/,
  );
});

test("a benchmark without its packages, or without a core, says in one line what to run", () => {
  cpSync(join(root, "bench"), join(folder, "bench"), {
    recursive: true,
    filter: (file) => !file.includes("node_modules"),
  });
  cpSync(join(root, "js"), join(folder, "js"), { recursive: true, filter: (file) => !file.endsWith("/core") });
  standIn("git", "echo abc1234");
  standIn("redis-server", "echo v=7.0.15");
  const start = () => run(process.execPath, [join(folder, "bench/run.mjs"), "--only", "M1"]);
  assertOneLine(start(), /bench\/ lacks the core: run `make build`/);
  mkdirSync(join(folder, "js/core"));
  writeFileSync(join(folder, "js/core/glue.js"), "");
  assertOneLine(start(), /bench\/ lacks its packages: run `npm ci` in it, or `make bench`/);
});
