#!/usr/bin/env bash
# The way of somebody new, timed: a clone of what is committed here, the demo, and the first example of the README with
# the package that the demo made, in a folder of its own. Compiled tools are those of ${CACHEREF_CACHE:-~/.cache/cacheref}.
set -euo pipefail

readonly root=$(cd -P "$(dirname "$0")/.." && pwd)
readonly place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
# As of somebody who has nothing set.
unset CARGO_TARGET_DIR

# step WHAT COMMAND...: runs it, and says how long it took.
step() {
  local what=$1 log="$place/log" begin=$SECONDS
  shift
  echo "first-hit: $what" >&2
  "$@" >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    echo "first-hit: failed at: $what" >&2
    exit 1
  }
  printf '%5d s  %s\n' $((SECONDS - begin)) "$what"
}

step "git clone" git clone -q "$root" "$place/clone"
step "make demo: its first hits are in section 2" make -C "$place/clone" demo
mkdir "$place/app"
step "npm install of the package in an empty folder" npm install --prefix "$place/app" --no-audit --no-fund "$(ls "$place"/clone/cacheref-*.tgz)"
awk '/^```js$/ { isIn = 1; next } isIn && /^```$/ { exit } isIn' "$place/clone/README.md" >"$place/app/a.mjs"
step "the first example of the README" node "$place/app/a.mjs"
printf '%5d s  in all\n' $SECONDS
