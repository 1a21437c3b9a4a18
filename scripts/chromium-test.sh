#!/usr/bin/env bash
# tests/boundary.rs in headless Chromium. chromedriver is named, because wasm-pack would download one of its own.
set -euo pipefail
exec wasm-pack test --headless --chrome --chromedriver "$(command -v chromedriver)" --mode no-install
