#!/bin/sh
# The risk engine's figures beside its rivals, in one run.
#   bench/risk/run.sh                    every part: about an hour
#   bench/risk/run.sh planar repeats …   some: planar network significance safety regression blackspots repeats prediction forecast workbench
#   bench/risk/run.sh --write […]        also puts each part into its page below docs/benchmarks/risk/
# Rivals are installed into bench/venv; one that cannot be installed is skipped, loudly.
set -eu
cd "$(dirname "$0")/../.."
data=${GONGZHI_TEST_DATA:-../shared/data}
GONGZHI_TEST_DATA=$data
export GONGZHI_TEST_DATA
examples=${CARGO_TARGET_DIR:-target}/release/examples
write=
if [ "${1:-}" = --write ]; then write=--write; shift; fi
parts=${*:-planar network significance safety regression blackspots repeats prediction forecast workbench}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cargo build --release --quiet -p gongzhi-risk --examples
needs_data() {
  if [ ! -d "$data/crash" ]; then
    echo "SKIPPED: $1 reads $data/crash, which is not there; set GONGZHI_TEST_DATA" >&2
    return 1
  fi
}
# Prints what a command prints, and with --write puts it between the marks of a page.
page() { # page command…
  name=$1; shift
  "$@" >"$work/$name.md"
  cat "$work/$name.md"
  [ -z "$write" ] || python3 bench/risk/page.py "docs/benchmarks/risk/$name.md" "$work/$name.md"
}
for part in $parts; do
  echo "── $part" >&2
  case $part in
    planar) page planar python3 bench/risk/planar.py ;;
    network) page network python3 bench/risk/network.py ;;
    significance) page significance python3 bench/risk/significance.py ;;
    safety) page safety python3 bench/risk/safety.py ;;
    regression) ! needs_data "$part" || page regression-to-the-mean "$examples/regression_to_the_mean" "$data" ;;
    blackspots) ! needs_data "$part" || page blackspots "$examples/blackspot_figures" ;;
    repeats) page repeats "$examples/repeat_figures" ;;
    prediction) ! needs_data "$part" || page prediction "$examples/prediction_figures" ;;
    forecast) page forecast "$examples/forecast_figures" ;;
    workbench)
      cargo build --release --quiet --workspace --bins
      ! needs_data "$part" || page workbench python3 bench/risk/workbench.py "${CARGO_TARGET_DIR:-target}/release/gongzhi" "$data"
      ;;
    *)
      echo "no such part: $part" >&2
      exit 2
      ;;
  esac
done
