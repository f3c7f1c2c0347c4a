#!/bin/sh
# Installs Debian packages that are absent: packages.sh PROBE PACKAGE… ; PROBE is a shell test that says they are there.
probe=$1; shift
if sh -c "$probe" >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" = 0 ]; then as=""; elif command -v sudo >/dev/null 2>&1; then as="sudo"; else
  echo "需要安装 / please install:  apt-get install $*" >&2; exit 1
fi
echo "安装 installing: $*" >&2
$as apt-get update -qq >/dev/null 2>&1
# One at a time where the whole list fails: a broken post-install of one must not keep the others out.
DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
  for package in "$@"; do DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1; done
sh -c "$probe" >/dev/null 2>&1 || { echo "安装失败 / could not install: $*" >&2; exit 1; }
