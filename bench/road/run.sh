#!/bin/sh
# The road engine's figures beside its rivals, in one run.
#   bench/road/run.sh                  every part: about half an hour
#   bench/road/run.sh words ways …     some: file, words, records, stakes, tracks, ways, tiles
#   bench/road/run.sh --write […]      also puts each part into its page below docs/benchmarks/road/
# Rivals are installed into bench/venv; one that cannot be installed is skipped, loudly.
set -eu
cd "$(dirname "$0")/../.."
data=${GONGZHI_TEST_DATA:-../shared/data}
examples=${CARGO_TARGET_DIR:-target}/release/examples
write=
if [ "${1:-}" = --write ]; then write=yes; shift; fi
parts=${*:-file words records stakes tracks ways tiles}
if [ ! -d "$data/osm" ]; then
  echo "SKIPPED: no test data in $data; set GONGZHI_TEST_DATA" >&2
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cargo build --release --quiet -p gongzhi-road --examples
# The newest wheels of Valhalla need Python 3.12; where there is none, its rows are left out.
python=python3
if command -v python3.12 >/dev/null && python3.12 --version >/dev/null 2>&1; then python=python3.12; fi
venv=bench/venv/road
rivals() { # packages that may be missing
  test -x "$venv/bin/python" || "$python" -m venv "$venv"
  for package in "$@"; do
    "$venv/bin/pip" install --quiet --only-binary :all: "$package" >&2 || echo "SKIPPED: $package cannot be installed" >&2
  done
}
part() {
  case $1 in
    file)
      "$examples/file_figures" "$data"
      python3 bench/road/file.py --data "$data"
      ;;
    words)
      "$examples/sayings_figures" "$data"
      cargo run --release --quiet -p gongzhi-demo --example call_figures
      "$examples/place_words_figures" "$data"
      ;;
    records)
      "$examples/records_figures" "$data"
      echo
      python3 bench/road/records_rival.py "$data"
      ;;
    stakes) "$examples/linear_figures" "$data" ;;
    tracks)
      mkdir "$work/traces"
      "$examples/match_figures" "$data" "$work/traces"
      "$python" bench/road/match_rival.py "$data" "$work/traces" || echo "SKIPPED: Meili was not measured" >&2
      ;;
    ways)
      mkdir "$work/nets"
      "$examples/route_figures" "$data" "$work/nets"
      echo
      echo "**Rivals on the same node graph** (CPU milliseconds of the process)"
      echo
      echo "| task | tool | median ms | p95 ms | note |"
      echo "|---|---|---:|---:|---|"
      if cargo build --release --quiet --manifest-path bench/road/peers/Cargo.toml; then
        bench/road/peers/target/release/road-peers "$work/nets/porto_alegre"
      else
        echo "SKIPPED: RoutingKit and fast_paths could not be built" >&2
      fi
      rivals pandana==0.8 pyvalhalla==3.9.1
      "$venv/bin/python" bench/road/routing.py "$work/nets/porto_alegre" "$data/osm/porto_alegre.osm.pbf" "$work/tiles" | grep '^|' # pandana writes its progress to standard output
      ;;
    tiles)
      cargo build --release --quiet --workspace --bins --examples
      echo "### Tiles"
      echo
      python3 bench/road/tiles.py "${CARGO_TARGET_DIR:-target}/release/gongzhi" "$examples/steady_load" "$data/osm/porto_alegre.osm.pbf"
      ;;
    *)
      echo "no such part: $1" >&2
      return 2
      ;;
  esac
}
page=docs/benchmarks/road
for name in $parts; do
  {
    echo "<!-- $name: written by bench/road/run.sh $name -->"
    echo
    echo "_$(date +%F), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg) at the start. Repeat: \`make bench-road PARTS=$name\`._"
    echo
    part "$name"
  } >"$work/$name.md"
  cat "$work/$name.md"
  if [ -n "$write" ]; then mkdir -p "$page" && cp "$work/$name.md" "$page/$name.md"; fi
done
