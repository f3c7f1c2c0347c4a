#!/bin/sh
# Planar density: ours beside its rivals in one run, and two years of real crashes compared.
#   bench/risk/planar.sh            prints Markdown
#   bench/risk/planar.sh --write    also puts it into docs/benchmarks/risk/planar.md
# Rivals are installed into bench/venv; one that cannot be installed is skipped, loudly.
set -eu
cd "$(dirname "$0")/../.."
cargo build --release --quiet -p gongzhi-risk --example planar_figures --example periods
exec python3 bench/risk/planar.py "$@"
