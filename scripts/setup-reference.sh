#!/usr/bin/env bash
# Installs the reference's Python package into a virtual environment of this checkout: the other end of the
# interoperability tests, never a dependency of what ships. The pins are known to work together.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=node_modules/.cache/reference
pins="hud==0.6.21 typer==0.27.1"

[ "$(cat "$venv/pins" 2>/dev/null)" = "$pins" ] && exit 0
rm -rf "$venv"
python3 -m venv "$venv"
# shellcheck disable=SC2086 # the pins are words
"$venv/bin/pip" install --quiet --disable-pip-version-check $pins
echo "$pins" >"$venv/pins"
