#!/bin/sh
# The heat benchmark: ours beside its rivals in one run, and two years of real crashes compared.
#   bench/heat/run.sh            prints Markdown
#   bench/heat/run.sh --write    also puts it into docs/benchmarks/heat.md
# Rivals are installed into bench/venv; one that cannot be installed is skipped, loudly.
set -eu
cd "$(dirname "$0")/../.."
cargo build --release --quiet -p gongzhi-risk --example heat_bench --example periods
exec python3 bench/heat/run.py "$@"
