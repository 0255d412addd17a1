#!/bin/sh
# `make demo`: a cluster, the demo's manifests, and an answer through its Service. Needs no kubectl.
set -eu
: "${BIN:=.venv/bin}" "${NODES:=2}"
wherry="$BIN/wherry"

say() { printf '\n$ %s\n' "$*"; "$@"; }

if "$wherry" status --quiet; then
    echo "cluster wherry is running already"
else
    say "$wherry" up --nodes "$NODES" --detach
fi
say "$wherry" apply -f manifests/demo --wait
say "$wherry" get pods -o wide
say "$wherry" get service demo
printf '\nAsked through the Service:\n'
"$BIN/python" scripts/ask_service.py demo

cat <<END

The cluster goes on running. What next?
  $BIN/wherry get all                 what there is
  $BIN/wherry logs deployment/demo    what the pod says
  $BIN/wherry status                  processes, nodes, addresses
  kubectl get pods                          if you have kubectl: the context "wherry" is in your kubeconfig
  make down                                 stop it; the data stays
END
