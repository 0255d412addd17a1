#!/bin/sh
# `make golden`: replays every golden transcript on a throw-away cluster and prints the table per file.
set -eu
: "${BIN:=.venv/bin}" "${GOLDEN:=../shared/golden}" "${PORT:=16443}" "${JOBS:=4}"
scratch=$(mktemp -d)
trap '"$BIN/wherry" down --data-dir "$scratch/data" || true; rm -rf "$scratch"' EXIT
"$BIN/wherry" up --detach --data-dir "$scratch/data" --kubeconfig "$scratch/kubeconfig" --port "$PORT" --nodes 0 \
    --controllers '*,-node-lifecycle-controller,-taint-eviction-controller,-pod-garbage-collector-controller'
"$BIN/python" "$GOLDEN/golden.py" replay --kubeconfig "$scratch/kubeconfig" --jobs "$JOBS" --show 0 "$@"
