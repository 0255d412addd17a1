#!/bin/sh
# Types and import rules on the package as it is installed: its rooms are subpackages only there (see pyproject.toml).
set -eu
: "${BIN:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$BIN/python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$scratch" .
settings=$PWD/pyproject.toml
cd "$scratch"
"$BIN/mypy" --config-file "$settings" --cache-dir "${MYPY_CACHE:-$OLDPWD/.mypy_cache}" -p wherry
PYTHONPATH="$scratch" "$BIN/lint-imports" --config "$settings" --no-cache
