#!/usr/bin/env bash
# Makes sure of what a command needs, or says in one line what to do:
#
#     scripts/need.sh node npm npm-tests npm-frameworks npm-docs npm-bench rust make redis chromium
#
#   node      Node.js that can require() an ES module
#   npm       the packages of package-lock.json, installed into node_modules
#   npm-tests those of tests/package-lock.json: runtimes, bundlers and compilers that only tests need
#   npm-frameworks  those of tests/frameworks/package-lock.json: frameworks and test runners
#   npm-docs  those of docs/package-lock.json: what makes the site
#   npm-bench those of bench/package-lock.json: the caches that cacheref is compared with
#   rust      cargo and rustc (what kind, scripts/toolchain.sh sees to)
#   make      make
#   redis     redis-server
#   chromium  Chromium and its driver
#
# The last three come from the system's packages: on Debian, and as root, they are installed.
set -euo pipefail

readonly root=$(cd -P "$(dirname "$0")/.." && pwd)

fail() {
  echo "need: $*" >&2
  exit 1
}

need_node() {
  local remedy="install Node.js 20.19 or newer, then run this again"
  command -v node >/dev/null || fail "no Node.js found: $remedy"
  local version major minor
  version=$(node --version)
  IFS=. read -r major minor _ <<<"${version#v}"
  # 22 learnt to require() an ES module without a flag in 22.12.
  if [ "$major" -lt 20 ] || { [ "$major" = 20 ] && [ "$minor" -lt 19 ]; } ||
    [ "$major" = 21 ] || { [ "$major" = 22 ] && [ "$minor" -lt 12 ]; }; then
    fail "Node.js $version cannot require() an ES module (20.19 and 22.12 are the first that can): $remedy"
  fi
}

# need_packages FOLDER: what the package-lock.json of that folder of the repository says, nothing else.
need_packages() {
  command -v npm >/dev/null || fail "no npm found: it comes with Node.js 20.19 or newer"
  local installed=$root/$1/node_modules/.cacheref-lock log=target/npm-ci.log
  if cmp -s "$root/$1/package-lock.json" "$installed"; then return; fi
  # A link leads to packages that somebody else looks after.
  if [ -L "$root/$1/node_modules" ]; then return; fi
  echo "need: installing the npm packages of $1/package-lock.json" >&2
  mkdir -p "$root/target"
  (cd "$root/$1" && npm ci --include=dev) >"$root/$log" 2>&1 ||
    fail "npm could not install the packages: check the network and run this again (details: $log)"
  cp "$root/$1/package-lock.json" "$installed"
}

need_rust() {
  command -v cargo >/dev/null && command -v rustc >/dev/null ||
    fail "no Rust found: install Rust 1.85 or newer with rustup, then run this again"
}

# need_program PROGRAM PACKAGE
need_program() {
  if command -v "$1" >/dev/null; then return; fi
  if ! command -v apt-get >/dev/null; then fail "no $1 found: install it with your system's packages"; fi
  if [ "$(id -u)" != 0 ]; then fail "no $1 found: run 'sudo apt-get install $2', then run this again"; fi
  echo "need: installing $2" >&2
  mkdir -p "$root/target"
  (apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$2") \
    >"$root/target/apt-$2.log" 2>&1 ||
    fail "could not install $2: check the network and run this again (details: target/apt-$2.log)"
}

for need in "$@"; do
  case $need in
    node) need_node ;;
    npm) need_packages . ;;
    npm-tests) need_packages tests ;;
    npm-frameworks) need_packages tests/frameworks ;;
    npm-docs) need_packages docs ;;
    npm-bench) need_packages bench ;;
    rust) need_rust ;;
    make) need_program make make ;;
    redis) need_program redis-server redis-server ;;
    chromium)
      need_program chromium chromium
      need_program chromedriver chromium-driver
      ;;
    *) fail "unknown need '$need': node, npm, npm-tests, npm-frameworks, npm-docs, npm-bench, rust, make, redis or chromium" ;;
  esac
done
