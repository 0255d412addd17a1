"""Autoscalers size their targets. The metrics APIs are played by custom resources of the same names."""

from __future__ import annotations

import asyncio
from pathlib import Path

from wherry.client.resources import HORIZONTALPODAUTOSCALERS, REPLICASETS

from tests.controllers.autoscaling import QUEUE, autoscale, cpu_at, has, play, scaled, serve, told, use
from tests.support import run


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
