#!/usr/bin/env bash
# Finds or makes a Rust toolchain that compiles for wasm32-unknown-unknown and prints its folder:
#
#     RUSTUP_TOOLCHAIN=$(scripts/toolchain.sh) cargo build --target wasm32-unknown-unknown
#
# WASM_TOOLCHAIN says where it comes from:
#   auto    the default: the active toolchain if it has the target, else what an earlier run made,
#           else `rustup target add`, else Debian's packages
#   rustup  the active toolchain, with `rustup target add` if the target is missing
#   debian  Debian's rustc and LLVM, unpacked into the cache folder, and std compiled once from Debian's sources
#
# Nothing is installed system-wide: everything is under ${CACHEREF_CACHE:-$HOME/.cache/cacheref}, even apt's lists.
# Written for bash 3.2, because that is what macOS has.
set -euo pipefail

readonly target=wasm32-unknown-unknown
readonly oldest_rust=1.85
readonly cache=${CACHEREF_CACHE:-$HOME/.cache/cacheref}
# Raise the number when the recipe below changes: the toolchain is then made anew, beside the old one.
readonly home=$cache/rust-debian-2

fail() {
  echo "toolchain: $*" >&2
  exit 1
}

say() {
  echo "toolchain: $*" >&2
}

# The active toolchain's folder, or nothing if it cannot compile for the target.
active_toolchain() {
  local sysroot
  sysroot=$(rustc --print sysroot)
  if compgen -G "$sysroot/lib/rustlib/$target/lib/libstd-*.rlib" >/dev/null; then echo "$sysroot"; fi
}

require_rust() {
  command -v cargo >/dev/null && command -v rustc >/dev/null ||
    fail "no Rust found: install Rust $oldest_rust or newer with rustup, then run this again"
  local version
  version=$(rustc --version 2>/dev/null | cut -d' ' -f2) || true
  [ -n "$version" ] || fail "rustc does not run: choose a toolchain with 'rustup default stable', then run this again"
  [ "$(printf '%s\n' "$oldest_rust" "$version" | sort -V | head -n 1)" = "$oldest_rust" ] ||
    fail "Rust $version is too old: $oldest_rust or newer is needed ('rustup update stable')"
}

add_with_rustup() {
  command -v rustup >/dev/null || return 1
  say "adding $target with rustup"
  local limit=()
  # macOS has no `timeout`.
  if command -v timeout >/dev/null; then limit=(timeout 120); fi
  ${limit[@]+"${limit[@]}"} rustup target add $target >&2
}

# A finished toolchain whose link to cargo still leads somewhere.
is_made() {
  [ -f "$home/stamp" ] && [ -x "$home/bin/cargo" ]
}

make_from_debian() {
  for tool in apt-get dpkg flock gcc; do
    command -v $tool >/dev/null ||
      fail "WASM_TOOLCHAIN=debian needs '$tool' (a Debian system with gcc): install it or use WASM_TOOLCHAIN=rustup"
  done
  mkdir -p "$cache" || fail "cannot write to $cache: set CACHEREF_CACHE to a folder that can be written"
  exec 9>"$home.lock"
  flock -n 9 || { say "waiting for another run that is making the toolchain"; flock 9; }
  if is_made; then return; fi

  say "making a Rust toolchain for $target from Debian's packages in $home (once, about a minute)"
  readonly new=$home.new log=$home.log
  rm -rf "$new" && mkdir -p "$new"
  unpack_packages >"$log" 2>&1 ||
    fail "could not download Debian's packages: check the network and run this again (details: $log)"
  lay_out >>"$log" 2>&1 || fail "Debian's packages are not laid out as expected (details: $log)"
  compile_std >>"$log" 2>&1 || fail "could not compile Rust's std for $target (details: $log)"
  rm -rf "$new/src" "$new/lib/rustlib/src" "$new/work"
  touch "$new/stamp"
  rm -rf "$home"
  mv "$new" "$home"
}

# The rust-web packages are the Rust that Debian keeps new for its browsers, beside the old one of a stable release.
unpack_packages() {
  local work=$new/work
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" || return 1
  # Lists of our own: root is not needed, and a stale list does not ask for packages that are gone.
  local apt=(-q -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root
    -o APT::Update::Error-Mode=any -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30)
  apt-get "${apt[@]}" update || return 1
  local std llvm
  std=$(apt-cache "${apt[@]}" depends rustc-web libstd-rust-web-dev | grep -o 'libstd-rust-web-[0-9][0-9.]*' | head -n 1)
  llvm=$(apt-cache "${apt[@]}" depends "$std" | grep -o 'libllvm[0-9]*' | head -n 1)
  echo "std: $std, llvm: $llvm"
  (cd "$work/debs" && apt-get "${apt[@]}" download rustc-web libstd-rust-web-dev "$std" "$llvm" "lld-${llvm#libllvm}" \
    rust-web-src rust-web-clippy rustfmt-web) || return 1
  local deb
  for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$work/root" || return 1; done
  mv "$work"/root/usr/* "$new"
}

# Debian's /usr is a toolchain folder but for three things: cargo, rust-lld, and where the programs find their libraries.
lay_out() {
  local program cargo lld libraries
  libraries=$(dirname "$(echo "$new"/lib/*/librustc_driver-*.so)")
  libraries=lib/$(basename "$libraries")
  mkdir -p "$new/libexec/rust"
  # A system-wide install finds librustc_driver and libLLVM by itself; unpacked elsewhere, each program needs the path.
  for program in rustc rustdoc rustfmt clippy-driver cargo-clippy; do
    mv "$new/bin/$program" "$new/libexec/rust/$program" || return 1
    cat >"$new/bin/$program" <<WRAPPER || return 1
#!/bin/sh
home=\$(dirname "\$(readlink -f "\$0")")/..
LD_LIBRARY_PATH=\$home/$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} exec "\$home/libexec/rust/$program" "\$@"
WRAPPER
    chmod +x "$new/bin/$program"
  done
  # Debian's cargo is not needed: the one that is there will do.
  cargo=$(rustup which cargo 2>/dev/null || command -v cargo) || return 1
  ln -sf "$cargo" "$new/bin/cargo" || return 1
  # rustc links wasm with a program of this name in this place; it is Debian's lld of the same LLVM.
  lld=$(echo "$new"/lib/llvm-*/bin/lld)
  mkdir -p "$new/lib/rustlib/$(host)/bin" || return 1
  ln -s "../../../${lld#"$new"/lib/}" "$new/lib/rustlib/$(host)/bin/rust-lld"
}

host() {
  "$new/bin/rustc" -vV | sed -n 's/^host: //p'
}

# Compiles an empty crate with -Zbuild-std and keeps std's libraries, so that later builds need no unstable flag.
compile_std() {
  local crate=$new/work/std sources
  sources=$(cd -P "$new/lib/rustlib/src/rust" && pwd) || return 1
  mkdir -p "$crate/src" "$crate/.cargo" || return 1
  echo '#![no_std]' >"$crate/src/lib.rs"
  printf '[package]\nname = "only_std"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >"$crate/Cargo.toml"
  # Debian ships the sources of the crates that std is made of: nothing has to be downloaded.
  printf '[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "%s"\n' "$sources/library/vendor" \
    >"$crate/.cargo/config.toml"
  # embed-bitcode: release builds with `lto` need it. remap-path-prefix: std's panic messages name their source files.
  local flags=(-Cembed-bitcode=yes "--remap-path-prefix=$sources=/rust" "--remap-path-prefix=$new/lib/rustlib/src/rust=/rust")
  local encoded
  encoded=$(printf '%s\037' "${flags[@]}")
  (cd "$crate" && PATH=$new/bin:$PATH RUSTC_BOOTSTRAP=1 CARGO_ENCODED_RUSTFLAGS=${encoded%?} \
    cargo build --offline --release --target $target -Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test) || return 1
  mkdir -p "$new/lib/rustlib/$target/lib" || return 1
  rm "$crate/target/$target/release/deps/"libonly_std-*
  cp "$crate/target/$target/release/deps/"*.rlib "$new/lib/rustlib/$target/lib"
}

from_debian() {
  # What a caller set for its own build must not reach the build of std.
  unset RUSTUP_TOOLCHAIN RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_TARGET_DIR CARGO_BUILD_TARGET RUSTC RUSTC_WRAPPER
  is_made || make_from_debian
  echo "$home"
}

require_rust
case ${WASM_TOOLCHAIN:-auto} in
  auto)
    found=$(active_toolchain)
    if [ -n "$found" ]; then echo "$found"
    elif is_made; then echo "$home"
    elif add_with_rustup; then active_toolchain
    elif command -v apt-get >/dev/null; then from_debian
    else fail "no way to compile for $target: run 'rustup target add $target', then run this again"
    fi
    ;;
  rustup)
    found=$(active_toolchain)
    if [ -z "$found" ]; then
      add_with_rustup || fail "'rustup target add $target' failed: check the network and run this again"
      found=$(active_toolchain)
    fi
    echo "$found"
    ;;
  debian) from_debian ;;
  *) fail "WASM_TOOLCHAIN is '$WASM_TOOLCHAIN', but must be auto, rustup or debian" ;;
esac
