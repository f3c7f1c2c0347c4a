#!/bin/sh
# Everything, in the order in which it fails cheapest. The last line is the browser tests' own count.
set -eu
cd "$(dirname "$0")/.."
step() { printf '\n── %s  [%s s]\n' "$1" "$(($(date +%s) - started))"; }
started=$(date +%s)
GONGZHI_BIN=$(cd "${CARGO_TARGET_DIR:-.}" && pwd)
[ -n "${CARGO_TARGET_DIR:-}" ] || GONGZHI_BIN=$GONGZHI_BIN/target
export GONGZHI_BIN="$GONGZHI_BIN/release/gongzhi"

step "格式 formatting"
cargo fmt --all --check

step "Debian 软件包 packages"
sh scripts/packages.sh 'ls /usr/lib/postgresql/*/bin/initdb' postgresql
sh scripts/packages.sh 'command -v chromium || test -n "$CHROMIUM"' chromium chromium-l10n
sh scripts/packages.sh 'fc-list :lang=zh | grep -q .' fonts-noto-cjk fontconfig
sh scripts/packages.sh 'command -v xzcat' xz-utils
# Clients that others wrote in Python are run against the doors.
sh scripts/packages.sh 'python3 -c "import venv, ensurepip"' python3 python3-venv

step "界面 screens"
make -s web
(cd web && npm run -s check && npm test)

step "编译 build"
cargo build --release --workspace --all-targets

step "规则与两种数据库 rules, both databases"
pg=$(mktemp -d /tmp/gongzhi-postgres.XXXXXX)
trap 'sh scripts/postgres.sh stop "$pg"' EXIT INT TERM
GONGZHI_TEST_POSTGRES=$(sh scripts/postgres.sh start "$pg")
export GONGZHI_TEST_POSTGRES
cargo test --release --workspace --all-targets -q

step "检查 clippy"
cargo clippy --release --workspace --all-targets -q -- -D warnings

step "事项 matters"
for folder in matters/*/; do "$GONGZHI_BIN" matter check "$folder" && "$GONGZHI_BIN" matter test "$folder" | tail -n 4; done

step "浏览器 browser"
(cd e2e && npm ci --no-audit --no-fund && npm test)
step "完成 done"
