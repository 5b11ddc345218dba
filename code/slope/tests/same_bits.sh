#!/bin/sh
# Runs tests/same_bits.rs in every way this machine offers: without
# optimisation, released, for the processor at hand, without any vector
# extension, and as WebAssembly under Node. CI calls it; a way that is missing
# here (no Node, no wasm target) is named and skipped, unless CI is set.
set -eu
cd "$(dirname "$0")/../../.."

skip() {
  echo "skipped: $1"
  if [ -n "${CI:-}" ]; then exit 1; fi
}

run() {
  echo "== $1"
  shift
  env "$@" --quiet
}

test="-p slope --test same_bits"
run "debug" cargo test $test \
  --config profile.dev.package.slope.opt-level=0 \
  --config profile.dev.package.exact.opt-level=0
run "released" cargo test --release $test
run "released for this processor" RUSTFLAGS="-C target-cpu=native" \
  cargo test --release $test

if ! command -v node >/dev/null; then
  skip "WebAssembly (no node)"
elif ! rustc --print target-libdir --target wasm32-wasip1 |
  xargs test -d; then
  skip "WebAssembly (rustup target add wasm32-wasip1)"
else
  run "WebAssembly" \
    CARGO_TARGET_WASM32_WASIP1_RUNNER="node --no-warnings $PWD/code/slope/tests/same_bits.mjs" \
    cargo test --release --target wasm32-wasip1 $test
  run "WebAssembly with vectors" \
    RUSTFLAGS="-C target-feature=+simd128" \
    CARGO_TARGET_WASM32_WASIP1_RUNNER="node --no-warnings $PWD/code/slope/tests/same_bits.mjs" \
    cargo test --release --target wasm32-wasip1 $test
fi
