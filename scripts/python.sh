#!/bin/sh
# A Python environment of our own for tools that others wrote: python.sh FOLDER REQUIREMENTS. Prints its interpreter.
set -eu
folder=$1 wanted=$2
python=$(command -v python3) || { echo "缺少 Python 3 / Python 3 is missing:  apt-get install python3 python3-venv" >&2; exit 1; }
if ! cmp -s "$wanted" "$folder/requirements.txt"; then
  rm -rf "$folder"
  "$python" -m venv "$folder" >&2 || { echo "缺少 venv / venv is missing:  apt-get install python3-venv" >&2; exit 1; }
  "$folder/bin/pip" install -q --disable-pip-version-check -r "$wanted" >&2
  cp "$wanted" "$folder/requirements.txt"
fi
echo "$folder/bin/python"
