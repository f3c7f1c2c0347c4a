#!/bin/sh
# Coverage-guided fuzzing with libFuzzer on a stable toolchain: fuzz/run.sh readers|network|words [SECONDS]
# Needs a C++ compiler. The corpus is kept in fuzz/corpus/TARGET; an input that fails is written to fuzz/.
set -eu
cd "$(dirname "$0")"
target=${1:?which target: readers, network or words}
seconds=${2:-600}
# What `cargo fuzz` sets, without its sanitizer (which needs a nightly toolchain): counters on every edge and traced comparisons.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
# The target is named so that these flags are not used for build scripts.
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --release --target "$host" --bin "$target"
mkdir -p "corpus/$target"
exec "target/$host/release/$target" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 -max_len=65536 "corpus/$target"
