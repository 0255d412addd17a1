"""The objects of metrics.k8s.io/v1beta1 and their discovery documents."""

from __future__ import annotations

from typing import Any

from ..apimachinery import duration
from ..apimachinery.clock import rfc3339
from .readings import Usage

Object = dict[str, Any]
GROUP, VERSION = "metrics.k8s.io", "v1beta1"
API_VERSION = f"{GROUP}/{VERSION}"
PATH = f"/apis/{API_VERSION}"


def node_metrics(node: Object, usage: Usage) -> Object | None:
    """None when its usage is unknown."""
    used = usage.node()
    return None if used is None else {"kind": "NodeMetrics", **_common(node, usage), "usage": used}


def pod_metrics(pod: Object, usage: Usage) -> Object | None:
    """None when its usage is unknown."""
    found = usage.pod(pod["metadata"]["uid"])
    if found is None:
        return None
    containers = [{"name": name, "usage": used} for name, used in found.items()]
    return {"kind": "PodMetrics", **_common(pod, usage), "containers": containers}


def _common(obj: Object, usage: Usage) -> Object:
    kept = {key: value for key, value in obj["metadata"].items() if key in ("name", "namespace", "labels")}
    at = rfc3339(usage.at)
    window = duration.format_nanoseconds(round(usage.seconds * 1000) * 10**6)
    meta = {**kept, "creationTimestamp": at}
    return {"apiVersion": API_VERSION, "metadata": meta, "timestamp": at, "window": window}


def listed(kind: str, items: list[Object]) -> Object:
    return {"kind": f"{kind}List", "apiVersion": API_VERSION, "metadata": {}, "items": items}


def _resource(name: str, kind: str, namespaced: bool) -> Object:
    return {
        "name": name,
        "singularName": "",
        "namespaced": namespaced,
        "kind": kind,
        "verbs": ["get", "list"],
    }


RESOURCES = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": API_VERSION,
    "resources": [_resource("nodes", "NodeMetrics", False), _resource("pods", "PodMetrics", True)],
}
_ONLY = {"groupVersion": API_VERSION, "version": VERSION}
_DESCRIBED = {"name": GROUP, "versions": [_ONLY], "preferredVersion": _ONLY}
API_GROUP = {"kind": "APIGroup", "apiVersion": "v1", **_DESCRIBED}
GROUPS = {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_DESCRIBED]}
