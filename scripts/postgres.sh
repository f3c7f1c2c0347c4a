#!/bin/sh
# A throw-away PostgreSQL on a socket: `postgres.sh start DIR` prints its address, `postgres.sh stop DIR` ends it.
# PostgreSQL refuses root, so root starts it as the user `postgres`. fsync is off: for tests only.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
directory=$2
if [ "$(id -u)" = 0 ]; then as() { su postgres -s /bin/sh -c "$*"; }; else as() { sh -c "$*"; }; fi
case $1 in
start)
  mkdir -p "$directory"
  [ "$(id -u)" = 0 ] && chown postgres "$directory"
  as "'$bin/initdb' -D '$directory/db' -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync" >/dev/null
  as "'$bin/pg_ctl' -D '$directory/db' -w -l '$directory/log' -o \"-c listen_addresses='' -c unix_socket_directories='$directory' -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c jit=off -c max_connections=200\" start" >/dev/null
  echo "postgres://postgres@localhost/postgres?host=$directory"
  ;;
stop)
  as "'$bin/pg_ctl' -D '$directory/db' -m immediate stop" >/dev/null 2>&1 || true
  rm -rf "$directory"
  ;;
esac
