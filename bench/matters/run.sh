#!/bin/sh
# Matters at size: a million cases and twenty million events on both databases, or fewer with CASES=.
#   bench/matters/run.sh            prints Markdown
#   bench/matters/run.sh --write    also puts it into docs/benchmarks/matters.md
# DATABASES="sqlite" leaves PostgreSQL out. FOLDER= names a folder with room (about 30 GB a million cases and database).
set -eu
cd "$(dirname "$0")/../.."
cases=${CASES:-1000000}
databases=${DATABASES:-sqlite postgres}
command -v jq >/dev/null || sh scripts/packages.sh 'command -v jq' jq
cargo build --release --quiet -p gongzhi-app --example matter_figures
bin=${CARGO_TARGET_DIR:-target}/release/examples/matter_figures
work=$(mktemp -d "${FOLDER:-/tmp}/matter-figures.XXXXXX")
trap 'sh scripts/postgres.sh stop "$work/server" 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM
chmod 755 "$work"
for kind in $databases; do
  mkdir -p "$work/$kind"
  if [ "$kind" = postgres ]; then
    address=$(sh scripts/postgres.sh start "$work/server")
    "$bin" load "$work/$kind" "$cases" --database "$address" >"$work/$kind.load"
    "$bin" measure "$work/$kind" --database "$address" >"$work/$kind.figures"
    sh scripts/postgres.sh stop "$work/server"
  else
    "$bin" load "$work/$kind" "$cases" >"$work/$kind.load"
    "$bin" measure "$work/$kind" >"$work/$kind.figures"
    rm -rf "${work:?}/$kind"
  fi
  jq -s '.[0] * {load: .[1]}' "$work/$kind.figures" "$work/$kind.load" >"$work/$kind.json"
done
figure() { # what, jq expression: one row with a column a database
  printf '| %s |' "$1"
  for kind in $databases; do printf ' %s |' "$(jq -r "$2" "$work/$kind.json")"; done
  echo
}
first=${databases%% *}
loaded=$(jq -r .cases "$work/$first.json")
{
  echo "# Matters at size"
  echo
  echo "Date: $(date +%F). Machine: $(nproc) cores, $(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB, load $(cut -d' ' -f1 /proc/loadavg) at the end (others may have been at work)."
  echo "Build: release profile. PostgreSQL: \`scripts/postgres.sh\`, fsync off; SQLite: WAL, full sync. Repeat: \`make bench-matters\`, smaller with \`CASES=100000 make bench-matters\`."
  if [ "$loaded" -lt 1000000 ]; then
    echo
    echo "**This run had $loaded cases, not the million that the aim is about.** What it says holds for this size only."
  fi
  echo
  echo "Data: $(jq -r .load.courses "$work/$first.json") courses of all matters, each scenario played by the engine to its end and to its half with notes between the steps,"
  echo "copied with fresh ids, numbers, places, units, days over two years, and hash chains; a tenth open with running clocks; all marked synthetic."
  echo "Effects between cases, letters and messages are not played. The program's own proof holds for a sample of the chains."
  echo
  printf '| what |'; for kind in $databases; do printf ' %s |' "$kind"; done; echo
  printf '|---|'; for kind in $databases; do printf -- '---|'; done; echo
  figure "cases; open; events" '"\(.cases); \(.load.open); \(.load.events)"'
  figure "events a second while loading, all indexes in place" '.load.events_a_second | floor'
  figure "chains verified (sample)" '.load.streams_verified'
  figure "database on disk after loading" '"\(.load.bytes / 1e9 * 100 | floor / 100) GB"'
  figure "start of the program" '"\(.start_seconds * 100 | floor / 100) s"'
  figure "commands: asked for, done a second" '"\(.commands.rate) a second for \(.commands.seconds) s; \(.commands.done_a_second * 10 | floor / 10)"'
  figure "command, from when it was due: p50 / p95 / p99 / max (aim: p95 < 100 ms)" '.commands.all | "\(.p50_ms) / **\(.p95_ms)** / \(.p99_ms) / \(.max_ms) ms"'
  for kind in open act note; do figure "… $kind: p50 / p95" ".commands.kinds.$kind | \"\(.p50_ms) / \(.p95_ms) ms\""; done
  figure "… refused, of all" '"\([.commands.refused[]] | add // 0) of \(.commands.all.n)"'
  figure "inbox, all roles, boxes and filters: questions, p50 / p95 / max (aim: p95 < 100 ms)" '.inbox | "\(.questions) × \(.rounds); \(.all.p50_ms) / **\(.all.p95_ms)** / \(.all.max_ms) ms"'
  figure "… questions with a median over 100 ms" '.inbox.questions_over_100_ms'
  figure "a case with its timeline and proof: p50 / p95" '.case_page | "\(.p50_ms) / \(.p95_ms) ms"'
  figure "calendar edit, dry run: open clocks, dates moved, time" '.calendar.dry | "\(.open), \(.changed), \(.seconds * 100 | floor / 100) s"'
  figure "calendar edit, a week off: every open clock derived anew, what moved written and journalled (aim: 100,000 in < 10 s)" '.calendar.real | "\(.open), \(.changed), **\(.seconds * 100 | floor / 100) s**"'
  figure "… the same where nearly every date moves" '.calendar.settle | "\(.open), \(.changed), \(.seconds * 100 | floor / 100) s"'
  figure "Open311, 1,000 requests, JSON: p50 / max, size (aim: < 300 ms)" '.open311["json"] | "**\(.p50_ms)** / \(.max_ms) ms, \(.requests), \(.bytes / 1000 | floor) kB"'
  figure "… XML" '.open311["xml"] | "\(.p50_ms) / \(.max_ms) ms, \(.requests), \(.bytes / 1000 | floor) kB"'
  figure "… JSON with extensions (all events of 1,000 cases)" '.open311["json with extensions"] | "\(.p50_ms) / \(.max_ms) ms, \(.bytes / 1000 | floor) kB"'
  figure "… XML with extensions" '.open311["xml with extensions"] | "\(.p50_ms) / \(.max_ms) ms, \(.bytes / 1000 | floor) kB"'
  figure "… JSON, open ones only" '.open311["json, open ones"] | "\(.p50_ms) / \(.max_ms) ms, \(.requests)"'
  figure "scoreboard of a month: p50 / max" '.scoreboard_month | "\(.p50_ms) / \(.max_ms) ms"'
  figure "resident memory of the program: at the end, peak (aim: < 1 GB)" '"\(.resident_mb), \(.resident_peak_mb) MB"'
  for kind in $databases; do
    echo
    echo "Slowest questions of the inbox on $kind (median of $(jq .inbox.rounds "$work/$kind.json")):"
    echo
    jq -r '.inbox.slowest[:8][] | "- \(.question): \(.median_ms) ms"' "$work/$kind.json"
  done
} >"$work/page"
cat "$work/page"
[ "${1:-}" != --write ] || cp "$work/page" docs/benchmarks/matters.md
