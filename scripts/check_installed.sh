#!/bin/sh
# Types and import rules on the package as it is installed: its rooms are subpackages only there (see pyproject.toml).
set -eu
: "${BIN:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$BIN/python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$scratch" .
settings=$PWD/pyproject.toml
cd "$scratch"
ln -s "$OLDPWD/tests" tests
ln -s "$OLDPWD/bench" bench
"$BIN/mypy" --config-file "$settings" --cache-dir "${MYPY_CACHE:-$OLDPWD/.mypy_cache}" --explicit-package-bases \
	-p wherry -p tests -p bench
PYTHONPATH="$scratch" "$BIN/lint-imports" --config "$settings" --no-cache
