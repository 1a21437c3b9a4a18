#!/usr/bin/env bash
# Makes sure of the Rust programs that the build and the tests call, and prints the folder they are in:
#
#     PATH=$(scripts/tools.sh wasm-bindgen wasm-pack):$PATH
#
# Each is compiled once from crates.io into ${CACHEREF_CACHE:-$HOME/.cache/cacheref}/tools. In debug mode: that halves
# the time, and the module they work on is small.
set -euo pipefail

readonly root=$(cd -P "$(dirname "$0")/.." && pwd)
readonly cache=${CACHEREF_CACHE:-$HOME/.cache/cacheref}
readonly tools=$cache/tools

fail() {
  echo "tools: $*" >&2
  exit 1
}

# The CLI reads a private format that the crate writes, so it must have the crate's exact version.
bindgen_version() {
  local version
  version=$(sed -n 's/^wasm-bindgen *= *"=\([^"]*\)".*/\1/p' "$root/Cargo.toml")
  [ -n "$version" ] || fail "Cargo.toml must pin wasm-bindgen to one version (wasm-bindgen = \"=0.2.x\")"
  echo "$version"
}

is_installed() {
  [ -x "$tools/bin/$1" ] && [ "$("$tools/bin/$1" --version 2>/dev/null | cut -d' ' -f2)" = "$2" ]
}

# install PROGRAM CRATE VERSION
install() {
  if is_installed "$1" "$3"; then return; fi
  command -v cargo >/dev/null || fail "no Rust found: install Rust 1.85 or newer with rustup, then run this again"
  mkdir -p "$cache" || fail "cannot write to $cache: set CACHEREF_CACHE to a folder that can be written"
  if command -v flock >/dev/null; then
    exec 9>"$cache/tools.lock"
    flock 9
    if is_installed "$1" "$3"; then return; fi
  fi
  echo "tools: compiling $2 $3 (once, about a minute)" >&2
  # Without --locked: the lock file of wasm-bindgen-cli 0.2.130 does not build.
  env -u RUSTUP_TOOLCHAIN -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET \
    cargo install "$2" --version "$3" --debug --force --root "$tools" >"$cache/$2.log" 2>&1 9>&- ||
    fail "could not install $2 $3: check the network and run this again (details: $cache/$2.log)"
  is_installed "$1" "$3" || fail "$1 does not answer with version $3 after its installation"
}

for tool in "$@"; do
  case $tool in
    wasm-bindgen) install wasm-bindgen wasm-bindgen-cli "$(bindgen_version)" ;;
    wasm-pack) install wasm-pack wasm-pack 0.15.1 ;;
    cargo-fuzz) install cargo-fuzz cargo-fuzz 0.13.2 ;;
    *) fail "unknown tool '$tool': wasm-bindgen, wasm-pack or cargo-fuzz" ;;
  esac
done
echo "$tools/bin"
