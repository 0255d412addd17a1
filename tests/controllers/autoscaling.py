"""A ReplicaSet to autoscale, and metrics APIs played by custom resources of the same names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.resources import (
    CUSTOMRESOURCEDEFINITIONS,
    EVENTS,
    HORIZONTALPODAUTOSCALERS,
    PODS,
    REPLICASETS,
    SERVICEACCOUNTS,
)

from tests.controllers.cluster import Cluster, cluster

Object = dict[str, Any]
CONTROLLERS = (
    "horizontal-pod-autoscaler-controller",
    "replicaset-controller",
    "serviceaccount-controller",
)
LABELS = {"app": "web"}
PODMETRICS = GroupVersionResource("metrics.k8s.io", "v1beta1", "pods")
QUEUE = GroupVersionResource("external.metrics.k8s.io", "v1beta1", "queue")
NOW = "2026-01-01T00:00:00Z"


@asynccontextmanager
async def scaled(directory: Path, replicas: int) -> AsyncIterator[Cluster]:
    """A ReplicaSet `web` whose pods run, in a cluster whose autoscaler looks often."""
    more = {"horizontal_pod_autoscaler_sync_period": 0.1}
    async with cluster(directory, *CONTROLLERS, **more) as api:
        await api.until(SERVICEACCOUNTS, "default", bool)
        container = {"name": "c", "image": "i", "resources": {"requests": {"cpu": "1"}}}
        template = {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}}
        spec = {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": template}
        meta = {"name": "web", "namespace": "default"}
        await api.client.create(REPLICASETS, {"kind": "ReplicaSet", "metadata": meta, "spec": spec})
        await play(api, replicas)
        yield api


async def play(api: Cluster, count: int) -> list[str]:
    """All pods run, long since. Their names."""
    pods = await api.until_list(PODS, lambda found: len(found) == count)
    for pod in pods:
        ready = {"type": "Ready", "status": "True", "lastTransitionTime": NOW}
        status = {"phase": "Running", "startTime": NOW, "conditions": [ready]}
        where = pod["metadata"]["name"], {"status": status}, "default"
        await api.client.patch(PODS, *where, subresource="status")
    await api.until(REPLICASETS, "web", lambda r: r["status"].get("readyReplicas", 0) == count)
    return [pod["metadata"]["name"] for pod in pods]


async def serve(api: Cluster, r: GroupVersionResource, kind: str) -> None:
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": r.version, "served": True, "storage": True, "schema": {"openAPIV3Schema": free}}
    note = {"api-approved.kubernetes.io": "unapproved, a test"}
    body = {
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{r.resource}.{r.group}", "annotations": note},
        "spec": {
            "group": r.group,
            "scope": "Namespaced",
            "names": {"plural": r.resource, "kind": kind},
            "versions": [version],
        },
    }
    await api.client.create(CUSTOMRESOURCEDEFINITIONS, body)
    await api.until(r, "", lambda found: "items" in found)


async def use(api: Cluster, names: list[str], cpu: str) -> None:
    await serve(api, PODMETRICS, "PodMetrics")
    for name in names:
        body = {
            "kind": "PodMetrics",
            "apiVersion": "metrics.k8s.io/v1beta1",
            "metadata": {"name": name, "namespace": "default", "labels": LABELS},
            "timestamp": NOW,
            "window": "15s",
            "containers": [{"name": "c", "usage": {"cpu": cpu}}],
        }
        await api.client.create(PODMETRICS, body)


def cpu_at(percent: int) -> Object:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


async def autoscale(api: Cluster, name: str = "h", kind: str = "ReplicaSet", **spec: Any) -> None:
    ref = {"apiVersion": "apps/v1", "kind": kind, "name": "web"}
    body = {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"scaleTargetRef": ref, "maxReplicas": 5, "metrics": [cpu_at(50)], **spec},
    }
    await api.client.create(HORIZONTALPODAUTOSCALERS, body)


def reasons(found: Object) -> dict[str, str]:
    return {c["type"]: c["reason"] for c in found.get("status", {}).get("conditions") or ()}


def has(**wanted: str) -> Callable[[Object], bool]:
    return lambda found: wanted.items() <= reasons(found).items()


async def told(api: Cluster, reason: str) -> str:
    found = await api.until_list(EVENTS, lambda items: any(e["reason"] == reason for e in items))
    return str(next(e["message"] for e in found if e["reason"] == reason))
