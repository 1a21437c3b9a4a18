#!/usr/bin/env bash
# Fuzzes one target of fuzz/ on top of its seeds:
#
#     scripts/fuzz.sh extract [SECONDS]
#
# It needs a nightly Rust, which it never installs: without one it says so and is done (under CI=true it fails).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly target=$1 seconds=${2:-60}

if ! cargo +nightly --version >/dev/null 2>&1; then
  echo "fuzz: skipped, since there is no nightly Rust (rustup toolchain install nightly)" >&2
  [ "${CI:-}" != true ]
  exit
fi
PATH=$(scripts/tools.sh cargo-fuzz):$PATH
readonly corpus=fuzz/corpus/$target seeds=fuzz/seeds/$target
mkdir -p "$corpus" "$seeds"
cargo +nightly fuzz run --target-dir "${CARGO_TARGET_DIR:-target}/fuzz" "$target" "$corpus" "$seeds" -- \
  -max_total_time="$seconds" -max_len=4096 -verbosity=0 -print_final_stats=1
