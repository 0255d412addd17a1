"""Small objects for the controllers' tests."""

from __future__ import annotations

import itertools
from typing import Any

Object = dict[str, Any]
_serial = itertools.count(1)


def meta(name: str, **more: Any) -> Object:
    number = next(_serial)
    return {
        "name": name,
        "namespace": "ns",
        "uid": f"uid-{name}",
        "resourceVersion": str(number),
        "creationTimestamp": "2026-01-01T00:00:00Z",
        **more,
    }


def pod(
    name: str, *, ready: bool | None = None, node: str = "n1", phase: str = "Running", **more: Any
) -> Object:
    """`ready` None: no Ready condition. Keys of `more` go to metadata, but `ip`, `since` and `restarts`."""
    status: Object = {"phase": phase}
    if ready is not None:
        since = more.pop("since", "2026-01-01T00:00:00Z")
        flag = "True" if ready else "False"
        status["conditions"] = [{"type": "Ready", "status": flag, "lastTransitionTime": since}]
    if "ip" in more:
        status["podIPs"] = [{"ip": more.pop("ip")}]
    if "restarts" in more:
        status["containerStatuses"] = [{"name": "c", "restartCount": more.pop("restarts")}]
    ports = more.pop("ports", [])
    spec = {"nodeName": node, "containers": [{"name": "c", "image": "i", "ports": ports}]}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": meta(name, **more), "spec": spec, "status": status}


def deployment(replicas: int = 3, **spec: Any) -> Object:
    rolling = {"maxSurge": spec.pop("surge", "25%"), "maxUnavailable": spec.pop("unavailable", "25%")}
    return {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": meta("web", generation=1),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling},
            "progressDeadlineSeconds": 600,
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"image": "new"}]}},
            **spec,
        },
    }


def replica_set(name: str, replicas: int, available: int, image: str = "old", **notes: str) -> Object:
    labels = {"app": "web", "pod-template-hash": name}
    return {
        "kind": "ReplicaSet",
        "apiVersion": "apps/v1",
        "metadata": meta(name, annotations=dict(notes)),
        "spec": {
            "replicas": replicas,
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"image": image}]}},
        },
        "status": {"replicas": replicas, "readyReplicas": available, "availableReplicas": available},
    }
