"""Autoscalers follow what an adapter serves: custom and external metrics through APIServices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.resources import (
    ENDPOINTSLICES,
    HORIZONTALPODAUTOSCALERS,
    PODS,
    REPLICASETS,
    SERVICES,
)

from tests.apiserver.aggregation.extension import Extension, slice_of
from tests.controllers.autoscaling import LABELS, NOW, autoscale, has, scaled, told
from tests.controllers.cluster import Cluster
from tests.support import run

Object = dict[str, Any]
APISERVICES = GroupVersionResource("apiregistration.k8s.io", "v1", "apiservices", False)
CUSTOM = GroupVersionResource("custom.metrics.k8s.io", "v1beta2", "")
EXTERNAL = GroupVersionResource("external.metrics.k8s.io", "v1beta1", "")


def path(r: GroupVersionResource, what: str) -> str:
    return f"/apis/{r.group}/{r.version}/namespaces/default/{what}"


def values(r: GroupVersionResource, *items: Object) -> Object:
    return {"kind": "List", "apiVersion": f"{r.group}/{r.version}", "metadata": {}, "items": list(items)}


def of(kind: str, name: str, value: str) -> Object:
    described = {"kind": kind, "namespace": "default", "name": name, "apiVersion": "v1"}
    return {"describedObject": described, "metric": {"name": "m"}, "timestamp": NOW, "value": value}


async def register(api: Cluster, adapter: Extension, r: GroupVersionResource) -> None:
    versions = {"kind": "APIResourceList", "groupVersion": f"{r.group}/{r.version}", "resources": []}
    adapter.documents[f"/apis/{r.group}/{r.version}"] = versions
    spec = {
        "group": r.group,
        "version": r.version,
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "service": {"namespace": "default", "name": "api"},
        "caBundle": adapter.ca,
    }
    name = f"{r.version}.{r.group}"
    await api.client.create(APISERVICES, {"metadata": {"name": name}, "spec": spec})
    await api.until(APISERVICES, name, available)


def available(found: Object) -> bool:
    conditions = found.get("status", {}).get("conditions") or ()
    return any(c["type"] == "Available" and c["status"] == "True" for c in conditions)


@asynccontextmanager
async def adapted(directory: Path, replicas: int) -> AsyncIterator[tuple[Cluster, Extension]]:
    """A ReplicaSet `web` that runs, and an adapter behind the Service `api`."""
    async with scaled(directory, replicas) as api:
        adapter = Extension((directory / "pki" / "front-proxy-ca.crt").read_text())
        async with adapter.serving():
            meta = {"name": "api", "namespace": "default"}
            ports = [{"name": "https", "port": 443, "targetPort": adapter.port}]
            await api.client.create(SERVICES, {"metadata": meta, "spec": {"ports": ports}})
            pieces = slice_of(adapter)
            pieces["metadata"]["namespace"] = "default"
            await api.client.create(ENDPOINTSLICES, pieces)
            for r in (CUSTOM, EXTERNAL):
                await register(api, adapter, r)
            yield api, adapter


def test_an_average_over_the_pods(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with adapted(tmp_path, 2) as (api, adapter):
            pods = [p["metadata"]["name"] for p in await api.until_list(PODS, bool)]
            found = values(CUSTOM, *(of("Pod", name, "15") for name in pods))
            adapter.documents[path(CUSTOM, "pods/*/requests")] = found
            target = {"type": "AverageValue", "averageValue": "10"}
            metric = {"type": "Pods", "pods": {"metric": {"name": "requests"}, "target": target}}
            await autoscale(api, metrics=[metric])
            await api.until(REPLICASETS, "web", lambda r: r["spec"]["replicas"] == 3)
            assert await told(api, "SuccessfulRescale") == (
                "New size: 3; reason: pods metric requests above target"
            )
            asked = adapter.last(path(CUSTOM, "pods/*/requests"))
            assert asked.query["labelSelector"] == "app=web" and LABELS == {"app": "web"}

    run(scenario())


def test_an_amount_of_another_object(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with adapted(tmp_path, 1) as (api, adapter):
            what = path(CUSTOM, "services/api/hits")
            adapter.documents[what] = values(CUSTOM, of("Service", "api", "4k"))
            described = {"apiVersion": "v1", "kind": "Service", "name": "api"}
            named = {"name": "hits", "selector": {"matchLabels": {"verb": "GET"}}}
            target = {"type": "Value", "value": "2k"}
            metric = {"describedObject": described, "metric": named, "target": target}
            await autoscale(api, metrics=[{"type": "Object", "object": metric}])
            await api.until(REPLICASETS, "web", lambda r: r["spec"]["replicas"] == 2)
            assert await told(api, "SuccessfulRescale") == (
                "New size: 2; reason: Service metric hits above target"
            )
            assert adapter.last(what).query["metricLabelSelector"] == "verb=GET"

    run(scenario())


def test_the_series_of_something_outside(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with adapted(tmp_path, 1) as (api, adapter):
            series = [{"metricName": "queue", "timestamp": NOW, "value": value} for value in ("25", "5")]
            adapter.documents[path(EXTERNAL, "queue")] = values(EXTERNAL, *series)
            named = {"name": "queue", "selector": {"matchLabels": {"worker": "tasks"}}}
            target = {"type": "AverageValue", "averageValue": "10"}
            await autoscale(
                api, metrics=[{"type": "External", "external": {"metric": named, "target": target}}]
            )
            await api.until(REPLICASETS, "web", lambda r: r["spec"]["replicas"] == 3)
            found = await api.until(HORIZONTALPODAUTOSCALERS, "h", has(ScalingActive="ValidMetricFound"))
            metrics = found["status"]["currentMetrics"]
            assert metrics[0]["external"]["metric"] == named
            assert adapter.last(path(EXTERNAL, "queue")).query["labelSelector"] == "worker=tasks"

    run(scenario())


def test_an_adapter_that_does_not_know_the_metric(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with adapted(tmp_path, 1) as (api, _):
            target = {"type": "AverageValue", "averageValue": "10"}
            metric = {"type": "Pods", "pods": {"metric": {"name": "unknown"}, "target": target}}
            await autoscale(api, metrics=[metric])
            await api.until(HORIZONTALPODAUTOSCALERS, "h", has(ScalingActive="FailedGetPodsMetric"))
            assert (await api.client.get(REPLICASETS, "web", "default"))["spec"]["replicas"] == 1

    run(scenario())
