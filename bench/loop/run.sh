#!/bin/sh
# The loop's own figures on this machine: making the demo city, starting, answering, importing real records, memory.
# Prints a Markdown table; `--write` stores it in docs/benchmarks/loop.md. Needs GNU time (Debian: time) and curl.
set -eu
cd "$(dirname "$0")/../.."
sh scripts/packages.sh 'test -x /usr/bin/time' time
sh scripts/packages.sh 'command -v curl' curl
bin=${CARGO_TARGET_DIR:-target}/release/gongzhi
data=${GONGZHI_TEST_DATA:-../shared/data}
work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT INT TERM
row() { printf '| %s | %s | %s |\n' "$1" "$2" "$3" >>"$work/table"; }
timed() { /usr/bin/time -f '%e %M' -o "$work/time" "$@" >"$work/out" 2>"$work/err"; }
seconds() { cut -d' ' -f1 "$work/time"; }
megabytes() { awk '{ printf "%.0f MB", $2 / 1024 }' "$work/time"; }
get() { curl -s -o "$work/answer" -w '%{time_total}' -b "$work/cookie" "http://127.0.0.1:8098$1"; }
median() { for i in 1 2 3 4 5 6 7; do get "$1"; echo; done | sort -n | sed -n 4p; }

timed "$bin" demo --data "$work/demo"
row "making the demo city: roads, two years of calls and crashes, 120 cases" "$(seconds) s" "$(megabytes)"

before=$(date +%s.%N)
"$bin" serve --data "$work/demo" --listen 127.0.0.1:8098 >"$work/log" 2>&1 &
server=$!
until curl -s -o /dev/null "http://127.0.0.1:8098/"; do sleep 0.02; done
row "start to first page, demo city made" "$(echo "$(date +%s.%N) $before" | awk '{ printf "%.2f s", $1 - $2 }')" ""
curl -s -o /dev/null -c "$work/cookie" -H 'X-Gongzhi: 1' -H 'Content-Type: application/json' -d '{"login":"analyst","password":"gongzhi-demo"}' http://127.0.0.1:8098/api/session
year=$(curl -s http://127.0.0.1:8098/api/city | sed -E 's/.*"last_at":([0-9]+).*/\1/' | awk '{ printf "%.0f", $1 - 365 * 86400000 }')
row "heat map of a year (320×240, 300 m), median of 7" "$(median "/api/heat?from=$year") s" "$(sed -E 's/.*"n":([0-9]+).*/\1/' "$work/answer" | head -c 12) records"
row "the same minus the year before" "$(median "/api/heat?from=$year&compare=minus") s" ""
row "hot spots of a year, all crossings and sections, median of 7" "$(median "/api/hotspots?from=$year") s" ""
row "queue: 50 newest of all calls" "$(median '/api/signals?kind=call') s" ""
row "a vector tile of the city centre, first time" "$(get /tiles/14/13682/6764.mvt) s" ""
row "resident memory of the server after these" "" "$(awk '/VmRSS/ { printf "%.0f MB", $2 / 1024 }' "/proc/$server/status")"
kill "$server"; wait "$server" 2>/dev/null || true; server=

if [ -d "$data/crash" ]; then
  timed "$bin" import roads "$data/osm/porto_alegre.osm.pbf" --datum wgs84 --data "$work/own"
  row "import: roads of Porto Alegre (PBF)" "$(seconds) s" "$(megabytes)"
  timed "$bin" import signals "$data"/crash/porto_alegre/acidentes-2011.csv.xz "$data"/crash/porto_alegre/acidentes-201[3-6].csv.xz --mapping porto-alegre-crashes --data "$work/own"
  row "import: 93,264 crashes of Porto Alegre, five files" "$(seconds) s ($(awk '{ printf "%.0f", 93264 / $1 }' "$work/time") rows/s)" "$(megabytes)"
  timed "$bin" import signals "$data"/crash/japan/*.csv.xz --mapping japan-npa-crashes --data "$work/japan"
  row "import: 127,310 crashes of Japan, eight files, no roads" "$(seconds) s ($(awk '{ printf "%.0f", 127310 / $1 }' "$work/time") rows/s)" "$(megabytes)"
  timed "$bin" import roads "$data/osm/lower_saxony_main_roads.osm.gz" --datum wgs84 --data "$work/saxony"
  row "import: main roads of Lower Saxony (XML, gzip)" "$(seconds) s" "$(megabytes)"
else
  echo "SKIPPED: no test data in $data" >&2
fi
{
  echo "# The loop's own figures"
  echo
  echo "Date: $(date +%F). Machine: $(nproc) cores, $(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB, load $(cut -d' ' -f1 /proc/loadavg) at the end."
  echo "Data: the demo city (seed 1) and the real records named. Seconds are wall time of the whole process or request; memory is the peak"
  echo "resident set of the process unless said otherwise (GNU time). No rival is measured here: see [heat.md](heat.md) for that."
  echo "Repeat: \`make bench-loop\`."
  echo
  echo "| what | time | memory |"
  echo "|---|---|---|"
  cat "$work/table"
} >"$work/page"
cat "$work/page"
[ "${1:-}" != --write ] || cp "$work/page" docs/benchmarks/loop.md
