#!/bin/sh
# Checks what building needs. What is missing is named with the command that installs it.
missing=0
say() { printf '%s\n' "$*" >&2; missing=1; }
at_least() { # have want
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}
if command -v cargo >/dev/null 2>&1; then
  have=$(rustc --version | cut -d' ' -f2)
  at_least "$have" 1.95.0 || say "缺少 Rust ≥ 1.95（现有 $have）/ Rust ≥ 1.95 is needed, found $have:  rustup update stable"
else
  say "缺少 Rust ≥ 1.95 / Rust ≥ 1.95 is missing:  https://rustup.rs"
fi
if command -v node >/dev/null 2>&1; then
  have=$(node --version | tr -d v)
  at_least "$have" 20.19.0 || say "缺少 Node ≥ 20.19（现有 $have）/ Node ≥ 20.19 is needed, found $have:  https://nodejs.org"
else
  say "缺少 Node ≥ 20.19 / Node ≥ 20.19 is missing:  https://nodejs.org"
fi
command -v npm >/dev/null 2>&1 || say "缺少 npm / npm is missing:  apt-get install npm"
command -v cc >/dev/null 2>&1 || say "缺少 C 编译器 / a C compiler is missing:  apt-get install build-essential"
command -v make >/dev/null 2>&1 || say "缺少 make / make is missing:  apt-get install make"
exit $missing
