"""Autoscalers size their targets. The metrics APIs are played by custom resources of the same names."""

from __future__ import annotations

import asyncio
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
from tests.support import run

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


def test_usage_above_the_target_adds_replicas_and_then_rests(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scaled(tmp_path, 2) as api:
            names = await play(api, 2)
            await use(api, names, "750m")
            await autoscale(api)
            await api.until(REPLICASETS, "web", lambda r: r["spec"]["replicas"] == 3)
            assert await told(api, "SuccessfulRescale") == (
                "New size: 3; reason: cpu resource utilization (percentage of request) above target"
            )
            await play(api, 3)
            found = await api.until(
                HORIZONTALPODAUTOSCALERS,
                "h",
                lambda h: (
                    has(AbleToScale="ReadyForNewScale")(h)
                    and h["status"]["currentReplicas"] == h["status"]["desiredReplicas"] == 3
                ),
            )
            assert found["status"]["currentMetrics"][0]["resource"]["current"] == {
                "averageUtilization": 75,
                "averageValue": "750m",
            }
            await asyncio.sleep(0.5)
            assert await api.client.get(HORIZONTALPODAUTOSCALERS, "h", "default") == found

    run(scenario())


def test_usage_below_the_target_waits_before_it_removes_replicas(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scaled(tmp_path, 3) as api:
            await use(api, await play(api, 3), "100m")
            await autoscale(api)
            await api.until(HORIZONTALPODAUTOSCALERS, "h", has(AbleToScale="ScaleDownStabilized"))
            rules = {"scaleDown": {"stabilizationWindowSeconds": 0}}
            patch = {"spec": {"behavior": rules}}
            await api.client.patch(HORIZONTALPODAUTOSCALERS, "h", patch, "default")
            await api.until(REPLICASETS, "web", lambda r: r["spec"]["replicas"] == 1)
            assert (await told(api, "SuccessfulRescale")).endswith("reason: All metrics below target")

    run(scenario())


def test_the_range_counts_without_metrics(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scaled(tmp_path, 1) as api:
            await autoscale(api, minReplicas=2)
            await api.until(REPLICASETS, "web", lambda r: r["spec"]["replicas"] == 2)
            assert (await told(api, "SuccessfulRescale")).endswith("below Spec.MinReplicas")
            found = await api.until(HORIZONTALPODAUTOSCALERS, "h", lambda h: "lastScaleTime" in h["status"])
            assert found["status"]["desiredReplicas"] == 2

    run(scenario())


def test_without_metrics_the_size_stays_and_the_status_says_why(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scaled(tmp_path, 1) as api:
            await autoscale(api)
            found = await api.until(
                HORIZONTALPODAUTOSCALERS, "h", has(ScalingActive="FailedGetResourceMetric")
            )
            why = (
                "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch "
                "metrics from resource metrics API: the server could not find the requested resource "
                "(get pods.metrics.k8s.io)"
            )
            active = next(c for c in found["status"]["conditions"] if c["type"] == "ScalingActive")
            assert active["message"] == f"the HPA was unable to compute the replica count: {why}"
            assert await told(api, "FailedComputeMetricsReplicas") == (
                "invalid metrics (1 invalid out of 1), first error is: "
                f"failed to get cpu resource metric value: {why}"
            )

    run(scenario())


def test_an_external_metric_may_add_though_another_is_unknown(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scaled(tmp_path, 1) as api:
            await serve(api, QUEUE, "Queue")
            meta = {"name": "q", "namespace": "default"}
            body = {"kind": "Queue", "apiVersion": "external.metrics.k8s.io/v1beta1", "metadata": meta}
            await api.client.create(QUEUE, {**body, "value": "40"})
            target = {"type": "AverageValue", "averageValue": "10"}
            external = {"type": "External", "external": {"metric": {"name": "queue"}, "target": target}}
            await autoscale(api, metrics=[cpu_at(50), external])
            await api.until(REPLICASETS, "web", lambda r: r["spec"]["replicas"] == 4)
            assert await told(api, "SuccessfulRescale") == (
                "New size: 4; reason: external metric queue(nil) above target"
            )

    run(scenario())


def test_a_target_of_size_zero_is_left_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scaled(tmp_path, 0) as api:
            await autoscale(api)
            await api.until(HORIZONTALPODAUTOSCALERS, "h", has(ScalingActive="ScalingDisabled"))

    run(scenario())


def test_pods_of_two_autoscalers_are_sized_by_neither(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scaled(tmp_path, 1) as api:
            await autoscale(api, "h")
            await autoscale(api, "i")
            await api.until(HORIZONTALPODAUTOSCALERS, "i", has(ScalingActive="AmbiguousSelector"))
            message = await told(api, "AmbiguousSelector")
            assert message.endswith("are controlled by multiple HPAs: [{h default} {i default}]")
            await api.client.delete(HORIZONTALPODAUTOSCALERS, "h", "default")
            await api.until(HORIZONTALPODAUTOSCALERS, "i", has(ScalingActive="FailedGetResourceMetric"))

    run(scenario())


def test_an_absent_target_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scaled(tmp_path, 1) as api:
            await autoscale(api, "h", kind="Deployment")
            await autoscale(api, "i", kind="Nothing")
            found = await api.until(HORIZONTALPODAUTOSCALERS, "h", has(AbleToScale="FailedGetScale"))
            before = "the HPA controller was unable to get the target's current scale: "
            message = found["status"]["conditions"][0]["message"]
            assert message == f'{before}deployments.apps "web" not found'
            found = await api.until(HORIZONTALPODAUTOSCALERS, "i", has(AbleToScale="FailedGetScale"))
            message = found["status"]["conditions"][0]["message"]
            assert message == f'{before}no matches for kind "Nothing" in group "apps"'

    run(scenario())
